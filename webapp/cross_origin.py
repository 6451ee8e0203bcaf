"""Other sites: which may ask from their pages, and the script that puts the search box there."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from flask import Flask, Response, request

from corpus.errors import UsageError

ASKED = frozenset({"/api/v1/ask", "/api/v1/search"})
"""All that other sites' pages may ask."""
_ORIGIN = re.compile(r"https?://(?:[A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?")
_DAY = "86400"


def read_origins(told: Sequence[str]) -> frozenset[str]:
    """Return origins as browsers send them. Raises UsageError for what is none."""
    found = set()
    for one in told:
        origin = one.strip().rstrip("/")
        if not _ORIGIN.fullmatch(origin):
            raise UsageError(
                f"{one!r} is not the origin of a site.",
                hint="Write each site as https://clinic.example, with its port if it has one.",
            )
        found.add(origin.lower())
    return frozenset(found)


def allow(app: Flask, origins: Sequence[str], send: Callable[[str], Response]) -> None:
    """Let pages of ``origins`` ask and search, and serve ``/widget.js`` to any page.

    ``send`` sends a file of ours by its name. No cookie and no token goes with such a request:
    the answers are those that everybody gets.
    """
    allowed = read_origins(origins)

    @app.after_request
    def tell(response: Response) -> Response:
        if request.path not in ASKED:
            return response
        response.vary.add("Origin")
        if request.headers.get("Origin", "").lower() not in allowed:
            return response
        response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
        response.headers["Access-Control-Expose-Headers"] = "Retry-After, X-Request-ID"
        if request.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = "GET, POST"
            response.headers["Access-Control-Allow-Headers"] = "Content-Type"
            response.headers["Access-Control-Max-Age"] = _DAY
        return response

    @app.route("/widget.js")
    def widget() -> Response:
        response = send("widget.js")
        # a page of another site loads it
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response
