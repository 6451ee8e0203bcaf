"""Questions by program: search, ask, and why a passage was found."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Response, request
from flask_babel import force_locale
from flask_openapi import APIBlueprint

from webapp.asked import Asked
from webapp.present import answer_json, grouped_json, search_json, why_json
from webapp.questions import read_question, read_without
from webapp.regions import Here
from webapp.service import Generator, Service
from webapp.settings import WebSettings
from webapp.v1.common import answers, describe, fresh, problems, room, send
from webapp.v1.requests import AskBody, AskQuery, SearchBody, SearchQuery, WhyQuery, switched
from webapp.v1.shapes import AnswerInfo, Found, WhyInfo
from webapp.v1.stream import EVENTS, streamed

_FOUND = answers(Found, "Passages, best first.")
_FOUND_TAGGED = answers(Found, "Passages, best first.", etag=True)
_STREAM = {"text/event-stream": f"Server-sent events: {EVENTS}."}
_ANSWER = answers(AnswerInfo, "The answer.", also=_STREAM)
_ANSWER_TAGGED = answers(AnswerInfo, "The answer.", also=_STREAM, etag=True)


def asking(
    service: Service, settings: WebSettings, generator: Generator | None = None
) -> APIBlueprint:
    """Return the part of the API that answers questions."""
    rooms = room("asking", "Questions", "Search and ask.")
    describe(rooms, Found, AnswerInfo, WhyInfo)
    here = Here(settings.region)

    def answered(asked: Asked, lang: str, write: Generator | None) -> Response:
        answer = asked.answer(service, kept=write is None)
        with force_locale(lang or "en"):
            answer = here.with_own_card(answer)
        if _as_stream():
            return streamed(answer, write)
        return send(answer_json(write.write(answer) if write else answer))

    @rooms.get("/search", responses=_FOUND_TAGGED | problems())
    def search(query: SearchQuery) -> Response:
        """Find passages, best first."""
        asked = query.asked(settings)

        def make() -> Response:
            body = _found(service, asked, k=query.k, page=query.page, why=switched(query.why))
            if body["next"]:
                body["next"] = _next_page(query.page)
            return send(body, headers=_link(body["next"]))

        return fresh(service, settings, make, keep=False)

    @rooms.post("/search", responses=_FOUND | problems(413, 415), operation_id="search_privately")
    def search_privately(body: SearchBody) -> Response:
        """Find passages; the question stands in no address.

        Answers to POST are not kept on the way, nor are their questions in the logs of a proxy.
        """
        asked = body.asked(settings)
        found = _found(service, asked, k=body.k, page=body.page, why=body.why)
        return send(found | {"next": None})

    @rooms.get("/ask", responses=_ANSWER_TAGGED | problems())
    def ask(query: AskQuery) -> Response:
        """Answer a question with quotes, or say that the library does not.

        With `Accept: text/event-stream` the answer comes in parts, what is urgent first.
        """
        asked, wanted = query.asked(settings), switched(query.generate)
        if _as_stream() or wanted:
            # a model's words differ each time: nothing to compare
            return answered(asked, query.lang, generator if wanted else None)
        return fresh(service, settings, lambda: answered(asked, query.lang, None), keep=False)

    @rooms.post("/ask", responses=_ANSWER | problems(413, 415), operation_id="ask_privately")
    def ask_privately(body: AskBody) -> Response:
        """Answer a question that stands in no address.

        With `Accept: text/event-stream` the answer comes in parts, what is urgent first.
        """
        return answered(body.asked(settings), body.lang, generator if body.generate else None)

    @rooms.get("/why", responses=answers(WhyInfo, "Shares.", etag=True) | problems(404))
    def why(query: WhyQuery) -> Response:
        """Tell why a passage is found for a question."""
        question = read_question(
            query.q, limit=settings.question_limit, shown=settings.question_shown
        )
        without = read_without(query.without)

        def make() -> Response:
            return send(why_json(service.why(question, query.passage, without=without)))

        return fresh(service, settings, make, keep=False)

    return rooms


def _as_stream() -> bool:
    kinds = ("application/json", "text/event-stream")
    return request.accept_mimetypes.best_match(kinds) == "text/event-stream"


def _found(service: Service, asked: Asked, *, k: int, page: int, why: bool) -> dict[str, Any]:
    """Search for all pages up to this one and one passage more, which tells whether one follows."""
    last = k * page
    result = service.search(
        asked.question, k=last + 1, without=asked.without, filters=asked.filters
    )
    whole = search_json(result)
    hits = whole["hits"][last - k : last]
    body = whole | {
        "documents": grouped_json(hits),
        "hits": hits,
        "page": page,
        "k": k,
        "next": "more" if len(result.hits) > last else None,
    }
    for hit in body["hits"] if why else ():
        told = service.why(result.question, hit["passage_id"], without=asked.without)
        hit["why"] = why_json(told)
    return body


def _next_page(page: int) -> str:
    sent = [(name, value) for name, value in request.args.items(multi=True) if name != "page"]
    return f"{request.script_root}{request.path}?{urlencode([*sent, ('page', page + 1)])}"


def _link(following: str | None) -> dict[str, str]:
    return {"Link": f'<{following}>; rel="next"'} if following else {}
