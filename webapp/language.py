"""The language that pages speak: chosen for a request, kept in the addresses of its links, no cookie."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from flask import Flask, has_request_context, request
from flask_babel import Babel

from webapp.saying import locale
from webapp.settings import WebSettings

FOLDER = Path(__file__).parent / "translations"
LANGUAGES = {"en": "English", "de": "Deutsch"}
"""The languages that pages can speak, by their own names."""
_UNSPOKEN = ("/api/", "/static/", "/healthz", "/metrics")
"""Paths of what is for programs, which is told in English."""
_FILES = frozenset({"static_file", "offline_worker"})
"""Endpoints that are the same in every language."""


def named_language() -> str:
    """Return the language that the request's address names; empty where it names none of ours."""
    wanted = request.args.get("lang", "") if has_request_context() else ""
    return wanted if wanted in LANGUAGES else ""


def rooted(path: str) -> str:
    """Return the address of a path of ours, with the language in it that this page's address names."""
    if named := named_language():
        before, mark, anchor = path.partition("#")
        path = f"{before}{'&' if '?' in before else '?'}lang={named}{mark}{anchor}"
    return request.script_root + path if has_request_context() else path


def speak(app: Flask, settings: WebSettings) -> None:
    """Teach ``app`` to choose a language: what the address names, the setting, what the browser asks.

    A language that the address names stays in the addresses of the page's links.
    """

    def choose() -> str:
        if request.path.startswith(_UNSPOKEN):
            return "en"
        asked = named_language() or settings.language
        return asked or request.accept_languages.best_match(LANGUAGES, "en") or "en"

    @app.url_defaults
    def keep(endpoint: str, values: dict[str, Any]) -> None:
        spoken = endpoint not in _FILES and not endpoint.startswith("api")
        if spoken and "lang" not in values and (named := named_language()):
            values["lang"] = named

    def in_language(language: str) -> str:
        """Return the address of this page in another language; of a form's page, the first one's."""
        if request.method != "GET" or request.endpoint is None:
            return request.script_root + "/?lang=" + language
        kept = [(name, one) for name, one in request.args.items(multi=True) if name != "lang"]
        return (
            f"{request.script_root}{quote(request.path)}?{urlencode([*kept, ('lang', language)])}"
        )

    Babel(app, locale_selector=choose, default_translation_directories=str(FOLDER))
    app.jinja_env.globals.update(
        locale=locale,
        languages=LANGUAGES,
        named_language=named_language,
        in_language=in_language,
    )
