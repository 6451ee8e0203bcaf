"""PDF: a document's pages become text with structure, and its own data become metadata."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pypdf import PdfReader

from corpus.errors import Broken, Encrypted, NoText
from corpus.records import Extract, Metadata
from ingest import pdf_ocr
from ingest.blocks import TextBuilder, clean
from ingest.faults import parser_faults
from ingest.formats.pdf_layout import add_pages
from ingest.formats.pdf_letters import readable
from ingest.formats.pdf_lines import Line, read_lines
from ingest.formats.pdf_margins import drop_margins
from ingest.formats.pdf_xmp import xmp_of
from ingest.formats.properties import stated_authors, stated_summary, stated_title
from ingest.metadata import iso_date
from ingest.pdf_ocr import Recognised

MOST_PAGES = 5000
TAIL = 2048
"""The mark of a whole file's end is in so many last bytes."""
SAVE_HINT = "Open it in another program and save it again."
OCR_HINT = "It may be scanned: run text recognition (OCR) over it, then add it again."
UNCLEAR_HINT = (
    "A font in it does not say which letters it draws: run text recognition (OCR) over the file."
)
_CATALOG = re.compile(rb"(\d+)\s+(\d+)\s+obj\s*<<(?:(?!endobj).)*?/Type\s*/Catalog", re.DOTALL)
_PDF_DATE = re.compile(r"^(?:D:)?(\d{4})(\d{2})?(\d{2})?")


def read(data: bytes, *, name: str) -> Extract:
    """Read a PDF; ``name`` is not used, as a title never comes from a file's name.

    Raises Encrypted, Broken, or NoText where no page has text.
    """
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    reader = _open(data)
    count = _page_count(reader)
    drawn, extents, failed = _read_pages(reader, count)
    pages = [readable(lines) for lines in drawn]
    unclear = [n for n, (a, b) in enumerate(zip(drawn, pages, strict=True), 1) if len(b) < len(a)]
    cut_short = not _is_whole(data)
    wanted = [n for n, lines in enumerate(pages, start=1) if not lines]
    recognised = pdf_ocr.recognise(data, wanted, language=_info(reader).get("/Lang", ""))
    for number, made in recognised.items():
        pages[number - 1] = list(made.lines)
    failed = [n for n in failed if n not in recognised]
    unclear = [n for n in unclear if n not in recognised]
    empty = [n for n, lines in enumerate(drawn, 1) if not lines and n not in (*failed, *recognised)]
    if not any(pages):
        if failed or cut_short or not pages:
            raise Broken("The PDF is damaged, and no page of it could be read.", hint=SAVE_HINT)
        if unclear:
            raise NoText("The letters in the PDF stand for no real characters.", hint=UNCLEAR_HINT)
        hint = OCR_HINT if pdf_ocr.available() else f"{OCR_HINT} {pdf_ocr.INSTALL_HINT}"
        raise NoText("No page of the PDF has text.", hint=hint)
    warnings = list(_warnings(count, len(pages), empty, failed, cut_short=cut_short))
    warnings += _told(count, recognised)
    if unclear:
        listed = ", ".join(map(str, unclear))
        warnings.append(
            f"Lines whose letters stand for no real characters were left out (pages {listed}). "
            + UNCLEAR_HINT
        )
    builder = TextBuilder()
    add_pages(builder, drop_margins(pages, extents), _outline(reader))
    return builder.extract(
        _metadata(reader, builder),
        "pdf",
        page_labels=_page_labels(reader, len(pages)),
        warnings=warnings,
        pages_without_text=sorted([*empty, *failed]),
        incomplete=cut_short or len(pages) < count,
    )


def _open(data: bytes) -> PdfReader:
    if not _is_whole(data):
        data += _made_end(data)
    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        # Many publishers lock editing, not reading: such files open with an empty password.
        locked = reader.is_encrypted and not reader.decrypt("")
    except parser_faults() as error:
        raise Broken("The PDF is damaged and could not be opened.", hint=SAVE_HINT) from error
    if locked:
        raise Encrypted("The PDF needs a password.", hint="Save a copy without a password.")
    return reader


def _made_end(data: bytes) -> bytes:
    """Return an end for a file that lost its own: pypdf then looks for the objects it still has."""
    catalog = _CATALOG.search(data)
    root = b" /Root %s %s R" % catalog.groups() if catalog else b""
    return b"\nendstream\nendobj\ntrailer\n<<%s >>\nstartxref\n0\n%%%%EOF\n" % root


