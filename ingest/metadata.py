"""Metadata: what a front matter says becomes the fields of ``corpus.records.Metadata``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, get_args

from corpus.records import (
    EVIDENCE_KINDS,
    EvidenceNote,
    Metadata,
    RedFlagSection,
    Reference,
    SafetyLevel,
)
from ingest.blocks import clean

ALIASES = {
    "author": "authors",
    "date": "published",
    "description": "summary",
    "lang": "language",
    "license": "licence",
    "tags": "topics",
}
_TEXTS = ("title", "summary", "publisher", "language", "licence", "reviewer", "region")
_DATES = ("published", "reviewed", "next_review")
_LISTS = ("topics", "audience", "applies_to", "related")
_DATE_FORMS = ("%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y", "%d/%m/%Y", "%Y/%m/%d", "%d.%m.%Y")
_MONTH_FORMS = ("%B %Y", "%b %Y")
LONGEST_TEXT = 2000


def iso_date(words: str) -> str:
    """Return the date in ISO 8601 (``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``), or an empty string."""
    words = clean(words)
    found = re.match(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?![\d/.])", words)
    if found:
        year, month, day = found.groups()
        try:
            date(int(year), int(month or 1), int(day or 1))
        except ValueError:
            return ""
        return "-".join([year, *(part.zfill(2) for part in (month, day) if part)])
    for forms, cut in ((_DATE_FORMS, 10), (_MONTH_FORMS, 7)):
        for form in forms:
            try:
                return datetime.strptime(words, form).date().isoformat()[:cut]
            except ValueError:
                continue
    return ""


def web_address(words: str) -> str:
    """Return ``words`` if they are an http or https address, else an empty string."""
    words = clean(words)
    return words if re.fullmatch(r"https?://[^\s<>\"]+", words, re.IGNORECASE) else ""


class _Reader:
    """Reads fields from one mapping and keeps a warning for each that is not as it should be."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self.fields = fields
        self.warnings: list[str] = []

    def warn(self, key: str, fault: str) -> None:
        self.warnings.append(f"Front matter: {key} {fault}.")

    def text(self, key: str) -> str:
        value = self.fields.get(key)
        if value is None:
            return ""
        if not _is_scalar(value):
            self.warn(key, "should be text and is ignored")
            return ""
        return _scalar(value)[:LONGEST_TEXT]

    def checked(self, key: str, check: Callable[[str], str], fault: str) -> str:
        words = self.text(key)
        result = check(words) if words else ""
        if words and not result:
            self.warn(key, fault)
        return result

    def texts(self, key: str, separator: str) -> tuple[str, ...]:
        value = self.fields.get(key)
        if value is None:
            return ()
        if _is_scalar(value):
            value = _scalar(value).split(separator)
        if not isinstance(value, list):
            self.warn(key, "should be a list and is ignored")
            return ()
        if not all(map(_is_scalar, value)):
            self.warn(key, "has entries that are not text")
        return tuple(words for item in value if _is_scalar(item) and (words := _scalar(item)))

    def entries(self, key: str) -> list[Any]:
        value = self.fields.get(key)
        if value is None or (_is_scalar(value) and not _scalar(value)):
            return []
        if not isinstance(value, list):
            self.warn(key, "should be a list and is ignored")
            return []
        return value

    def kind(self, key: str, value: Any) -> str:
        words = _scalar(value) if _is_scalar(value) else ""
        if words and words not in EVIDENCE_KINDS:
            self.warn(key, f"names no known kind of evidence ({words[:40]})")
            return "unknown"
        return words or "unknown"


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | int | float | date)


def _scalar(value: Any) -> str:
    """Return a value as text; the ways in which YAML says "nothing" are empty."""
    words = clean(value.isoformat() if isinstance(value, date) else str(value))
    return "" if words.lower() in ("~", "null") else words


def _references(reader: _Reader) -> tuple[Reference, ...]:
    """Take references given in full; plain keys are for the caller to look up."""
    found: list[Reference] = []
    for number, entry in enumerate(reader.entries("references"), start=1):
        if isinstance(entry, Mapping):
            inner = _Reader(entry)
            found.append(
                Reference(
                    number=number,
                    authors="; ".join(inner.texts("authors", ";")),
                    title=inner.text("title"),
                    journal=inner.text("journal"),
                    year=inner.text("year"),
                    doi=inner.text("doi"),
                    kind=reader.kind("references", entry.get("kind")),
                )
            )
            reader.warnings.extend(inner.warnings)
        elif not _is_scalar(entry):
            reader.warn("references", f"entry {number} is neither a key nor a mapping")
    return tuple(found)


def _evidence(reader: _Reader) -> tuple[EvidenceNote, ...]:
    notes: list[EvidenceNote] = []
    for entry in reader.entries("evidence"):
        about = _Reader(entry).text("about") if isinstance(entry, Mapping) else ""
        if not about:
            reader.warn("evidence", "has an entry that does not say what it is about")
            continue
        numbers = entry.get("refs") or []
        words = (
            [_scalar(item) for item in numbers if _is_scalar(item)]
            if isinstance(numbers, list)
            else _scalar(numbers).split(",")
        )
        refs = tuple(int(word) for word in words if re.fullmatch(r"\s*\d{1,4}\s*", word))
        notes.append(EvidenceNote(about, reader.kind("evidence", entry.get("kind")), refs))
    return tuple(notes)


def _red_flags(reader: _Reader) -> tuple[RedFlagSection, ...]:
    levels: dict[str, SafetyLevel] = {level: level for level in get_args(SafetyLevel)}
    sections: list[RedFlagSection] = []
    for entry in reader.entries("red_flags"):
        inner = _Reader(entry if isinstance(entry, Mapping) else {})
        heading, level = inner.text("heading"), levels.get(inner.text("level"))
        if not heading or level is None:
            reader.warn(
                "red_flags", f"has an entry without a heading or one of {', '.join(levels)}"
            )
            continue
        sections.append(RedFlagSection(heading, level))
    return tuple(sections)


def from_mapping(fields: Mapping[str, Any]) -> tuple[Metadata, tuple[str, ...]]:
    """Return the metadata that a front matter states, and a warning for each field at fault.

    Unknown keys are passed over. Values of another type than expected are read where that is
    plain, and else left out.
    """
    named = {ALIASES.get(key, key): value for key, value in fields.items() if key in ALIASES}
    named.update({key: value for key, value in fields.items() if key not in ALIASES})
    reader = _Reader(named)
    texts: dict[str, Any] = {key: reader.text(key) for key in _TEXTS}
    dates: dict[str, Any] = {
        key: reader.checked(key, iso_date, "is no date that can be read") for key in _DATES
    }
    lists: dict[str, Any] = {key: reader.texts(key, ",") for key in _LISTS}
    metadata = Metadata(
        **texts,
        **dates,
        **lists,
        authors=reader.texts("authors", ";"),
        kind=reader.kind("kind", named.get("kind")),
        url=reader.checked("url", web_address, "is no web address"),
        references=_references(reader),
        evidence=_evidence(reader),
        red_flags=_red_flags(reader),
    )
    return metadata, tuple(reader.warnings)
