"""What is told of each request when it is done, for the log and the figures: never what was asked."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, Response, g, request

from corpus.records import Answer
from webapp.request_ids import request_id


@dataclass(frozen=True, slots=True)
class Done:
    """A request that was answered."""

    id: str
    method: str
    route: str
    """The address's pattern, such as ``/source/<document_id>``; empty where there is none."""
    status: int
    seconds: float
    """Until the answer begins."""
    state: str = ""
    """How a question was answered; empty where none was asked."""
    level: str = ""
    """How soon help is needed by its red flags."""
    kept: bool = False
    """Whether the answer was put together for an earlier request."""
    carded: bool = False
    """Whether a safety card quoted the library on what to do."""
    asked: str = ""
    """The question. It may be written only where the operator says so."""
    query: str = ""
    """The query string, with the same care."""


KEYED = frozenset({"access.welcome", "sharing.confirm"})
"""Endpoints whose addresses carry a one-time code, or the key of a shared answer."""


def answered(answer: Answer) -> None:
    """Remember how the question of this request was answered."""
    g.answered = answer


def watch(app: Flask, *tellers: Callable[[Done], None]) -> None:
    """Tell each of ``tellers`` of every request."""

    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()

    @app.after_request
    def tell(response: Response) -> Response:
        answer: Answer | None = g.get("answered")
        done = Done(
            id=request_id(),
            method=request.method,
            route=str(request.url_rule or ""),
            status=response.status_code,
            seconds=time.perf_counter() - g.get("began", time.perf_counter()),
            state=answer.state if answer else "",
            level=answer.safety.level if answer and answer.safety else "",
            kept=bool(answer and answer.kept),
            carded=bool(answer and answer.safety and answer.safety.quotes),
            asked=answer.question if answer else "",
            query=_query(),
        )
        for teller in tellers:
            teller(done)
        return response


def _query() -> str:
    """Return the query string; nothing of one that carries a key."""
    if request.endpoint in KEYED:
        return ""
    return request.query_string.decode("utf-8", "replace")
