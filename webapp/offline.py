"""The page for when the library cannot be reached, and the worker by which a browser keeps it.

The worker keeps the style sheet, the script, the icon and that page, and nothing else: no question, no
answer. It is offered over HTTPS alone. Browsers take none over plain HTTP, but for this very machine,
where it would stay at an address that other programs are served at later.
"""

from __future__ import annotations

import hashlib
import json

from flask import Flask, Response, render_template, request, url_for

from webapp.language import LANGUAGES
from webapp.settings import WebSettings
from webapp.static_files import FOLDER

KEPT = ("site.css", "site.js", "icon.svg")
"""Files that the page is made of."""


def offline(app: Flask, settings: WebSettings) -> None:
    """Add the page and the worker to ``app``."""
    code = (FOLDER / "worker.js").read_text("utf-8")

    @app.get("/offline", endpoint="offline")
    def page() -> str:
        return render_template("offline.html")

    @app.get("/offline.js", endpoint="offline_worker")
    def worker() -> Response:
        asset = app.jinja_env.globals["asset"]
        pages = [url_for("offline", lang=None)]
        pages += [url_for("offline", lang=language) for language in LANGUAGES]
        shell = json.dumps([*pages, *(asset(name) for name in KEPT)])  # type: ignore[operator]
        told = f"{shell}\n{render_template('offline.html')}\n{code}"
        version = hashlib.sha256(told.encode()).hexdigest()[:16]
        body = f'const SHELL = {shell};\nconst VERSION = "{version}";\n{code}'
        return Response(body, mimetype="text/javascript", headers={"Cache-Control": "no-cache"})

    def address() -> str:
        return url_for("offline_worker") if settings.https or request.is_secure else ""

    app.jinja_env.globals["offline_worker"] = address
