"""An answer as server-sent events: what is urgent first, then quote by quote."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Response

from corpus.records import Answer
from webapp.present import answer_json
from webapp.service import Generator
from webapp.streams import Message, event_stream

EVENTS = (
    "safety (only with a red flag), state, quote for each quote, related for each passage nearby,"
    " disagreement for each, sentence for each that a model wrote, and done with the whole answer"
)


def streamed(answer: Answer, write: Generator | None) -> Response:
    """Return an answer as a stream; what ``write`` makes of it comes when it is ready."""
    response = event_stream(_events(answer, write))
    response.headers["Cache-Control"] = "no-store"
    return response


def _events(answer: Answer, write: Generator | None) -> Iterator[str]:
    body = answer_json(answer)
    if body["safety"]:
        yield _event("safety", body["safety"])
    facts = ("question", "state", "confidence", "added", "suggestion", "carried", "warnings")
    yield _event("state", {name: body[name] for name in (*facts, "generation")})
    for name, single in (("quotes", "quote"), ("related", "related")):
        for number, quote in enumerate(body[name], 1):
            yield _event(single, {"number": number, **quote})
    for disagreement in body["disagreements"]:
        yield _event("disagreement", disagreement)
    if write:
        body = answer_json(write.write(answer))
        for sentence in body["generated"]["sentences"] if body["generated"] else ():
            yield _event("sentence", sentence)
    yield _event("done", body)


def _event(name: str, body: dict[str, Any]) -> str:
    return Message(body, name=name).text()
