"""A document laid out for reading: blocks grouped into lists and tables, with a span marked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from corpus.records import Block, Reference
from webapp.inline import Link, Run, Span, doi_links, reference_links, runs
from webapp.service import SourceText

ANCHOR = "quote"
_OWN_MARKER = re.compile(r"(?:[-*•◦▪–]|\d{1,3}[.)])\s")
_REFERENCE_NUMBER = re.compile(r"\s*[\[(]?(\d{1,3})[\]).:]")
_BLANK_LINE = re.compile(r"\n\s*\n")


@dataclass(slots=True)
class Item:
    """A list item, with the items under it."""

    runs: tuple[Run, ...]
    items: list[Item] = field(default_factory=list)


@dataclass(slots=True)
class Node:
    """Something to render. Which fields count depends on ``kind``.

    Kinds: heading, paragraph, caption, code (``runs``), list (``items``), table (``rows``),
    references (``entries``), page (``label``).
    """

    kind: str
    runs: tuple[Run, ...] = ()
    level: int = 0
    anchor: str = ""
    label: str = ""
    items: list[Item] = field(default_factory=list)
    rows: list[list[tuple[Run, ...]]] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    bare: bool = False
    """For a list: the items' text carries its own bullets or numbers."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a reference list that stands in the text."""

    number: int
    runs: tuple[Run, ...]
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """A line of the contents."""

    anchor: str
    text: str
    level: int


@dataclass(frozen=True, slots=True)
class Layout:
    """A document ready for the page."""

    title: tuple[Run, ...]
    nodes: tuple[Node, ...]
    contents: tuple[Heading, ...]
    references: tuple[Reference, ...]
    """The metadata's list, where the text has none of its own."""
    numbers: frozenset[int]
    """The numbers of all references that can be linked to."""
    marked: bool


def lay_out(source: SourceText, span: Span | None) -> Layout:
    """Lay a document out, with ``span`` marked."""
    return _Setter(source, span).layout()


def section(source: SourceText, heading: str) -> Layout | None:
    """Lay out the one section under ``heading``, or return None where there is no such heading."""
    blocks = source.blocks
    for at, block in enumerate(blocks):
        found = source.text[block.start : block.end].strip()
        if block.kind == "heading" and found.casefold() == heading.strip().casefold():
            ends = (
                i
                for i in range(at + 1, len(blocks))
                if blocks[i].kind in ("heading", "reference") and blocks[i].level <= block.level
            )
            inside = blocks[at + 1 : next(ends, len(blocks))]
            return _Setter(replace(source, blocks=inside), None, fill=False).layout()
    return None


def section_start(source: SourceText, heading: str) -> Span | None:
    """Return the span of the heading block that reads ``heading``."""
    for block in source.blocks:
        text = source.text[block.start : block.end].strip()
        if block.kind == "heading" and text.casefold() == heading.strip().casefold():
            return block.start, block.end
    return None


