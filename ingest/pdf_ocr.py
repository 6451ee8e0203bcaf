"""Text recognition (OCR) of pages that are pictures, where Tesseract is installed: the extra ``ocr``."""

from __future__ import annotations

import importlib
import importlib.util
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from corpus.errors import PatellaError
from ingest.formats.pdf_lines import Line
from ingest.pdf_pages import WIDTHS, PdfPages

INSTALL_HINT = "Patella does so itself where Tesseract is installed: pip install 'patella[ocr]'"
MOST_PAGES = 100
"""Pages of one document; each takes some seconds."""
PAGE_SECONDS = 60
LEAST_CERTAIN = 60.0
"""Average certainty of a page's words, 0 to 100; below it they are not taken as anybody's words."""
POINTS = 595.0
"""Width that a page is taken to have: sizes matter only beside each other."""
_LARGE = 1.5
"""Times the usual height of a line, from which one is a heading."""
_LANGUAGES = {
    "de": "deu", "en": "eng", "es": "spa", "fr": "fra", "it": "ita", "nl": "nld", "pl": "pol", "pt": "por",
    "sv": "swe", "da": "dan", "nb": "nor", "fi": "fin",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Recognised:
    """The lines of one page, and how certain its words are on average, 0 to 100."""

    lines: tuple[Line, ...]
    certain: float


def available() -> bool:
    """Tell whether pages can be recognised on this machine."""
    return importlib.util.find_spec("pytesseract") is not None and bool(shutil.which("tesseract"))


def recognise(data: bytes, pages: Sequence[int], *, language: str = "") -> dict[int, Recognised]:
    """Recognise pages of a PDF, counted from 1; those without certain words are left out."""
    if not pages or not available():
        return {}
    tesseract = importlib.import_module("pytesseract")
    found: dict[int, Recognised] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "pages.pdf")
        path.write_bytes(data)
        view = PdfPages(kept=0)
        for page in pages[:MOST_PAGES]:
            picture = Path(folder, "page.png")
            try:
                picture.write_bytes(view.picture(path, page=page, width=WIDTHS[-1]))
                told = tesseract.image_to_data(
                    str(picture),
                    lang=_language(tesseract, language),
                    output_type=tesseract.Output.DICT,
                    timeout=PAGE_SECONDS,
                )
            except (PatellaError, RuntimeError, OSError):
                # of a page that cannot be drawn or takes too long, there is no text as before
                continue
            made = _page(told, page)
            if made.lines and made.certain >= LEAST_CERTAIN:
                found[page] = made
    return found


def _language(tesseract: Any, stated: str) -> str:
    """Return the language of the document where Tesseract has it, else English."""
    wanted = _LANGUAGES.get(stated[:2].lower(), "eng")
    return wanted if wanted in tesseract.get_languages() else "eng"


def _page(told: dict[str, list[Any]], page: int) -> Recognised:
    """Return lines of Tesseract's words; places are scaled to a page of POINTS width."""
    scale = POINTS / max(1, *told["width"])
    rows: dict[tuple[int, int, int], list[int]] = defaultdict(list)
    certain: list[float] = []
    for place, word in enumerate(told["text"]):
        if word.strip() and float(told["conf"][place]) >= 0:
            key = (told["block_num"][place], told["par_num"][place], told["line_num"][place])
            rows[key].append(place)
            certain.append(float(told["conf"][place]))
    if not rows:
        return Recognised((), 0.0)
    heights = [max(told["height"][n] for n in row) for row in rows.values()]
    usual = median(heights)
    size = max(1.0, round(usual * scale * 2) / 2)
    lines = []
    for row, height in zip(rows.values(), heights, strict=True):
        first, last = row[0], row[-1]
        end = (told["left"][last] + told["width"][last]) * scale
        bottom = max(told["top"][n] + told["height"][n] for n in row)
        lines.append(
            Line(
                cells=(" ".join(told["text"][n].strip() for n in row),),
                starts=(told["left"][first] * scale,),
                y=2 * POINTS - bottom * scale,
                end=end,
                size=size if height < _LARGE * usual else 1.5 * size,
                bold=False,
                page=page,
                edge=end,
            )
        )
    edge = max(line.end for line in lines)
    return Recognised(tuple(_with_edge(line, edge) for line in lines), sum(certain) / len(certain))


def _with_edge(line: Line, edge: float) -> Line:
    return Line(line.cells, line.starts, line.y, line.end, line.size, line.bold, line.page, edge)
