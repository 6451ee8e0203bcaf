"""Sharing an answer: its receipt made by a form or a program, opened at ``/a/<id>``, and deleted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, render_template, request
from werkzeug.datastructures import MultiDict

from answer.receipt import OpenedReceipt, Standing
from corpus.errors import Forbidden, Outdated, UsageError
from corpus.records import Answer
from webapp.asked import read_asked
from webapp.present import receipt_json
from webapp.same_site import FormTokens, Limiter, check_origin
from webapp.service import Receipts, Service
from webapp.settings import WebSettings

STANDINGS: dict[Standing, str] = {
    "unchanged": "Unchanged: every quote stands in the library as it was shared",
    "updated": "Source updated since this was shared",
    "withdrawn": "A source of this answer was withdrawn",
    "altered": "A quote of this answer cannot be confirmed any more",
}
"""What an opened receipt says of itself."""


def sharing(service: Service, settings: WebSettings, receipts: Receipts) -> Blueprint:
    """Return making, opening and deleting of receipts as a blueprint."""
    room = Blueprint("sharing", __name__)
    tokens, limiter = FormTokens(receipts.secret), Limiter()

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
        return render_template("shared.html", receipt=made, key=key, root=_root())

    @room.get("/a/<receipt_id>")
    def receipt(receipt_id: str) -> Response:
        opened = receipts.open(receipt_id)
        return _unlisted(render_template("receipt.html", opened=opened, said=STANDINGS))

    @room.get("/a/<receipt_id>/delete")
    def confirm(receipt_id: str) -> Response:
        receipts.open(receipt_id)
        key = request.args.get("key", "")
        return _unlisted(render_template("unshare.html", id=receipt_id, key=key, done=False))

    @room.post("/a/<receipt_id>/delete")
    def delete(receipt_id: str) -> Response:
        check_origin(request)
        receipts.delete(receipt_id, request.form.get("key", "").strip())
        return _unlisted(render_template("unshare.html", id=receipt_id, key="", done=True))

    @room.post("/api/v1/receipts")
    def make_for_programs() -> Response:
        check_origin(request)
        # another site's page cannot send JSON without asking first, and is never told yes
        if not request.is_json:
            raise UsageError(
                "The request is not JSON.", hint='Send {"q": "…"} as application/json.'
            )
        answer = read_asked(_fields(request.get_json(silent=True)), settings).answer(service)
        limiter.count(request.remote_addr)
        made, key = receipts.make(answer)
        opened = _opened_json(receipts.open(made.id))
        body = {"key": key, "delete_url": f"{_root()}/a/{made.id}/delete?key={key}"} | opened
        return _json(body, status=201)

    @room.get("/api/v1/receipts/<receipt_id>")
    def open_for_programs(receipt_id: str) -> Response:
        return _json(_opened_json(receipts.open(receipt_id)))

    @room.delete("/api/v1/receipts/<receipt_id>")
    def delete_for_programs(receipt_id: str) -> Response:
        check_origin(request)
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            raise Forbidden(
                "The request carries no key.", hint="Send it as Authorization: Bearer KEY."
            )
        receipts.delete(receipt_id, key.strip())
        return _unlisted("", status=204)

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


def _fields(body: Any) -> MultiDict[str, str]:
    """Return a program's JSON as the fields of a form. Raises UsageError."""
    hint = 'Send {"q": "…"}, with "without" (a list) and "after" where they are needed.'
    if not isinstance(body, dict) or not isinstance(body.get("q"), str):
        raise UsageError("The request holds no question.", hint=hint)
    without, after = body.get("without", []), body.get("after", "")
    strings = isinstance(without, list) and all(isinstance(word, str) for word in without)
    if not strings or not isinstance(after, str):
        raise UsageError("The request cannot be read.", hint=hint)
    pairs = [("q", body["q"]), ("after", after), *(("without", word) for word in without)]
    return MultiDict(pairs)


def _opened_json(opened: OpenedReceipt) -> dict[str, Any]:
    return receipt_json(opened) | {"url": f"{_root()}/a/{opened.receipt.id}"}


def _json(body: dict[str, Any], *, status: int = 200) -> Response:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":")) + "\n"
    return _unlisted(text, status=status, mimetype="application/json")


def _unlisted(body: str, *, status: int = 200, mimetype: str = "text/html") -> Response:
    """Return a response that search engines leave out, and nobody on the way keeps."""
    response = Response(body, status=status, mimetype=mimetype)
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _root() -> str:
    return request.url_root.rstrip("/")
