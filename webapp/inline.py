"""Pieces of a text in a row: which are marked, which are links. No letter is lost or moved."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

Span = tuple[int, int]

_MARKER = re.compile(r"\[\d{1,3}(?:\s?[,;–-]\s?\d{1,3})*\]")
_DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:\s?)?(10\.\d{4,9}/[^\s<>\"]+)", re.I)


@dataclass(frozen=True, slots=True)
class Link:
    """A span of a text that leads somewhere."""

    start: int
    end: int
    href: str
    external: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """Letters that share one link, or none."""

    text: str
    href: str = ""
    external: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """Parts in a row that are all marked, or all not. ``anchor`` is the id of a first mark."""

    parts: tuple[Part, ...]
    marked: bool = False
    anchor: str = ""

    @property
    def text(self) -> str:
        return "".join(part.text for part in self.parts)


def runs(
    text: str,
    span: Span,
    *,
    marks: Iterable[Span] = (),
    links: Sequence[Link] = (),
) -> tuple[Run, ...]:
    """Cut ``text[span]`` into runs; offsets of marks and links count from the start of ``text``."""
    start, end = span
    held = [(max(a, start), min(b, end)) for a, b in marks if a < end and b > start]
    near = [link for link in links if link.start < end and link.end > start]
    cuts = {start, end}
    for a, b in [*held, *((max(n.start, start), min(n.end, end)) for n in near)]:
        cuts |= {a, b}
    made: list[tuple[bool, list[Part]]] = []
    for a, b in pairwise(sorted(cuts)):
        marked = any(x <= a and b <= y for x, y in held)
        link = next((n for n in near if n.start <= a and b <= n.end), None)
        part = Part(text[a:b], link.href, link.external) if link else Part(text[a:b])
        if made and made[-1][0] == marked:
            made[-1][1].append(part)
        else:
            made.append((marked, [part]))
    return tuple(Run(tuple(parts), marked) for marked, parts in made)


def reference_links(text: str, span: Span, *, known: Collection[int], base: str = "") -> list[Link]:
    """Find ``[n]`` markers whose n is ``known``; each number of ``[1, 3]`` is a link of its own."""
    found: list[Link] = []
    for marker in _MARKER.finditer(text, *span):
        numbers = list(re.finditer(r"\d+", marker.group()))
        for number in numbers:
            if int(number.group()) not in known:
                continue
            a, b = (marker.start() + edge for edge in number.span())
            if len(numbers) == 1:
                a, b = marker.span()
            found.append(Link(a, b, f"{base}#ref-{int(number.group())}"))
    return found


def doi_links(text: str, span: Span) -> list[Link]:
    """Find digital object identifiers, written bare, as ``doi:`` or as an address."""
    found: list[Link] = []
    for match in _DOI.finditer(text, *span):
        doi = match.group(1).rstrip(".,;:)]}")
        end = match.start(1) + len(doi)
        found.append(Link(match.start(), end, doi_address(doi), external=True))
    return found


def doi_address(doi: str) -> str:
    """Return the address that resolves a digital object identifier."""
    bare = re.sub(r"^(?:https?://(?:dx\.)?doi\.org/|doi:\s*)", "", doi.strip(), flags=re.I)
    return "https://doi.org/" + re.sub(
        r"[^A-Za-z0-9_./()\-:;]", lambda m: _percent(m.group()), bare
    )


def _percent(letter: str) -> str:
    return "".join(f"%{byte:02X}" for byte in letter.encode())
