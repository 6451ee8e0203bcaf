"""Every request has an id, taken from whoever sends one, so that its trace can be found again."""

from __future__ import annotations

import re
import uuid

from flask import Flask, Response, g, request

HEADER = "X-Request-ID"
_FIT = re.compile(r"[A-Za-z0-9._:-]{1,64}")


def request_id() -> str:
    """Return this request's id: the one sent, if it is fit to be written into a log, else a new one."""
    if "request_id" not in g:
        sent = request.headers.get(HEADER, "")
        g.request_id = sent if _FIT.fullmatch(sent) else uuid.uuid4().hex
    return str(g.request_id)


def name_requests(app: Flask) -> None:
    """Put each request's id on its response."""

    @app.after_request
    def add(response: Response) -> Response:
        response.headers[HEADER] = request_id()
        return response
