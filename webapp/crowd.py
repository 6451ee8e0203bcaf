"""More requests than can be answered soon: they are told so at once, instead of each waiting for long."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, Response, g, request

from corpus.errors import Busy

RETRY_SECONDS = 2
_ALWAYS = ("/healthz", "/metrics", "/static/")
"""Cheap, and asked by those who want to know what is wrong."""


def turn_away(app: Flask, crowded: Callable[[], bool]) -> None:
    """Refuse requests, before anything is done for them, while ``crowded`` says so."""

    @app.before_request
    def refuse() -> None:
        if not request.path.startswith(_ALWAYS) and crowded():
            g.turned_away = True
            raise Busy(
                "More is asked at this moment than can be answered.",
                hint="Wait for as long as Retry-After tells, then ask again.",
            )

    @app.after_request
    def tell(response: Response) -> Response:
        if g.get("turned_away"):
            response.headers["Retry-After"] = str(RETRY_SECONDS)
        return response
