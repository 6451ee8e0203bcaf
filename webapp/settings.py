"""What an operator may choose about the pages; one frozen record, read once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path


def _today() -> date:
    return datetime.now(UTC).date()


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Settings of the pages and the API.

    ``trusted_hosts`` empty means that any Host header is taken; an entry that begins with a dot
    also takes its subdomains.
    """

    library_name: str = "Patella"
    version: str = "0"
    """Patella's own, as the API tells it."""
    api_limits: str = "120 per minute; 3000 per hour"
    """Requests to the API that one address or token may make, as Flask-Limiter reads it; none for any."""
    widget_origins: tuple[str, ...] = ()
    """Other sites whose pages may ask (``https://clinic.example``), with the script ``/widget.js``."""
    metrics: str = "local"
    """Who may read ``/metrics``: ``local`` (this machine, or an admin's token), ``open``, or ``off``."""
    log_questions: bool = False
    """Whether the log may hold questions and query strings."""
    subject: str = "runner’s knee"
    """What the library is about, as it reads in a sentence."""
    question_shown: int = 500
    """The length that people are told to keep to."""
    question_limit: int = 2000
    """The length above which a question is refused."""
    body_limit: int = 64 * 1024
    """The most bytes of a request body."""
    trusted_hosts: tuple[str, ...] = ()
    language: str = ""
    """The language of the pages; empty for what each browser asks for."""
    suggestions: tuple[str, ...] = ()
    """Questions offered on the first page; document titles stand in where there are none."""
    region: str = ""
    """The country whose emergency numbers and names of medicines the pages use; empty for any."""
    search_access: str = "public"
    """Who may search: ``public``, or ``signed-in``. Pages on getting help are open to everybody."""
    https: bool = False
    """Whether people reach the library by HTTPS though this server does not see it."""
    upload_limit: int = 200_000_000
    """The most bytes that an editor may send at once."""
    streams: int = 2
    """How many pages of the desk may follow a job live at one time: each holds one of the threads."""
    shared: Path | None = None
    """Folder of what several processes of one server share; None where there is one process."""
    today: Callable[[], date] = _today
    """The day against which a review date is overdue."""
