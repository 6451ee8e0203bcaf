"""A process of its own in which pdfium opens a PDF: what crashes or swells here harms nobody.

It is run as a file (``python -P pdf_worker.py characters FILE FIRST LAST`` or ``picture FILE PAGE
WIDTH``), imports nothing of Patella's, and answers on its standard output: one JSON object, or a PNG
file. Its exit code tells what went wrong (see ``EXITS`` in ``ingest.pdf_pages``).
"""

from __future__ import annotations

import ctypes
import io
import json
import sys
from typing import Any

MEMORY = 1_500_000_000
"""Bytes of address space; pdfium itself and Pillow map some 300 MB."""
SECONDS = 20
MOST_CHARACTERS = 60_000
"""Of one page; a page of a newspaper has 15,000."""
MOST_PIXELS = 9_000_000
FINE = 16
"""Steps of one point in which places are told."""
PASSWORD, BROKEN, NO_PAGE = 3, 4, 5


def main(arguments: list[str]) -> int:
    """Do what the command line asks, and return the exit code."""
    _limit()
    import pypdfium2  # noqa: PLC0415  (so that the limits hold while it loads)

    what, path, *numbers = arguments
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        return PASSWORD if "password" in str(error).casefold() else BROKEN
    one, two = map(int, numbers)
    if not 1 <= one <= len(document):
        return NO_PAGE
    try:
        if what == "picture":
            out = _picture(document[one - 1], two)
        else:
            last = min(two, len(document))
            pages = [_characters(document[n - 1]) for n in range(one, last + 1)]
            out = json.dumps({"count": len(document), "pages": pages}).encode()
    except (pypdfium2.PdfiumError, MemoryError, ValueError):
        return BROKEN
    sys.stdout.buffer.write(out)
    sys.stdout.buffer.flush()
    return 0


def _limit() -> None:
    try:
        import resource  # noqa: PLC0415
    except ImportError:  # Windows: the parent's clock is the only limit
        return
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def _picture(page: Any, width: int) -> bytes:
    """Return the page as it is shown (crop box, rotation), ``width`` pixels wide, as PNG."""
    across, down = page.get_size()
    scale = min(width / across, (MOST_PIXELS / (across * down)) ** 0.5)
    image = page.render(scale=scale, rev_byteorder=True).to_pil()
    if image.mode != "RGB":
        image = image.convert("RGB")
    # Pages of text have few colours, and a picture with a palette is a third as large.
    colours = image.getcolors(256)
    if colours is not None:
        image = image.quantize(len(colours), dither=0)
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=6)
    return out.getvalue()


def _characters(page: Any) -> dict[str, Any]:
    """Return a page's size as it is shown, its characters, and a box for each.

    Boxes are left, top, right, bottom in sixteenths of a point from the top left of the page as it
    is shown; all zero for a character that is not drawn. ``upright`` has a 1 for each character
    that runs from left to right or the other way, and a 0 for one that runs up or down.
    """
    import pypdfium2.raw as pdfium  # noqa: PLC0415

    across, down = page.get_size()
    words = page.get_textpage()
    count = min(words.count_chars(), MOST_CHARACTERS)
    turned = page.get_rotation() % 180 != 0
    letters, upright, boxes = [], [], []
    left, top = ctypes.c_int(), ctypes.c_int()
    extent = (0, 0, round(across * FINE), round(down * FINE), 0)
    box = pdfium.FS_RECTF()
    for place in range(count):
        code = pdfium.FPDFText_GetUnicode(words.raw, place)
        shown = 0 < code < 0x110000 and not 0xD800 <= code < 0xE000
        letters.append(chr(code) if shown else "\ufffd")
        angle = pdfium.FPDFText_GetCharAngle(words.raw, place) % 3.141592653589793
        upright.append("01"[(0.785 < angle < 2.356) == turned])
        if pdfium.FPDFText_IsGenerated(
            words.raw, place
        ) == 1 or not pdfium.FPDFText_GetLooseCharBox(words.raw, place, box):
            boxes.append((0, 0, 0, 0))
            continue
        corners = []
        for x, y in ((box.left, box.top), (box.right, box.bottom)):
            pdfium.FPDF_PageToDevice(page.raw, *extent, x, y, left, top)
            corners.append((left.value, top.value))
        (a, b), (c, d) = corners
        boxes.append((min(a, c), min(b, d), max(a, c), max(b, d)))
    return {
        "width": across,
        "height": down,
        "text": "".join(letters),
        "upright": "".join(upright),
        "boxes": boxes,
        "whole": count == words.count_chars(),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
