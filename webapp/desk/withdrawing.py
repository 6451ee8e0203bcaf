"""Withdrawing a document at the desk: an admin says why, and confirms that nothing brings it back."""

from __future__ import annotations

from flask import Blueprint, Response, request

from corpus.errors import PatellaError, UsageError
from webapp.access import require
from webapp.desk.common import REFUSALS, Room, form_key, page, to_job

LONGEST_REASON = 500


def withdrawing(blueprint: Blueprint, room: Room) -> None:
    """Add the page that asks, and what it sends."""
    bench = room.workbench

    def asked(document_id: str, error: PatellaError | None = None, reason: str = "") -> Response:
        row = bench.row(document_id)
        return page("withdraw.html", error, row=row, reason=reason, longest=LONGEST_REASON)

    @blueprint.get("/library/<document_id>/withdraw")
    def withdraw(document_id: str) -> Response:
        require("admin")
        return asked(document_id)

    @blueprint.post("/library/<document_id>/withdraw")
    def withdraw_now(document_id: str) -> Response:
        require("admin")
        reason = " ".join(request.form.get("reason", "").split())
        try:
            _check(reason, sure=bool(request.form.get("sure")))
            job = room.act(
                "document.withdraw",
                document_id,
                lambda by: bench.withdraw([document_id], reason=reason, by=by, key=form_key()),
                reason,
            )
        except REFUSALS as error:
            return asked(document_id, error, reason)
        return to_job(job)


def _check(reason: str, *, sure: bool) -> None:
    """Raise UsageError where no reason is given, or it was not confirmed."""
    if not reason:
        raise UsageError("No reason was given.", hint="Say why in a sentence: readers are told it.")
    if len(reason) > LONGEST_REASON:
        raise UsageError(
            f"The reason is longer than {LONGEST_REASON} characters.", hint="Shorten it."
        )
    if not sure:
        raise UsageError(
            "It was not confirmed.", hint="Tick the box to withdraw the document for good."
        )
