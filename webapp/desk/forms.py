"""The form of a document's details: read from what was sent, and filled from what is there."""

from __future__ import annotations

from collections.abc import Mapping

from corpus.records import EVIDENCE_KINDS
from webapp.saying import N_
from webapp.workbench_records import LibraryRow, Values

FIELDS = {
    "title": N_("Title"),
    "authors": N_("Authors"),
    "topics": N_("Topics"),
    "publisher": N_("Publisher"),
    "kind": N_("Kind of evidence"),
    "published": N_("Dated"),
    "reviewed": N_("Reviewed"),
    "next_review": N_("Next review"),
    "language": N_("Language"),
    "licence": N_("Licence"),
}
"""The details that the desk edits, in their order, with their labels."""
LISTS = frozenset({"authors", "topics"})
DATES = frozenset({"published", "reviewed", "next_review"})
KINDS = EVIDENCE_KINDS


def read_values(form: Mapping[str, str], row: LibraryRow | None = None) -> Values:
    """Return the details that were sent; where a ``row`` is there, those alone that differ from it."""
    before = shown_values(row) if row else dict.fromkeys(FIELDS, "")
    changed: dict[str, str | tuple[str, ...]] = {}
    for name in FIELDS:
        sent = form.get(name)
        if sent is None or sent.strip() == before[name]:
            continue
        parts = tuple(part.strip() for part in sent.split(";") if part.strip())
        changed[name] = parts if name in LISTS else sent.strip()
    return Values(**changed)  # type: ignore[arg-type]  # lists are tuples, all else is text


def shown_values(row: LibraryRow) -> dict[str, str]:
    """Return a document's details as the form's fields hold them."""
    values = {name: getattr(row, name) for name in FIELDS}
    return {n: "; ".join(v) if isinstance(v, tuple) else str(v) for n, v in values.items()}


def said(values: Values) -> str:
    """Return what was changed, for the log."""
    named = [(FIELDS[name], getattr(values, name)) for name in FIELDS]
    return "; ".join(
        f"{label}: {', '.join(value) if isinstance(value, tuple) else value or 'taken back'}"
        for label, value in named
        if value is not None
    )
