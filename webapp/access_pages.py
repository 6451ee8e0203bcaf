"""Signing in and out, the first account, and one's own account: password and tokens."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, render_template, request, url_for

from corpus.account_records import SCOPES, allows
from corpus.errors import Forbidden, PatellaError, SignInNeeded, TooMany, UsageError
from webapp.access import (
    begin_session,
    check_form,
    end_session,
    principal,
    require,
    safe_next,
    session_key,
)
from webapp.desk_service import Accounts
from webapp.same_site import network

DAYS = {"30": 30, "90": 90, "365": 365, "0": 0}
"""How long a token may last, as the page offers it; 0 for without an end."""


def access_pages(accounts: Accounts) -> Blueprint:
    """Return the pages as a blueprint over ``accounts``."""
    room = Blueprint("access", __name__)
    _signing(room, accounts)
    _first(room, accounts)
    _own(room, accounts)
    return room


def _signing(room: Blueprint, accounts: Accounts) -> None:
    def page(error: PatellaError | None = None, *, name: str = "") -> Response:
        return _page(
            "access/signin.html",
            error,
            name=name,
            any=accounts.any(),
            local=accounts.local(),
            next=safe_next(request.values.get("next", "")),
        )

    @room.route("/signin", methods=["GET", "POST"])
    def sign_in() -> Response:
        if request.method == "GET":
            return page()
        check_form()
        name = request.form.get("name", "")
        try:
            key = accounts.sign_in(name, request.form.get("password", ""), address=_address())
        except (Forbidden, TooMany) as error:
            return page(error, name=name[:64])
        begin_session(key)
        return _onward()

    @room.post("/signin/code")
    def enter() -> Response:
        check_form()
        try:
            key = accounts.enter(request.form.get("code", ""), address=_address())
        except (Forbidden, TooMany) as error:
            return page(error)
        begin_session(key)
        return _onward()

    @room.post("/signout")
    def sign_out() -> Response:
        check_form()
        end_session(everywhere=bool(request.form.get("everywhere")))
        return _to(url_for("pages.home"))


def _first(room: Blueprint, accounts: Accounts) -> None:
    @room.route("/welcome", methods=["GET", "POST"])
    def welcome() -> Response:
        code = request.values.get("code", "")
        if request.method == "GET" and not code:
            return _page("access/welcome.html", None, code="", owner=None, name="")
        owner, name = None, request.form.get("name", "")
        try:
            owner = accounts.code_is_for(code, address=_address())
            if request.method == "GET":
                return _page("access/welcome.html", None, code=code, owner=owner, name="")
            check_form()
            _check_twice()
            key = accounts.redeem(code, name, request.form["password"], address=_address())
        except (Forbidden, TooMany, UsageError) as error:
            if isinstance(error, SignInNeeded):
                raise
            return _page("access/welcome.html", error, code=code, owner=owner, name=name[:64])
        begin_session(key)
        return _onward()

    @room.post("/account/first")
    def first() -> Response:
        who = require("admin")
        try:
            _check_twice()
            key = accounts.first_account(
                who, request.form.get("name", ""), request.form.get("password", "")
            )
        except UsageError as error:
            return _page("access/account.html", error, **_facts(accounts))
        begin_session(key)
        return _onward()


def _own(room: Blueprint, accounts: Accounts) -> None:
    def page(error: PatellaError | None = None, **facts: Any) -> Response:
        return _page("access/account.html", error, **_facts(accounts) | facts)

    @room.get("/account")
    def account() -> Response:
        require("reader")
        return page(done=request.args.get("done", ""))

    @room.post("/account/password")
    def password() -> Response:
        who = require("reader")
        try:
            _check_twice()
            accounts.change_password(
                who,
                request.form.get("old", ""),
                request.form.get("password", ""),
                address=_address(),
                keep=session_key(),
            )
        except (UsageError, TooMany) as error:
            return page(error)
        return _to(url_for("access.account", done="password"))

    @room.post("/account/tokens")
    def make_token() -> Response:
        who = require("reader")
        days, scope = request.form.get("days", "90"), request.form.get("scope", "read")
        try:
            if days not in DAYS:
                raise UsageError("A token cannot last so long.", hint="Choose one of the list.")
            given = next((one for one in SCOPES if one == scope), None)
            if given is None:
                raise UsageError("There is no such scope.", hint="Choose one of the list.")
            made, secret = accounts.make_token(
                who, request.form.get("name", ""), given, days=DAYS[days]
            )
        except UsageError as error:
            return page(error)
        # not a redirect: the secret is shown in this one answer, and is in no address
        return page(made=made, secret=secret)

    @room.post("/account/tokens/<int:token_id>/revoke")
    def revoke(token_id: int) -> Response:
        accounts.revoke_token(require("reader"), token_id)
        return _to(url_for("access.account", done="revoked"))


def _facts(accounts: Accounts) -> dict[str, Any]:
    who = principal()
    return {
        "tokens": accounts.tokens(who) if who else (),
        "scopes": [scope for scope in SCOPES if who and allows(who.role, scope)],
        "days": DAYS,
    }


def _check_twice() -> None:
    if request.form.get("password", "") != request.form.get("again", ""):
        raise UsageError("The two passwords differ.", hint="Enter the same one twice.")


def _page(template: str, error: PatellaError | None, **facts: Any) -> Response:
    status = 200
    if error:
        status = 429 if isinstance(error, TooMany) else 403 if isinstance(error, Forbidden) else 400
    return Response(render_template(template, error=error, **facts), status)


def _onward() -> Response:
    return _to(safe_next(request.form.get("next", "")) or url_for(_home()))


def _home() -> str:
    """Return where whoever signed in goes on to: editors to the desk, if there is one."""
    who = principal()
    desk = "desk.home" in current_app.view_functions
    return "desk.home" if desk and who and who.may("editor") else "access.account"


def _to(address: str) -> Response:
    response = Response(status=303)
    response.headers["Location"] = address
    return response


def _address() -> str:
    return network(request.remote_addr)
