"""The JSON that programs read: search, ask, the list of documents, and whether all is well."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, request

from corpus.errors import UsageError
from corpus.records import SearchResult
from webapp.asked import read_asked, sent_filters
from webapp.present import answer_json, catalogue_json, generation_json, search_json, why_json
from webapp.questions import GENERATE, read_question, read_without
from webapp.service import Generator, Service
from webapp.settings import WebSettings

MOST = 100
DEFAULT = 10


def api(service: Service, settings: WebSettings, generator: Generator | None = None) -> Blueprint:
    """Return the API as a blueprint over ``service``."""
    room = Blueprint("api", __name__)

    def question() -> str:
        raw = request.args.get("q", "")
        return read_question(raw, limit=settings.question_limit, shown=settings.question_shown)

    def without() -> tuple[str, ...]:
        return read_without(request.args.getlist("without"))

    def _search() -> SearchResult:
        count = _count(request.args.get("k"))
        return service.search(
            question(), k=count, without=without(), filters=sent_filters(request.args)
        )

    @room.get("/api/v1/search")
    def search() -> Response:
        body = search_json(found := _search())
        if request.args.get("why", "") not in {"", "0", "false"}:
            for hit, told in zip(found.hits, body["hits"], strict=True):
                told["why"] = why_json(
                    service.why(found.question, hit.passage.id, without=without())
                )
        return _json(body)

    @room.get("/api/v1/ask")
    def ask() -> Response:
        answer = read_asked(request.args, settings).answer(service)
        wanted = request.args.get("generate", "") in GENERATE
        return _json(answer_json(generator.write(answer) if generator and wanted else answer))

    @room.get("/api/v1/documents")
    def documents() -> Response:
        listed = [catalogue_json(document) for document in service.documents()]
        return _json({"documents": listed, "generation": service.generation().id})

    @room.get("/healthz")
    def health() -> Response:
        return _json({"status": "ok", **generation_json(service.generation())})

    return room


def _json(body: dict[str, Any]) -> Response:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":")) + "\n"
    return Response(text, mimetype="application/json")


def _count(raw: str | None) -> int:
    if raw is None:
        return DEFAULT
    if raw.isascii() and raw.isdigit() and len(raw) < 4 and 1 <= int(raw) <= MOST:
        return int(raw)
    raise UsageError(
        "k is not a whole number from 1 to 100.", hint=f"Leave k out to get {DEFAULT} passages."
    )
