"""Accounts at the desk, for admins: who may sign in, as what, and the audit log."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request, url_for

from corpus.account_records import ROLES, Role
from corpus.errors import PatellaError, UsageError
from webapp.access import require
from webapp.desk.common import REFUSALS, Room, go, number, page
from webapp.saying import N_

SIZE = 100
FAMILIES = {
    "": N_("Everything"),
    "document": N_("Documents"),
    "library": N_("Publishing"),
    "question": N_("Saved questions"),
    "account": N_("Accounts"),
    "token": N_("Tokens"),
    "sign-in": N_("Sign-ins"),
}
MEANS = {
    "token": N_("by a token"),
    "code": N_("by the one-time code"),
    "command line": N_("at the command line"),
}


def people(blueprint: Blueprint, room: Room) -> None:
    """Add the pages of accounts."""
    _people(blueprint, room)

    @blueprint.get("/log")
    def log() -> Response:
        require("admin")
        family, who = request.args.get("action", ""), request.args.get("who", "")[:64]
        before = number(request.args.get("before"), most=2**53, default=0) or None
        entries = room.accounts.log(
            most=SIZE, before=before, action=family if family in FAMILIES else "", who=who
        )
        return page(
            "log.html",
            entries=entries,
            family=family,
            who=who,
            families=FAMILIES,
            means=MEANS,
            more=len(entries) == SIZE,
        )


def _people(blueprint: Blueprint, room: Room) -> None:
    accounts = room.accounts

    def shown(error: PatellaError | None = None, **facts: Any) -> Response:
        return page("people.html", error, accounts=accounts.accounts(), roles=ROLES, **facts)

    @blueprint.get("/people")
    def people() -> Response:
        require("admin")
        return shown()

    @blueprint.post("/people")
    def invite() -> Response:
        who = require("admin")
        name = " ".join(request.form.get("name", "").split())
        try:
            code = accounts.invite(who, name, _role())
        except REFUSALS as error:
            return shown(error, typed=name)
        # not a redirect: the link is shown in this one answer, and is in no address of ours
        return shown(link=_link(code), owner=name)

    @blueprint.post("/people/<name>/link")
    def link(name: str) -> Response:
        try:
            return shown(link=_link(accounts.reset(require("admin"), name)), owner=name)
        except REFUSALS as error:
            return shown(error)

    @blueprint.post("/people/<name>/role")
    def role(name: str) -> Response:
        try:
            accounts.set_role(require("admin"), name, _role())
        except REFUSALS as error:
            return shown(error)
        return go("desk.people")

    @blueprint.post("/people/<name>/active")
    def active(name: str) -> Response:
        try:
            accounts.set_active(require("admin"), name, active=request.form.get("active") == "yes")
        except REFUSALS as error:
            return shown(error)
        return go("desk.people")


def _role() -> Role:
    sent = request.form.get("role", "")
    found = next((role for role in ROLES if role == sent), None)
    if found is None:
        raise UsageError("There is no such role.", hint="Choose one of the list.")
    return found


def _link(code: str) -> str:
    return url_for("access.welcome", code=code, _external=True)
