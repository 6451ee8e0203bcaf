"""What all pages of the desk share: who asks, what is logged, and how forms are read."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Response, render_template, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge

from corpus.account_records import Principal
from corpus.errors import (
    Conflict,
    Forbidden,
    LibraryError,
    NotFound,
    Outdated,
    PatellaError,
    TooLarge,
    TooMany,
    UsageError,
)
from corpus.jobs import Job
from webapp.access import principal, require
from webapp.desk.words import size_words
from webapp.desk_service import Accounts
from webapp.service import Service
from webapp.settings import WebSettings
from webapp.workbench import Workbench

T = TypeVar("T")
REFUSALS = (UsageError, TooLarge, LibraryError)
"""Errors that are told on the page where something was tried."""
_STATUSES: tuple[tuple[type[PatellaError], int], ...] = (
    (NotFound, 404),
    (TooMany, 429),
    (Forbidden, 403),
    (Outdated, 409),
    (Conflict, 409),
    (UsageError, 400),
    (TooLarge, 413),
    (LibraryError, 503),
)


@dataclass(frozen=True, slots=True)
class Room:
    """What the desk's pages stand on."""

    workbench: Workbench
    accounts: Accounts
    service: Service
    settings: WebSettings

    def act(self, action: str, subject: str, do: Callable[[str], T], detail: str = "") -> T:
        """Do something in the name of who asks, who must be an editor, and log that it was done."""
        who = require("editor")
        done = do(who.name)
        job = f"job {done.id}" if isinstance(done, Job) else ""
        self.accounts.note(who, action, subject, " ".join(filter(None, (detail, job))))
        return done


def editor() -> Principal:
    """Return the editor who asks. Raises SignInNeeded, Forbidden."""
    return require("editor")


def page(template: str, error: PatellaError | None = None, **facts: Any) -> Response:
    """Return a page of the desk, with the status that fits the error that it tells."""
    status = 200
    if error:
        status = next((code for kind, code in _STATUSES if isinstance(error, kind)), 400)
    made = render_template(f"desk/{template}", error=error, form_key=secrets.token_hex(16), **facts)
    return Response(made, status)


def go(endpoint: str, **values: Any) -> Response:
    """Send the browser on to a page of ours, which it then GETs."""
    response = Response(status=303)
    response.headers["Location"] = url_for(endpoint, **values)
    return response


def to_job(job: Job) -> Response:
    """Send the browser on to a job's page."""
    return go("desk.job", job_id=job.id)


def form_key() -> str:
    """Return the key of the form that was sent: sent twice, it is done once."""
    return request.form.get("key", "")[:64]


def number(raw: str | None, *, least: int = 1, most: int = 10_000, default: int = 1) -> int:
    """Read a whole number; what is none is the default."""
    if raw and raw.isascii() and raw.isdigit() and len(raw) < 10:
        return min(max(int(raw), least), most)
    return default


def allow_uploads(limit: int) -> None:
    """Let this request's body be as large as ``limit``. Raises SignInNeeded, Forbidden.

    Who asks is told from the cookie or the header alone: nothing of the body is read before that.
    """
    who = principal()
    if who is None or not who.may("editor"):
        require("editor")
    request.max_content_length = limit


def too_large(limit: int) -> TooLarge:
    """Return the error for a body over the limit."""
    return TooLarge(
        f"That is more than {size_words(limit)} at once.",
        hint="Send fewer files, or have them added on the server: patella add FOLDER",
    )


BodyTooLarge = RequestEntityTooLarge
