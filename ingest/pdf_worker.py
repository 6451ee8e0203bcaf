"""A process of its own in which pdfium opens a PDF: what crashes or swells here harms nobody."""

from __future__ import annotations

import ctypes
import io
from typing import Any

from corpus.errors import Broken, Encrypted, NotFound
from ingest import frames
from ingest.worker import Answer, serve

MOST_CHARACTERS = 60_000
"""Of one page; a page of a newspaper has 15,000."""
MOST_PIXELS = 9_000_000
FINE = 16
"""Steps of one point in which places are told."""
READABLE = "The text of the document can be read all the same."


def main() -> None:
    """Answer with one JSON object for ``characters``, or a PNG file for ``picture``."""
    serve(_prepare, asked=1)


def _prepare(_: dict[str, Any]) -> Answer:
    return _answer


def _answer(asked: list[bytes]) -> bytes:
    import pypdfium2  # noqa: PLC0415  (so that the limits hold while it loads)

    what, path, one, two = frames.load(asked[0])
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).casefold():
            raise Encrypted("The PDF needs a password.", hint=READABLE) from error
        raise Broken("The page could not be drawn.", hint=READABLE) from error
    if not 1 <= one <= len(document):
        raise NotFound("The document has no such page.")
    try:
        if what == "picture":
            return _picture(document[one - 1], two)
        last = min(two, len(document))
        pages = [_characters(document[n - 1]) for n in range(one, last + 1)]
        return frames.dump({"count": len(document), "pages": pages})
    except (pypdfium2.PdfiumError, ValueError) as error:
        raise Broken("The page could not be drawn.", hint=READABLE) from error


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
