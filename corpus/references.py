"""References of the shipped library: the editors' entries, the printed list, and reading it back.

The printed form, one entry a line, is ``1. Authors. Title. Journal. Year. doi:10.…``; authors,
year and DOI may be missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from corpus.article import split_references
from corpus.errors import UsageError
from corpus.records import EvidenceNote, Reference

HEADING = "## References"
SEEN = ("record", "abstract", "second-hand")
"""What the editors saw of a source: only its record; its abstract or text; only others' word."""
FIELDS = ("authors", "title", "journal", "year", "doi", "kind", "seen", "doi_unverified")
MOST_AUTHORS = 6

DOI = re.compile(r"10\.\d{4,9}/[-._;()/:A-Za-z0-9]*[A-Za-z0-9)]")
_LINE = re.compile(r"^(\d{1,3})\. (.+)$", re.MULTILINE)
_DOI_END = re.compile(r" doi:(10\.\S+)$")
_YEAR_END = re.compile(r" (\d{4})\.$")
_ET_AL = re.compile(r",?\s+et al\.?$")
# "et al." ends the authors and no sentence of the title.
_SENTENCE = re.compile(r"(?<=[.?!]) ")


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of ``references/*.yaml`` as it is written, all values as text; ``file`` names it."""

    key: str
    file: str
    fields: Mapping[str, str]

    def reference(self, number: int) -> Reference:
        """Return what is printed of it: a DOI that nobody verified is left out."""
        verified = self.fields.get("doi_unverified", "false").lower() not in ("true", "yes")
        return Reference(
            number=number,
            authors=shorten_authors(self.fields.get("authors", "")),
            title=self.fields.get("title", "").rstrip("."),
            journal=self.fields.get("journal", ""),
            year=self.fields.get("year", ""),
            doi=self.fields.get("doi", "") if verified else "",
            kind=self.fields.get("kind", "unknown"),
        )


def read_entries(folder: Path) -> tuple[Entry, ...]:
    """Read every ``references/*.yaml`` of a library. Raises UsageError for a broken file.

    A key that stands in two files is given twice.
    """
    found: list[Entry] = []
    for path in sorted((folder / "references").glob("*.yaml")):
        try:
            # BaseLoader makes nothing but text, lists and mappings: as safe as the safe one
            rows: Any = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise UsageError(f"{path} cannot be read as YAML: {error}") from error
        if not isinstance(rows, Mapping | None):
            raise UsageError(f"{path} is no mapping of keys to references.")
        for key, fields in (rows or {}).items():
            if not isinstance(fields, Mapping):
                raise UsageError(f"{path}: {key} is no mapping of fields.")
            found.append(Entry(key, path.name, {k: str(v).strip() for k, v in fields.items()}))
    return tuple(found)


def shorten_authors(authors: str) -> str:
    """Return the first six authors, with ``et al.`` for those that are left out."""
    named = _ET_AL.sub("", authors.strip().rstrip(","))
    names = [name.strip() for name in named.split(",") if name.strip()]
    more = named != authors.strip().rstrip(",") or len(names) > MOST_AUTHORS
    return ", ".join([*names[:MOST_AUTHORS], *["et al."] * more])


def format_reference(reference: Reference) -> str:
    """Return the line that is printed for a reference, without its number."""
    parts = (reference.authors, reference.title, reference.journal, reference.year)
    printed = " ".join(part if part[-1] in ".?!" else f"{part}." for part in parts if part)
    return f"{printed} doi:{reference.doi}" if reference.doi else printed


def reference_section(references: Iterable[Reference]) -> str:
    """Return the whole section, its heading first; an empty string if there are no references."""
    lines = [f"{entry.number}. {format_reference(entry)}" for entry in references]
    return "\n".join([HEADING, "", *lines, ""]) if lines else ""


def parse_reference_list(text: str) -> tuple[Reference, ...]:
    """Return the references of a printed list, in its order; lines that are no entry are passed over.

    The kind of a reference is not printed: it is "unknown" (see ``with_kinds``).
    """
    return tuple(
        _parse(int(found.group(1)), found.group(2).rstrip()) for found in _LINE.finditer(text)
    )


def _parse(number: int, printed: str) -> Reference:
    doi = _DOI_END.search(printed)
    if doi:
        printed = printed[: doi.start()]
    year = _YEAR_END.search(printed)
    if year:
        printed = printed[: year.start()]
    sentences = _SENTENCE.split(printed)
    journal = sentences.pop().rstrip(".") if len(sentences) > 1 else ""
    authors = sentences.pop(0) if len(sentences) > 1 else ""
    return Reference(
        number=number,
        authors=authors if authors.endswith("et al.") else authors.rstrip("."),
        title=" ".join(sentences).rstrip("."),
        journal=journal,
        year=year.group(1) if year else "",
        doi=doi.group(1) if doi else "",
    )


def with_kinds(
    references: Sequence[Reference], evidence: Sequence[EvidenceNote]
) -> tuple[Reference, ...]:
    """Return the references, each with the kind that the evidence notes agree on for it, if any."""
    kinds: dict[int, set[str]] = {}
    for note in evidence:
        for number in note.refs:
            kinds.setdefault(number, set()).add(note.kind)
    return tuple(
        replace(entry, kind=next(iter(named)))
        if entry.kind == "unknown" and len(named := kinds.get(entry.number, set())) == 1
        else entry
        for entry in references
    )


def references_of(body: str, evidence: Sequence[EvidenceNote]) -> tuple[Reference, ...]:
    """Return the references listed in the last section of an article's Markdown, with their kinds."""
    return with_kinds(parse_reference_list(split_references(body)[1]), evidence)
