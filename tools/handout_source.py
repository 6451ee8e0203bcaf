"""The texts of the handouts: Markdown with a little front matter, beside this file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from corpus.article import Part, read_article
from corpus.records import Reference
from corpus.references import format_reference, read_entries
from corpus.shipped import ROOT

TEXTS = Path(__file__).parent / "handout_texts"
AUTHOR = "Patella editors"
NOT_REVIEWED = "Not reviewed by a clinician."


@dataclass(frozen=True, slots=True)
class Section:
    """A heading (empty before the first) and the pieces up to the next; ``level`` is 2 or 3."""

    heading: str
    level: int
    parts: tuple[Part, ...]

    @property
    def slug(self) -> str:
        return re.sub(r"[^a-z0-9]+", "-", self.heading.lower()).strip("-") or "start"


@dataclass(frozen=True, slots=True)
class Text:
    """The text of one handout, and the lines of its list of references without numbers."""

    title: str
    summary: str
    published: date
    sections: tuple[Section, ...]
    references: tuple[str, ...]


def read_text(name: str) -> Text:
    """Read ``handout_texts/NAME.md``; its references are keys, as in the articles."""
    article = read_article(TEXTS / f"{name}.md")
    entries = {entry.key: entry for entry in read_entries(ROOT)}
    listed: list[Reference] = [
        entries[key].reference(number)
        for number, key in enumerate(article.texts("references"), start=1)
    ]
    return Text(
        title=article.text("title"),
        summary=article.text("summary"),
        published=date.fromisoformat(article.text("published")),
        sections=_sections(article.parts),
        references=tuple(format_reference(reference) for reference in listed),
    )


def _sections(parts: tuple[Part, ...]) -> tuple[Section, ...]:
    heads = [n for n, part in enumerate(parts) if part.kind == "heading"]
    found = [Section("", 2, parts[: heads[0] if heads else len(parts)])]
    for here, after in zip(heads, [*heads[1:], len(parts)], strict=True):
        found.append(Section(parts[here].text, parts[here].level, parts[here + 1 : after]))
    return tuple(section for section in found if section.heading or section.parts)


def runs(parts: tuple[Part, ...]) -> list[tuple[str, list[Part]]]:
    """Group pieces: list items that follow each other are one list, table rows one table."""
    grouped: list[tuple[str, list[Part]]] = []
    for part in parts:
        if grouped and grouped[-1][0] == part.kind and part.kind in ("list_item", "table_row"):
            grouped[-1][1].append(part)
        else:
            grouped.append((part.kind, [part]))
    return grouped


def cells(row: Part) -> list[str]:
    return [cell.strip() for cell in row.text.split(" | ")]
