"""Words of a PDF that are spread by word spacing, with pairs of letters set apart by moves of their own."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader
from reportlab.pdfgen.canvas import Canvas

from ingest.formats.pdf_spacing import WordSpacing
from ingest.read import read_bytes

BEFORE = "Stairs are one of the classic triggers of sore knees so take them lo"


def page(body: str) -> bytes:
    """Return a PDF whose one page is drawn by the operators ``body`` in Helvetica."""
    out = io.BytesIO()
    canvas = Canvas(out, pageCompression=0)
    canvas.setFont("Helvetica", 10)
    canvas.drawString(72, 700, "Head of the page")
    canvas._code.append(body)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def width(words: str, spacing: float) -> float:
    made = Canvas(io.BytesIO())
    return made.stringWidth(words, "Helvetica", 10) + spacing * words.count(" ")


@pytest.mark.parametrize("spacing", [0.0, 0.35, 2.0])
def test_a_word_is_whole_though_its_halves_are_drawn_apart(spacing: float) -> None:
    move = width(BEFORE, spacing) - 0.25
    body = (
        f"BT /F1 10 Tf 1 0 0 1 72 680 Tm {spacing} Tw [({BEFORE})] TJ"
        f" {move:.3f} 0 Td [(wer and slower)] TJ ET"
    )
    text = read_bytes(page(body), name="a.pdf").text
    assert "take them lower and slower" in text


def test_a_gap_between_words_stays_one() -> None:
    move = width(BEFORE, 0.35) + 3
    body = (
        f"BT /F1 10 Tf 1 0 0 1 72 680 Tm 0.35 Tw [({BEFORE})] TJ {move:.3f} 0 Td [(and wait)] TJ ET"
    )
    assert "take them lo and wait" in read_bytes(page(body), name="a.pdf").text


def test_what_has_no_spacing_or_codes_of_two_bytes_is_left_as_it_is() -> None:
    (first,) = PdfReader(io.BytesIO(page("BT ET"))).pages
    spacing = WordSpacing(first)
    for operands in ([], ["x"], [None]):
        spacing(b"TJ", operands, None, None)
    spacing(b"Q", [], None, None)
    spacing(b"Tw", ["no number"], None, None)
    spacing(b"Tf", ["/None", 10], None, None)
    spacing(b"Tw", [3], None, None)
    operands = ["a b"]
    spacing(b"TJ", operands, None, None)
    assert operands == ["a b"]
