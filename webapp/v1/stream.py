"""An answer as server-sent events: what is urgent first, then quote by quote."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from flask import Response

from corpus.records import Answer, Written
from webapp.present import answer_json, written_json
from webapp.service import Generator
from webapp.streams import Message, event_stream

EVENTS = (
    "safety (only with a red flag), state, quote for each quote, related for each passage nearby,"
    " disagreement for each, sentence for each that a model wrote as it passes the check, dropped with"
    " how many did not, and done with the whole answer"
)


def streamed(answer: Answer, write: Generator | None) -> Response:
    """Return an answer as a stream; what ``write`` makes of it comes sentence by sentence."""
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
        for name, data, written in new_pieces(write.pieces(answer)):
            body["generated"] = written_json(written)
            if name:
                yield _event(name, data)
    yield _event("done", body)


def new_pieces(pieces: Iterable[Written]) -> Iterator[tuple[str, dict[str, Any], Written]]:
    """Give what each piece adds as an event's name and data, with the whole so far; at first no event."""
    sentences = dropped = 0
    for written in pieces:
        yield "", {}, written
        whole = written_json(written)
        for sentence in whole["sentences"][sentences:]:
            yield "sentence", sentence, written
        if written.dropped > dropped:
            yield "dropped", {"dropped": written.dropped}, written
        sentences, dropped = len(written.sentences), written.dropped


def _event(name: str, body: dict[str, Any]) -> str:
    return Message(body, name=name).text()
