"""Files of a library as they are handed out: named plainly, never run by a browser."""

from __future__ import annotations

import io
from pathlib import PurePosixPath

from flask import Response, send_file

from webapp.security import DOWNLOAD_POLICY
from webapp.words import plain

SAFE_TYPES = {
    ".pdf": "application/pdf",
    ".txt": "text/plain",
    ".md": "text/markdown",
    ".epub": "application/epub+zip",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
"""Kinds of original named as what they are; all others are sent as plain bytes."""


def download(body: bytes, name: str) -> Response:
    """Return a file to be saved under ``name``."""
    name = plain(PurePosixPath(name.replace("\\", "/")).name) or "original"
    mimetype = SAFE_TYPES.get(PurePosixPath(name).suffix.lower(), "application/octet-stream")
    response = send_file(
        io.BytesIO(body), mimetype=mimetype, as_attachment=True, download_name=name, max_age=None
    )
    response.headers["Content-Security-Policy"] = DOWNLOAD_POLICY
    response.headers["Cache-Control"] = "no-store"
    return response
