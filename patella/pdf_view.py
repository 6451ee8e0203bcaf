"""The view of a PDF's page: its size, and where the words of a quote stand on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from corpus.errors import NotFound
from corpus.originals import Originals
from ingest.pdf_pages import PageSize, PdfPages, quote_pages
from ingest.pdf_positions import Positions, Rectangle, find_quote
from ingest.pdf_worker import FINE
from webapp.service import Mark, Sheet, SourceText, Span

ROUND_QUOTE = 400
"""Characters of the document before and after a quote that tell which of several like it is meant."""


class PdfView:
    """Shows pages of the kept originals."""

    def __init__(self, originals: Originals) -> None:
        self._originals = originals
        self._pages = PdfPages()

    def sheet(self, source: SourceText, *, page: int | None, span: Span | None) -> Sheet:
        """Return a page with the words of ``span`` marked; without ``page`` the one they begin on.

        Raises NotFound where there is no such page or no such original, and ReadError where
        pdfium cannot open it.
        """
        path = self._path(source)
        found, first = Positions((), 0.0), 1
        if span:
            first, last = quote_pages(_pages_of(source, span))
            look = self._pages.look(path, first=first, last=last)
            found = find_quote(
                source.text[slice(*span)],
                look.characters,
                before=source.text[max(0, span[0] - ROUND_QUOTE) : span[0]],
                after=source.text[span[1] : span[1] + ROUND_QUOTE],
            )
        marked = tuple(dict.fromkeys(one.page for one in found.rectangles))
        wanted = page or (marked[0] if marked else first)
        look = self._pages.look(path, first=wanted, last=wanted)
        size = look.sizes[0]
        return Sheet(
            number=wanted,
            count=look.count,
            width=size.width,
            height=size.height,
            marks=tuple(_marks(found.rectangles, size)),
            marked_pages=marked,
            aligned=found.aligned if span else None,
        )

    def picture(self, source: SourceText, *, page: int, width: int) -> bytes:
        """Return a page as a PNG file, at least about ``width`` pixels wide. Raises as ``sheet``."""
        return self._pages.picture(self._path(source), page=page, width=width)

    def _path(self, source: SourceText) -> Path:
        if source.document.format != "pdf":
            raise NotFound("This document has no pages to show.")
        sha = source.document.original_sha
        self._originals.get(sha)  # raises where it is gone, or is no longer what it was
        return self._originals.path(sha)


def _pages_of(source: SourceText, span: Span) -> list[int | None]:
    return [block.page for block in source.blocks if block.start < span[1] and block.end > span[0]]


def _marks(rectangles: Sequence[Rectangle], size: PageSize) -> Iterator[Mark]:
    """Give what of the rectangles can be seen on the page: a crop box may cut text off."""
    for one in rectangles:
        left, top = max(0.0, one.left / FINE), max(0.0, one.top / FINE)
        right, bottom = min(size.width, one.right / FINE), min(size.height, one.bottom / FINE)
        if one.page == size.number and left < right and top < bottom:
            yield Mark(left, top, right - left, bottom - top)
