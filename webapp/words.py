"""The words that the pages use for states, levels, kinds and dates."""

from __future__ import annotations

import re
from datetime import date, datetime

from corpus.records import EVIDENCE_KINDS, Document, SafetyLevel
from webapp.saying import N_, NN_, locale, say, say_count

SUBJECT = N_("runner’s knee")
"""What the shipped library is about; a subject that an operator sets is shown as it is written."""

LEVELS: dict[SafetyLevel, str] = {
    "emergency": N_("Call emergency services now"),
    "same_day": N_("Get medical help today"),
    "see_clinician": N_("See a clinician"),
    "pharmacist": N_("Ask a pharmacist"),
}
"""How soon to get help, most urgent first, in words."""

FORMATS = {
    "pdf": "PDF",
    "html": N_("Web page"),
    "docx": "Word",
    "epub": "EPUB",
    "markdown": "Markdown",
    "md": "Markdown",
    "text": N_("Plain text"),
    "txt": N_("Plain text"),
}
MONTHS = (
    "January February March April May June July August September October November December".split()
)
_PATTERNS = {"de": ("d. MMMM y", "MMMM y")}
"""How a day and a month are written in other languages than English."""
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


NOUNS = {
    "answer": NN_("%(num)s answer", "%(num)s answers"),
    "byte": NN_("%(num)s byte", "%(num)s bytes"),
    "change": NN_("%(num)s change", "%(num)s changes"),
    "day": NN_("%(num)s day", "%(num)s days"),
    "document": NN_("%(num)s document", "%(num)s documents"),
    "file": NN_("%(num)s file", "%(num)s files"),
    "job": NN_("%(num)s job", "%(num)s jobs"),
    "page": NN_("%(num)s page", "%(num)s pages"),
    "passage": NN_("%(num)s passage", "%(num)s passages"),
    "question": NN_("%(num)s question", "%(num)s questions"),
    "saved question": NN_("%(num)s saved question", "%(num)s saved questions"),
    "source": NN_("%(num)s source", "%(num)s sources"),
    "time": NN_("%(num)s time", "%(num)s times"),
    "wording": NN_("%(num)s wording", "%(num)s wordings"),
}
"""What is counted on pages."""


def plural(count: int, noun: str) -> str:
    """Return a count with its noun, one of ``NOUNS``: ``1 source``, ``2 sources``."""
    return say_count(count, *NOUNS[noun], shown=number_words(count))


def number_words(value: float, places: int = 0) -> str:
    """Return a number as the request's language writes it: ``1,234.5`` or ``1.234,5``.

    With ``places`` it has so many after the point, else at most three.
    """
    if locale().startswith("en"):
        whole = f"{value:,.{places or 3}f}"
        return whole if places else whole.rstrip("0").rstrip(".")
    from babel.numbers import format_decimal  # noqa: PLC0415  (heavy, and English needs none of it)

    pattern = "#,##0." + "0" * places if places else None
    return str(format_decimal(value, pattern, locale=locale()))


def kind_words(kind: str) -> str:
    """Return a kind of evidence in words."""
    return say(EVIDENCE_KINDS.get(kind, EVIDENCE_KINDS["unknown"]))


def format_words(name: str) -> str:
    """Return a file format's name as people say it."""
    known = FORMATS.get(name)
    return say(known) if known else (name.upper() if len(name) < 5 else name.capitalize())


def date_words(iso: str) -> str:
    """Return ``2026-11-24`` as ``24 November 2026``; what is no date comes back unchanged."""
    found = _DATE.match(iso)
    if not found:
        return iso
    year, month, day = found.groups()
    if month is None:
        return year
    try:
        when = date(int(year), int(month), int(day or 1))
    except ValueError:
        return iso
    language = locale()[:2]
    if language not in _PATTERNS:
        dated = f"{MONTHS[when.month - 1]} {when.year}"
        return dated if day is None else f"{when.day} {dated}"
    from babel.dates import format_date  # noqa: PLC0415  (heavy, and English needs none of it)

    return str(format_date(when, _PATTERNS[language][day is None], locale=language))


def moment_words(iso: str) -> str:
    """Return an ISO 8601 time as ``24 November 2026, 03:33 UTC``."""
    try:
        when = datetime.fromisoformat(iso)
    except ValueError:
        return iso
    return f"{date_words(when.date().isoformat())}, {when:%H:%M} UTC"


def overdue(next_review: str, today: date) -> bool:
    """Tell whether the day, month or year of the next review has wholly passed."""
    if not _DATE.match(next_review):
        return False
    return today.isoformat()[: len(next_review)] > next_review


def page_words(page: int | None, label: str) -> str:
    """Return ``Page 3``, or ``Page iii`` where that is what is printed on the page."""
    if page is None and not label:
        return ""
    return say("Page %(page)s", page=label or page)


def plain(text: str) -> str:
    """Drop control and direction-changing characters, for places that markup cannot isolate."""
    return _UNSEEN.sub("", text)


def facts_line(document: Document) -> str:
    """Return a citation's second half: publisher and the date that it was reviewed."""
    meta = document.metadata
    dated = say("reviewed %(date)s", date=date_words(meta.reviewed)) if meta.reviewed else ""
    published = meta.published and say("published %(date)s", date=date_words(meta.published))
    return ", ".join(part for part in (meta.publisher, dated or published) if part)
