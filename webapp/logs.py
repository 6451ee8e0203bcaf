"""The log: a line for each request, as JSON or as text, without what was asked unless that is wanted."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from flask import has_request_context

from webapp.request_ids import request_id
from webapp.watched import Done

requests = logging.getLogger("webapp.requests")


def log_requests(*, questions: bool) -> Callable[[Done], None]:
    """Return what writes a line for each request.

    Neither addresses of people nor query strings are written, nor paths that lead nowhere: people
    paste questions there. With ``questions`` the question and the query string are.
    """

    def write(done: Done) -> None:
        told = {
            "request_id": done.id,
            "method": done.method,
            "route": done.route,
            "status": done.status,
            "ms": round(done.seconds * 1000, 1),
        }
        told |= {
            name: value for name, value in (("state", done.state), ("help", done.level)) if value
        }
        if questions:
            asked = (("asked", done.asked), ("query", done.query))
            told |= {name: value for name, value in asked if value}
        words = f"{done.method} {done.route or '-'} {done.status} {told['ms']} ms {done.id}"
        requests.info(words, extra={"told": told})

    return write


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and what a request tells of itself."""

    def format(self, record: logging.LogRecord) -> str:
        told = getattr(record, "told", None)
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": "request" if told else record.getMessage(),
        }
        if told:
            line |= told
        elif has_request_context():
            line["request_id"] = request_id()
        if record.exc_info and record.exc_info[1]:
            # kind and place: a message may carry words of a question
            line["error"] = type(record.exc_info[1]).__name__
            frames = traceback.extract_tb(record.exc_info[2])[-3:]
            line["at"] = " > ".join(f"{Path(f.filename).name}:{f.lineno}" for f in frames)
        return json.dumps(line, ensure_ascii=False)
