"""Every error that reaches a reader: as a designed page, or as a problem document for programs."""

from __future__ import annotations

import json
import traceback
from dataclasses import replace
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, render_template, request
from werkzeug.exceptions import HTTPException

from corpus.errors import (
    Busy,
    Conflict,
    Forbidden,
    LibraryError,
    ModelError,
    NotFound,
    Outdated,
    PatellaError,
    QuestionError,
    QuoteMismatch,
    ReadError,
    SignInNeeded,
    TooMany,
    Unfit,
    UsageError,
    Withdrawn,
)
from webapp.error_words import for_people
from webapp.problem_records import Problem
from webapp.request_ids import request_id
from webapp.saying import N_
from webapp.settings import WebSettings

PROGRAM_PATHS = ("/api/", "/healthz")
REFUSED = "patella.refused"
"""In a request's environment: the status with which the server before us refuses it."""
FRAMES = 4
"""How many of the innermost lines of an unexpected error are logged."""


_ASKING = ("/search", "/print", "/cite", "/share", "/suggest", "/feedback", "/api/v1/ask",
           "/api/v1/search")  # fmt: skip
"""Paths to which a question is sent, and no file."""
_SEND_LESS = N_("Send fewer or smaller files, or have them added on the server: patella add FOLDER")
_BY_STATUS = {
    400: ("bad-request", "That request could not be read", "Check the address and try again."),
    404: ("not-found", "There is no page here", "Check the address, or search the library."),
    405: (
        "method-not-allowed",
        "That cannot be done here",
        "Pages of this library are read, not written to. Go back and ask a question.",
    ),
    415: (
        "media-type",
        "That is sent in a form that is not taken",
        "Send JSON with the field Content-Type: application/json.",
    ),
    429: ("too-many", "That is too much at once", "Wait for as long as Retry-After tells."),
    413: ("too-large", "That is too much to send at once", "Ask one short question."),
    500: (
        "internal-error",
        "Something went wrong on our side",
        "Try again in a moment. If it goes on, tell whoever runs this library.",
    ),
}


_REFUSALS: dict[type[PatellaError], tuple[int, str, str]] = {
    SignInNeeded: (401, "sign-in", "Sign in first"),
    Forbidden: (403, "refused", "That is not allowed"),
    Conflict: (409, "conflict", "That does not fit what is there now"),
    Outdated: (409, "outdated", "The library has changed meanwhile"),
    TooMany: (429, "too-many", "That is too much at once"),
    Busy: (503, "busy", "Many people ask at this moment"),
}


def problem_of(error: Exception) -> Problem:
    """Put an error into words. Nothing of its inside is told, unless it was raised on purpose."""
    if isinstance(error, HTTPException):
        return _http_problem(error)
    if isinstance(error, Unfit):
        title = "That cannot be asked for"
        return Problem(400, "usage", title, str(error), error.hint, error.faults)
    if isinstance(error, (Busy, Conflict, Forbidden, Outdated, TooMany)):
        return Problem(*_REFUSALS[type(error)], str(error), error.hint)
    if isinstance(error, PatellaError):
        return _patella_problem(error)
    return _of_status(500, "The page could not be made. Nothing of your question was kept.")


def _of_status(status: int, detail: str) -> Problem:
    kind, title, hint = _BY_STATUS.get(status, _BY_STATUS[400 if status < 500 else 500])
    return Problem(status, kind, title, detail, hint)


def word_refusals(app: Flask) -> None:
    """Answer what the server refused (``REFUSED``) with an error of ours, whoever asks."""

    @app.before_request
    def refuse() -> None:
        if status := request.environ.get(REFUSED):
            abort(status)


def _http_problem(error: HTTPException) -> Problem:
    details = {
        404: "Nothing is kept at this address.",
        405: f"The address does not take {request.method} requests.",
        413: "The request is larger than this library takes.",
        415: "The request is not of the kind that this address takes.",
        429: "This address or token has sent as many requests as one may for now.",
        500: "The page could not be made. Nothing of your question was kept.",
    }
    status = error.code or 500
    problem = _of_status(status, details.get(status, error.description or ""))
    if status == 413 and not request.path.startswith(_ASKING):
        return replace(problem, hint=_SEND_LESS)
    return problem


def _patella_problem(error: PatellaError) -> Problem:  # noqa: PLR0911  (one for each kind)
    detail, hint = str(error), error.hint
    match error:
        case QuestionError():
            return Problem(400, "question", "That question cannot be searched", detail, hint)
        case Withdrawn():
            return Problem(410, "withdrawn", "That was withdrawn", detail, hint)
        case NotFound():
            what = hint or "Look for it in the list of what the library holds."
            return Problem(404, "not-found", "That is not in the library", detail, what)
        case UsageError():
            return Problem(400, "usage", "That cannot be asked for", detail, hint)
        case LibraryError() | ModelError():
            what = hint or "Try again in a moment, or tell whoever runs this library."
            return Problem(503, "unavailable", "The library cannot be used now", detail, what)
        case ReadError():
            what = hint or "Read its text, or download the original."
            return Problem(422, "unreadable", "That file cannot be shown", detail, what)
        case QuoteMismatch():
            what = "Ask again. If it goes on, tell whoever runs this library."
            said = "A quote did not match its source word for word, so it is not shown."
            return Problem(500, "quote-mismatch", "The answer was held back", said, what)
        case _:
            return _of_status(500, "The page could not be made. Nothing of your question was kept.")


def problem_response(problem: Problem) -> Response:
    """Return a problem document (RFC 9457)."""
    body: dict[str, Any] = {
        "type": f"/api#{problem.kind}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "hint": problem.hint,
        "request_id": request_id(),
    }
    if problem.faults:
        body["errors"] = [{"where": where, "problem": what} for where, what in problem.faults]
    text = json.dumps(body, ensure_ascii=False, indent=2) + "\n"
    return Response(text, status=problem.status, mimetype="application/problem+json")


def _where(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    return " > ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames)


def handle_errors(app: Flask, settings: WebSettings) -> None:
    """Answer every error with a page, or for programs with a problem document.

    The log of an unexpected error holds its kind and place, never its message, which may carry
    words of the question.
    """

    @app.errorhandler(Exception)
    def handle(error: Exception) -> Response:
        problem = problem_of(error)
        # a crowd would fill the log with one line each
        if problem.status >= 500 and not isinstance(error, Busy):
            app.logger.error("%s at %s", type(error).__name__, _where(error))
        if request.path.startswith(PROGRAM_PATHS):
            response = problem_response(problem)
        else:
            typed = request.values.get("q", "") if isinstance(error, QuestionError) else ""
            typed = typed[: settings.question_limit]
            page = render_template("error.html", problem=for_people(problem), typed=typed)
            response = Response(page, status=problem.status)
        if problem.status == 401:
            response.headers["WWW-Authenticate"] = 'Bearer realm="patella"'
        if isinstance(error, HTTPException) and (allowed := getattr(error, "valid_methods", None)):
            response.headers["Allow"] = ", ".join(sorted(allowed))
        return response