def _is_whole(data: bytes) -> bool:
    return b"%%EOF" in data[-TAIL:]


def _page_count(reader: PdfReader) -> int:
    try:
        return len(reader.pages)
    except parser_faults() as error:
        raise Broken("The PDF is damaged: it has no list of pages.", hint=SAVE_HINT) from error


def _read_pages(
    reader: PdfReader, count: int
) -> tuple[list[list[Line]], list[tuple[float, float]], list[int]]:
    """Return the lines of each page, its bottom and top, and the numbers of those that failed."""
    pages: list[list[Line]] = []
    extents: list[tuple[float, float]] = []
    failed: list[int] = []
    for place in range(min(count, MOST_PAGES)):
        try:
            page = reader.pages[place]
            extent = float(page.mediabox.bottom), float(page.mediabox.top)
            lines = read_lines(page, place + 1)
        except parser_faults():
            failed.append(place + 1)
            lines, extent = [], (0.0, 0.0)
        pages.append(lines)
        extents.append(extent)
    return pages, extents, failed


def _warnings(
    count: int, read_count: int, empty: Sequence[int], failed: Sequence[int], *, cut_short: bool
) -> Iterator[str]:
    if empty:
        have = "pages has" if len(empty) == 1 else "pages have"
        listed = ", ".join(map(str, empty))
        yield f"{len(empty)} of {count} {have} no text (scanned?): {listed}"
    if failed:
        listed = ", ".join(map(str, failed))
        yield f"{len(failed)} of {count} pages could not be read (damaged): {listed}"
    if read_count < count:
        yield f"Only the first {read_count} of {count} pages were read."
    if cut_short:
        yield "The file seems to be cut short; some of its text may be missing."


def _told(count: int, recognised: Mapping[int, Recognised]) -> Iterator[str]:
    if recognised:
        was = "pages was" if len(recognised) == 1 else "pages were"
        certain = sum(page.certain for page in recognised.values()) / len(recognised)
        listed = ", ".join(map(str, sorted(recognised)))
        yield (
            f"{len(recognised)} of {count} {was} read by text recognition (OCR), certain to "
            f"{certain:.0f} %; compare a quote with the page's picture: {listed}"
        )


def _metadata(reader: PdfReader, builder: TextBuilder) -> Metadata:
    """Take what the file says of itself, without what programs fill in by themselves.

    The document's own data first, and its XMP where they say nothing.
    """
    info = _info(reader)
    beside = xmp_of(reader)
    return replace(
        beside,
        title=stated_title(info.get("/Title", "")) or beside.title or builder.first_heading,
        authors=stated_authors([info.get("/Author", "")]) or beside.authors,
        published=_date(info.get("/CreationDate", "")) or beside.published,
        language=info.get("/Lang", "") or beside.language,
        summary=stated_summary(info.get("/Subject", "")) or beside.summary,
    )


def _info(reader: PdfReader) -> dict[str, str]:
    """Return the entries of the document's own data as text; none where they are damaged."""
    try:
        values: dict[str, Any] = dict(reader.metadata or {})
        values["/Lang"] = reader.root_object.get("/Lang") or ""
        return {
            key: clean(value)
            for key, raw in values.items()
            if isinstance(value := getattr(raw, "get_object", lambda raw=raw: raw)(), str)
        }
    except parser_faults():
        return {}


def _date(words: str) -> str:
    found = _PDF_DATE.match(words)
    return iso_date("-".join(part for part in found.groups() if part)) if found else ""


def _page_labels(reader: PdfReader, count: int) -> list[str]:
    try:
        labels = [clean(str(label)) for label in reader.page_labels][:count]
    except parser_faults():
        labels = []
    return labels if len(labels) == count else [str(n) for n in range(1, count + 1)]


def _outline(reader: PdfReader) -> dict[str, int]:
    """Return the titles of the outline, in lower case, with their levels."""
    levels: dict[str, int] = {}

    def collect(entries: Any, level: int) -> None:
        for entry in entries:
            if isinstance(entry, list):
                collect(entry, min(level + 1, 6))
            else:
                levels.setdefault(clean(str(entry.title)).casefold(), level)

    try:
        collect(reader.outline, 1)
    except parser_faults():
        return {}
    levels.pop("", None)
    return levels
