"""Shared answers by program: made, opened and deleted."""

from __future__ import annotations

from flask import Response, request
from flask_openapi import APIBlueprint

from answer.receipt import OpenedReceipt
from corpus.errors import SignInNeeded
from webapp.exports import site_root
from webapp.present import receipt_json
from webapp.same_site import Limiter, check_origin
from webapp.service import Receipts, Service
from webapp.settings import WebSettings
from webapp.sharing import unlisted
from webapp.v1.common import Json, answers, describe, problems, room, send
from webapp.v1.receipt_shapes import ReceiptInfo, ReceiptMade
from webapp.v1.requests import ReceiptPath, ShareBody

_KEY: list[dict[str, list[str]]] = [{"receipt_key": []}]


def sharing_api(
    service: Service, settings: WebSettings, receipts: Receipts, limiter: Limiter
) -> APIBlueprint:
    """Return the part of the API that shares answers."""
    rooms = room(
        "receipts", "Receipts", "Shared answers, held against the library at each opening."
    )
    describe(rooms, ReceiptInfo, ReceiptMade)

    @rooms.post(
        "/receipts",
        responses=answers(ReceiptMade, "The receipt, and the key that deletes it.", status=201)
        | problems(403, 413, 415),
    )
    def share(body: ShareBody) -> Response:
        """Share an answer: ask, and keep what was quoted as a receipt."""
        check_origin(request)
        answer = body.asked(settings).answer(service)
        limiter.count(request.remote_addr)
        made, key = receipts.make(answer)
        opened = _opened(receipts.open(made.id))
        told = {"key": key, "delete_url": f"{site_root()}/a/{made.id}/delete?key={key}"} | opened
        return _unlisted(told, status=201)

    @rooms.get(
        "/receipts/<receipt_id>", responses=answers(ReceiptInfo, "The receipt.") | problems(404)
    )
    def open_receipt(path: ReceiptPath) -> Response:
        """Open a shared answer and hold it against the library as it is now."""
        return _unlisted(_opened(receipts.open(path.receipt_id)))

    @rooms.delete(
        "/receipts/<receipt_id>",
        responses=answers(None, "It is gone.", status=204) | problems(401, 403, 404),
        security=_KEY,
    )
    def delete_receipt(path: ReceiptPath) -> Response:
        """Delete a shared answer, with the key that came with it."""
        check_origin(request)
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            raise SignInNeeded(
                "The request carries no key.", hint="Send it as Authorization: Bearer KEY."
            )
        receipts.delete(path.receipt_id, key.strip())
        return unlisted("", status=204)

    return rooms


def _opened(opened: OpenedReceipt) -> Json:
    return receipt_json(opened) | {"url": f"{site_root()}/a/{opened.receipt.id}"}


def _unlisted(body: Json, *, status: int = 200) -> Response:
    made = send(body, status=status)
    return unlisted(made.get_data(as_text=True), status=status, mimetype="application/json")
