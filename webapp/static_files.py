"""The style sheet, the script and the pictures, read once and served under a hash of what they hold."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response, abort, request, url_for

FOLDER = Path(__file__).parent / "static"
FOR_A_YEAR = "public, max-age=31536000, immutable"
FOR_AN_HOUR = "public, max-age=3600"


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file ready to send."""

    body: bytes
    digest: str
    mimetype: str


def _load() -> dict[str, StaticFile]:
    files = {}
    for path in sorted(FOLDER.iterdir()):
        if path.is_file():
            body = path.read_bytes()
            kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            files[path.name] = StaticFile(body, hashlib.sha256(body).hexdigest()[:16], kind)
    return files


def serve_static(app: Flask) -> Callable[[str], Response]:
    """Add ``/static/<hash>/<name>``, and ``asset(name)`` for templates to name it.

    Returns what sends a file by its name.
    """
    files = _load()

    @app.route("/static/<digest>/<name>")
    def static_file(digest: str, name: str) -> Response:
        held = files.get(name)
        if held is None:
            abort(404)
        response = Response(held.body, mimetype=held.mimetype)
        response.headers["Cache-Control"] = FOR_A_YEAR if digest == held.digest else FOR_AN_HOUR
        response.set_etag(held.digest)
        response.make_conditional(request)
        return response

    @app.route("/favicon.ico")
    def favicon() -> Response:
        return static_file("icon", "icon.svg")

    def asset(name: str) -> str:
        return url_for("static_file", digest=files[name].digest, name=name)

    app.jinja_env.globals["asset"] = asset
    return lambda name: static_file("", name)
