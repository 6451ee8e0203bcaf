"""A page of a PDF made ready to show: its picture's addresses, the marks over it, and its words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from corpus.errors import NotFound, PatellaError, ReadError
from corpus.records import Document
from webapp.inline import Span
from webapp.service import Service, Sheet, SourceText

WIDTHS = (800, 1200, 1600, 2400)
"""Widths in pixels that a page's picture is offered in; the browser takes the one that fits."""
ZOOMS = (100, 150, 200, 300)
"""Per cent of the width that a page has at first."""
LONGEST_SHOWN = 700
"""Characters of a quote that are shown above its page."""
DEEPEST = 3
"""The level of headings down to which the contents go."""


@dataclass(frozen=True, slots=True)
class Words:
    """A block of a page's words: pieces of text, each with whether it is quoted."""

    kind: str
    pieces: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """A heading of the document, and the page that it stands on."""

    text: str
    level: int
    page: int
    label: str


@dataclass(frozen=True, slots=True)
class PageView:
    """All that the page of a page shows."""

    sheet: Sheet
    label: str
    zoom: int
    words: tuple[Words, ...]
    chapters: tuple[Chapter, ...]
    quoted: str
    """What is quoted, shortened; empty where nothing is."""
    found: int
    """Per cent of the quoted letters that were found on the pages."""

    @property
    def placed(self) -> bool:
        """Whether the quoted words were found exactly enough to be marked."""
        return bool(self.sheet.marked_pages)

    @property
    def narrower(self) -> int:
        return next((z for z in reversed(ZOOMS) if z < self.zoom), 0)

    @property
    def wider(self) -> int:
        return next((z for z in ZOOMS if z > self.zoom), 0)

    @property
    def pixels(self) -> tuple[int, int]:
        """The picture's width and height, so that its room is kept while it loads."""
        return WIDTHS[0], max(1, round(WIDTHS[0] * self.sheet.height / self.sheet.width))


def page_view(
    service: Service, opened: SourceText, span: Span | None, arguments: Mapping[str, str]
) -> PageView | PatellaError:
    """Return the page that ``arguments`` ask for, or why a page cannot be shown.

    Raises NotFound for a page that the document does not have.
    """
    document = opened.document
    wanted = number(arguments.get("page", ""))
    try:
        sheet = service.sheet(document.id, version_id=document.version_id, page=wanted, span=span)
    except NotFound as error:
        if wanted is not None and not 1 <= wanted <= document.pages:
            raise
        return error
    except ReadError as error:
        return error
    zoom = number(arguments.get("zoom", "")) or 100
    quoted = opened.text[slice(*span)] if span else ""
    return PageView(
        sheet=sheet,
        label=page_label(document, sheet.number),
        zoom=zoom if zoom in ZOOMS else 100,
        words=tuple(_words(opened, sheet.number, span)),
        chapters=tuple(_chapters(opened)),
        quoted=quoted if len(quoted) <= LONGEST_SHOWN else quoted[:LONGEST_SHOWN].rstrip() + " …",
        found=int(100 * (sheet.aligned or 0.0)),
    )


def page_label(document: Document, page: int) -> str:
    """Return the label printed on a page where it is another than its number, else nothing."""
    labels = document.page_labels
    label = labels[page - 1] if 0 < page <= len(labels) else ""
    return "" if label == str(page) else label


def number(raw: str) -> int | None:
    """Return a small number from an address, or None where it is none."""
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 16 else None


def _words(opened: SourceText, page: int, span: Span | None) -> Iterator[Words]:
    for block in opened.blocks:
        if block.page == page:
            yield Words(block.kind, tuple(_pieces(opened.text, (block.start, block.end), span)))


def _pieces(text: str, block: Span, span: Span | None) -> Iterator[tuple[str, bool]]:
    start, end = block
    a, b = span or (end, end)
    a, b = min(max(a, start), end), min(max(b, start), end)
    for piece, marked in ((text[start:a], False), (text[a:b], True), (text[b:end], False)):
        if piece:
            yield piece, marked


def _chapters(opened: SourceText) -> Iterator[Chapter]:
    for block in opened.blocks:
        if block.kind == "heading" and block.page is not None and block.level <= DEEPEST:
            text = opened.text[block.start : block.end]
            label = page_label(opened.document, block.page) or str(block.page)
            yield Chapter(text, block.level, block.page, label)
