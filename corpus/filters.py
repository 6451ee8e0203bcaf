"""Filters: which documents a search may find, by what they say of themselves."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from corpus.errors import UsageError
from corpus.records import EVIDENCE_KINDS, Document, FacetCount

MOST_VALUES = 20
"""Values that one filter may name."""
LONGEST_VALUE = 200
"""Characters."""

_DATE = re.compile(r"(\d{4})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?)?")


@dataclass(frozen=True, slots=True)
class Filters:
    """What a document must be to be found; an empty field asks nothing.

    Of each field one value must fit, in every field that has any. ``since`` and ``until`` are ISO
    dates (``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``), both counted in, held against the day of review
    or else of publication; a document without either date passes neither.
    """

    topic: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    publisher: tuple[str, ...] = ()
    format: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    """``en`` takes ``en-GB`` in."""
    document: tuple[str, ...] = ()
    """Ids of documents."""
    since: str = ""
    until: str = ""

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))

    def values(self) -> dict[str, tuple[str, ...]]:
        """Return what is asked by the name of its field, empty fields left out."""
        found: dict[str, tuple[str, ...]] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if value:
                found[field.name] = (value,) if isinstance(value, str) else value
        return found

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Return what is asked as (name, value), in the order of the fields."""
        return tuple((name, v) for name, values in self.values().items() for v in values)


NO_FILTERS = Filters()

NAMES = tuple(field.name for field in fields(Filters))


def read_filters(given: Mapping[str, Sequence[str]]) -> Filters:
    """Read filters as they were typed; empty values ask nothing.

    Raises UsageError for a kind of evidence that there is none of, and for a date that is none.
    """
    read: dict[str, tuple[str, ...]] = {}
    for name in NAMES:
        values = [" ".join(str(value).split()) for value in given.get(name, ())]
        read[name] = tuple(dict.fromkeys(value for value in values if value))
        if len(read[name]) > MOST_VALUES or any(len(v) > LONGEST_VALUE for v in read[name]):
            raise UsageError(
                f"The filter {name} has too many or too long values.",
                hint=f"Name at most {MOST_VALUES} of up to {LONGEST_VALUE} characters.",
            )
    kinds = tuple(kind.lower() for kind in read["kind"])
    for kind in kinds:
        if kind not in EVIDENCE_KINDS:
            raise UsageError(
                f"There is no kind of evidence {kind!r}.",
                hint=f"The kinds are {', '.join(EVIDENCE_KINDS)}.",
            )
    since, until = (_date(name, read[name]) for name in ("since", "until"))
    if since and until and _first(since) > _last(until):
        raise UsageError(f"No date is since {since} and until {until}.", hint="Swap the two dates.")
    return Filters(
        read["topic"],
        kinds,
        read["publisher"],
        tuple(value.lower() for value in read["format"]),
        tuple(value.lower() for value in read["language"]),
        read["document"],
        since,
        until,
    )


def _date(name: str, values: tuple[str, ...]) -> str:
    if not values:
        return ""
    if len(values) > 1 or not _DATE.fullmatch(values[0]):
        raise UsageError(
            f"The filter {name} is not a date: {', '.join(values)}.",
            hint="Give one as 2024, 2024-06 or 2024-06-30.",
        )
    return values[0]


def _first(date: str) -> str:
    return date + "-01-01"[len(date) - 4 :]


def _last(date: str) -> str:
    return date + "-12-31"[len(date) - 4 :]


_DATED = "coalesce(nullif(v.metadata ->> 'reviewed', ''), v.metadata ->> 'published', '')"
_IS_DATED = f"glob('[0-9][0-9][0-9][0-9]*', {_DATED})"


def condition(filters: Filters) -> tuple[str, dict[str, str]]:
    """Return the SQL condition on a row ``v`` of ``versions``, and its parameters."""
    parts, values = ["true"], {}

    def one_of(name: str, wanted: tuple[str, ...], test: str) -> None:
        if not wanted:
            return
        tests = []
        for number, value in enumerate(wanted):
            values[f"{name}{number}"] = value
            tests.append(test.format(value=f":{name}{number}"))
        parts.append(f"({' OR '.join(tests)})")

    one_of(
        "topic",
        filters.topic,
        "EXISTS (SELECT 1 FROM json_each(v.metadata, '$.topics') t"
        " WHERE lower(t.value) = lower({value}))",
    )
    one_of("kind", filters.kind, "coalesce(v.metadata ->> 'kind', 'unknown') = {value}")
    one_of("publisher", filters.publisher, "lower(v.metadata ->> 'publisher') = lower({value})")
    one_of("format", filters.format, "lower(v.format) = lower({value})")
    one_of(
        "language",
        filters.language,
        "(lower(v.metadata ->> 'language') = {value}"
        " OR substr(lower(v.metadata ->> 'language'), 1, length({value}) + 1) = {value} || '-')",
    )
    one_of("document", filters.document, "v.document_id = {value}")
    if filters.since:
        values["since"] = _first(filters.since)
        # a year alone may end after the day asked for
        parts.append(
            f"({_IS_DATED} AND {_DATED} || substr('-12-31', length({_DATED}) - 3) >= :since)"
        )
    if filters.until:
        values["until"] = _last(filters.until)
        parts.append(
            f"({_IS_DATED} AND {_DATED} || substr('-01-01', length({_DATED}) - 3) <= :until)"
        )
    return " AND ".join(parts), values


def facets(documents: Sequence[Document]) -> tuple[FacetCount, ...]:
    """Count topics, kinds, publishers and formats of ``documents``, each of which counts once."""
    once = {document.version_id: document for document in documents}.values()
    counted: dict[str, Counter[str]] = {
        "topic": Counter(topic for d in once for topic in dict.fromkeys(d.metadata.topics)),
        "kind": Counter(d.metadata.kind or "unknown" for d in once),
        "publisher": Counter(d.metadata.publisher for d in once if d.metadata.publisher),
        "format": Counter(d.format for d in once),
    }
    return tuple(
        FacetCount(name, value, count)
        for name, counts in counted.items()
        for value, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    )
