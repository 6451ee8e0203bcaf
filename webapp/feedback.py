"""Whether an answer helped: told by a form, kept on this server by whoever keeps it."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, render_template, request

from corpus.errors import UsageError
from corpus.records import State
from webapp.asked import read_asked
from webapp.questions import clean
from webapp.same_site import Limiter, check_origin
from webapp.saying import N_
from webapp.settings import WebSettings
from webapp.targets import Results
from webapp.workbench import Workbench

REASONS = {
    "off": N_("It does not answer my question"),
    "missing": N_("Something is missing"),
    "unclear": N_("It is hard to understand"),
    "wrong": N_("It is wrong or out of date"),
    "other": N_("Something else"),
}
"""Why an answer may not have helped, by the word that is kept."""
LONGEST = 500
PER_ADDRESS = 60
"""Answers that one address may judge in an hour."""
_STATES = ("answered", "related", "none")


def feedback(settings: WebSettings, workbench: Workbench) -> Blueprint:
    """Return the address that tells whether an answer helped."""
    room = Blueprint("helpful", __name__)
    limiter = Limiter(per_address=PER_ADDRESS, per_server=20 * PER_ADDRESS)

    @room.post("/feedback")
    def tell() -> str:
        check_origin(request)
        sent = request.form
        asked = read_asked(sent, settings)
        helpful = {"yes": True, "no": False}.get(sent.get("helpful", ""))
        if helpful is None or sent.get("state") not in _STATES:
            raise UsageError(
                "The form does not say whether the answer helped.",
                hint="Go back to the answer, and press Yes or No under it.",
            )
        limiter.count(request.remote_addr)
        reason = "" if helpful else _reason(sent.get("reason", ""), sent.get("comment", ""))
        state = cast(State, sent["state"])
        workbench.feedback(asked.question, helpful=helpful, state=state, reason=reason)
        back = "" if sent.get("private") else Results(asked).target().href
        return render_template("feedback.html", helpful=helpful, back=back)

    return room


def _reason(code: str, comment: str) -> str:
    """Return a reason as it is kept: the word for it, and what was said in own words."""
    parts = [code if code in REASONS else "", clean(comment)[:LONGEST]]
    return ": ".join(part for part in parts if part)
