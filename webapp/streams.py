"""Responses that go on: server-sent events, on a bounded share of the server's threads."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from flask import Response, stream_with_context

SECONDS = 50.0
"""A stream ends after so long, and gives its thread back; browsers ask again by themselves."""
RETRY_MS = 1500
BUSY_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Message:
    """One server-sent event."""

    data: dict[str, Any]
    number: int | None = None
    """What the browser sends back as Last-Event-ID."""
    name: str = ""

    def text(self) -> str:
        """Return it as it goes over the wire."""
        head = f"id: {self.number}\n" if self.number is not None else ""
        head += f"event: {self.name}\n" if self.name else ""
        return f"{head}data: {json.dumps(self.data, ensure_ascii=False)}\n\n"


def event_stream(lines: Iterator[str]) -> Response:
    """Return server-sent events as a response."""
    response = Response(lines, mimetype="text/event-stream")
    # asks proxies that gather answers to pass events on as they come
    response.headers["X-Accel-Buffering"] = "no"
    return response


class Streams:
    """Hands out at most ``most`` streams at one time."""

    def __init__(self, most: int) -> None:
        self._free = threading.BoundedSemaphore(max(1, most))

    def send(self, messages: Callable[[float], Iterator[Message | None]]) -> Response:
        """Send what ``messages`` gives until the time (of ``time.monotonic``) that it is told.

        None keeps the line open. Where no stream is free: 503, and the page asks now and then instead.
        """
        if not self._free.acquire(blocking=False):
            busy = Response("All streams are taken: ask again.\n", 503, mimetype="text/plain")
            busy.headers["Retry-After"] = str(BUSY_SECONDS)
            return busy
        end = time.monotonic() + SECONDS

        release = _once(self._free.release)

        def lines() -> Iterator[str]:
            try:
                yield f"retry: {RETRY_MS}\n\n"
                for message in messages(end):
                    yield message.text() if message else ": still here\n\n"
            finally:
                release()

        response = event_stream(stream_with_context(lines()))
        # not in the generator alone: it may never be begun
        response.call_on_close(release)
        return response


def _once(do: Callable[[], None]) -> Callable[[], None]:
    left = [do]
    return lambda: left.pop()() if left else None