class _Setter:
    """Sets one document. Holds the little that blocks share: the mark, anchors, numbers."""

    def __init__(self, source: SourceText, span: Span | None, *, fill: bool = True) -> None:
        self.source = source
        self.text = source.text
        self.span = span
        self.anchored = False
        self.blocks = list(_whole(source) if fill else source.blocks)
        self.own = self._own_references()
        given = {reference.number: reference for reference in source.document.metadata.references}
        self.given = given
        self.known = set(self.own.values()) if self.own else set(given)
        self.nodes: list[Node] = []
        self.contents: list[Heading] = []
        self.depths: list[int] = []

    def layout(self) -> Layout:
        title = self._title()
        page: int | None = None
        for block in self.blocks:
            if block.page is not None and block.page != page:
                page = block.page
                self.nodes.append(Node("page", label=self._page(page), anchor=f"page-{page}"))
            self._set(block)
        return Layout(
            title=title,
            nodes=tuple(self.nodes),
            contents=tuple(self.contents),
            references=() if self.own else self.source.document.metadata.references,
            numbers=frozenset(self.known),
            marked=self.anchored,
        )

    def _title(self) -> tuple[Run, ...]:
        """Take the text's own first heading as the title where it says the same."""
        title = self.source.document.title
        for at, block in enumerate(self.blocks[:1]):
            said = self.text[block.start : block.end].strip()
            if block.kind == "heading" and said.casefold() == title.strip().casefold():
                del self.blocks[at]
                return self._runs((block.start, block.end))
        return runs(title, (0, len(title)))

    def _page(self, page: int) -> str:
        labels = self.source.document.page_labels
        label = labels[page - 1] if 0 < page <= len(labels) else ""
        if not label or label == str(page):
            return f"Page {page}"
        return f"Page {label} ({page} in the file)"

    def _own_references(self) -> dict[int, int]:
        """Number the text's own reference blocks: by what they say, else by their order."""
        numbers: dict[int, int] = {}
        for block in self.blocks:
            if block.kind == "reference":
                said = _REFERENCE_NUMBER.match(self.text, block.start, block.end)
                taken = numbers.values()
                number = int(said.group(1)) if said else max(taken, default=0) + 1
                numbers[block.start] = number if number not in taken else max(taken) + 1
        return numbers

    def _runs(self, span: Span, links: Sequence[Link] | None = None) -> tuple[Run, ...]:
        if links is None:
            links = reference_links(self.text, span, known=self.known)
        marks = [self.span] if self.span else []
        made = list(runs(self.text, span, marks=marks, links=links))
        for at, run in enumerate(made):
            if run.marked and not self.anchored and run.text.strip():
                self.anchored = True
                made[at] = replace(run, anchor=ANCHOR)
        return tuple(made)

    def _set(self, block: Block) -> None:
        span = (block.start, block.end)
        last = self.nodes[-1] if self.nodes else Node("")
        match block.kind:
            case "heading":
                self._heading(block)
            case "list_item":
                own = bool(_OWN_MARKER.match(self.text, block.start, block.end))
                if last.kind != "list" or last.bare != own:
                    self.nodes.append(last := Node("list", bare=own))
                _nest(last.items, Item(self._runs(span)), max(1, block.level))
            case "table_row":
                if last.kind != "table":
                    self.nodes.append(last := Node("table"))
                last.rows.append([self._runs(cell) for cell in _cells(self.text, span)])
            case "reference":
                if last.kind != "references":
                    self.nodes.append(last := Node("references"))
                number = self.own[block.start]
                kind = self.given[number].kind if number in self.given else ""
                entry_runs = self._runs(span, doi_links(self.text, span))
                last.entries.append(Entry(number, entry_runs, kind))
            case _:
                self.nodes.append(Node(block.kind, runs=self._runs(span)))

    def _heading(self, block: Block) -> None:
        while self.depths and self.depths[-1] >= block.level:
            self.depths.pop()
        self.depths.append(block.level)
        level = min(6, 1 + len(self.depths))
        anchor = f"s{len(self.contents) + 1}"
        text = self.text[block.start : block.end].strip()
        self.contents.append(Heading(anchor, text, level))
        made = self._runs((block.start, block.end))
        self.nodes.append(Node("heading", runs=made, level=level, anchor=anchor))


def _nest(items: list[Item], item: Item, depth: int) -> None:
    while depth > 1 and items:
        items, depth = items[-1].items, depth - 1
    items.append(item)


def _cells(text: str, span: Span) -> Iterator[Span]:
    start, end = span
    at = start
    while (bar := text.find(" | ", at, end)) >= 0:
        yield at, bar
        at = bar + 3
    yield at, end


def _whole(source: SourceText) -> Iterator[Block]:
    """Yield the blocks in order, with text that no block covers as paragraphs of its own."""
    text, at = source.text, 0
    for block in sorted(source.blocks, key=lambda block: (block.start, -block.end)):
        start, end = max(at, block.start), min(block.end, len(text))
        if start >= end:
            continue
        yield from _paragraphs(text, (at, start))
        yield replace(block, start=start, end=end)
        at = end
    yield from _paragraphs(text, (at, len(text)))


def _paragraphs(text: str, span: Span) -> Iterator[Block]:
    at, end = span
    edges = [match.span() for match in _BLANK_LINE.finditer(text, at, end)]
    for start, stop in [*edges, (end, end)]:
        if text[at:start].strip():
            yield Block("paragraph", at, start)
        at = stop
