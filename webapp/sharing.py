"""Sharing an answer: its receipt made by a form, opened at ``/a/<id>``, and deleted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

from flask import Blueprint, Response, render_template, request

from answer.receipt import Standing
from corpus.errors import Outdated
from corpus.records import Answer
from webapp.asked import read_asked
from webapp.exports import site_root
from webapp.same_site import FormTokens, Limiter, check_origin
from webapp.saying import N_
from webapp.service import Receipts, Service
from webapp.settings import WebSettings

STANDINGS: dict[Standing, str] = {
    "unchanged": N_("Unchanged: every quote stands in the library as it was shared"),
    "updated": N_("Source updated since this was shared"),
    "withdrawn": N_("A source of this answer was withdrawn"),
    "altered": N_("A quote of this answer cannot be confirmed any more"),
}
"""What an opened receipt says of itself."""


def sharing(
    service: Service, settings: WebSettings, receipts: Receipts, limiter: Limiter
) -> Blueprint:
    """Return making, opening and deleting of receipts as a blueprint."""
    room = Blueprint("sharing", __name__)
    tokens = FormTokens(receipts.secret)

    @room.post("/share")
    def share() -> str:
        check_origin(request)
        seen = tokens.read(request, request.form.get("token", ""))
        answer = read_asked(request.form, settings).answer(service)
        if digest(answer) != seen:
            raise Outdated(
                "The answer has changed since it was shown to you.",
                hint="Ask the question again, read the answer, and share that.",
            )
        limiter.count(request.remote_addr)
        made, key = receipts.make(answer)
        return render_template("shared.html", receipt=made, key=key, root=site_root())

    @room.get("/a/<receipt_id>")
    def receipt(receipt_id: str) -> Response:
        opened = receipts.open(receipt_id)
        return unlisted(render_template("receipt.html", opened=opened, said=STANDINGS))

    @room.get("/a/<receipt_id>/delete")
    def confirm(receipt_id: str) -> Response:
        receipts.open(receipt_id)
        key = request.args.get("key", "")
        return unlisted(render_template("unshare.html", id=receipt_id, key=key, done=False))

    @room.post("/a/<receipt_id>/delete")
    def delete(receipt_id: str) -> Response:
        check_origin(request)
        receipts.delete(receipt_id, request.form.get("key", "").strip())
        return unlisted(render_template("unshare.html", id=receipt_id, key="", done=True))

    return room


def token_maker(receipts: Receipts | None) -> Callable[[Answer], str]:
    """Return what makes a form's token for an answer; without receipts it makes an empty one."""
    tokens = FormTokens(receipts.secret) if receipts else None
    return lambda answer: tokens.make(request, digest(answer)) if tokens else ""


def digest(answer: Answer) -> str:
    """Return a hash of what an answer says, so that what was seen is what is shared."""
    quotes = [*answer.quotes, *answer.related, *(answer.safety.quotes if answer.safety else ())]
    told = [
        answer.question,
        answer.state,
        answer.safety.level if answer.safety else "",
        [[q.document.version_id, q.start, q.end, q.sha256] for q in quotes],
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def unlisted(body: str, *, status: int = 200, mimetype: str = "text/html") -> Response:
    """Return a response that search engines leave out, and nobody on the way keeps."""
    response = Response(body, status=status, mimetype=mimetype)
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
