"""Pages that are pictures: recognised where Tesseract is installed, and said to be so."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from corpus.errors import NoText
from ingest import pdf_ocr
from ingest.pdf_pages import PdfPages
from ingest.read import read_bytes

WORDS = (
    "Stairs press the kneecap harder than level ground.",
    "Hold the rail, and go up slowly for some weeks.",
)


def printed() -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.setFont("Helvetica", 13)
    for place, words in enumerate(WORDS):
        canvas.drawString(72, 700 - 18 * place, words)
    canvas.save()
    return out.getvalue()


def photographed(tmp_path: Path, *, text_first: bool = False) -> bytes:
    """Return a PDF whose page is a picture of a printed one."""
    path = tmp_path / "printed.pdf"
    path.write_bytes(printed())
    picture = PdfPages().picture(path, page=1, width=1600)
    out = io.BytesIO()
    canvas = Canvas(out)
    if text_first:
        canvas.drawString(72, 700, "The first page has text of its own.")
        canvas.showPage()
    canvas.drawImage(ImageReader(io.BytesIO(picture)), 0, 0, 595, 842)
    canvas.save()
    return out.getvalue()


@pytest.mark.skipif(not pdf_ocr.available(), reason="needs Tesseract and the extra ocr")
def test_a_page_that_is_a_picture_is_recognised_and_said_to_be_so(tmp_path: Path) -> None:
    extract = read_bytes(photographed(tmp_path, text_first=True), name="a.pdf")
    assert extract.text == "The first page has text of its own.\n\n" + " ".join(WORDS)
    assert [block.page for block in extract.blocks] == [1, 2]
    (warning,) = extract.warnings
    assert warning.startswith("1 of 2 pages was read by text recognition (OCR), certain to ")
    assert warning.endswith("compare a quote with the page's picture: 2")


def test_without_tesseract_the_hint_says_how(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf_ocr, "available", lambda: False)
    with pytest.raises(NoText, match="No page of the PDF has text") as caught:
        read_bytes(photographed(tmp_path), name="a.pdf")
    assert "pip install 'patella[ocr]'" in caught.value.hint


def test_words_that_are_guessed_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {
        "text": ["", "Kn3e", "p~in"], "conf": [-1, 40, 70], "width": [1000, 80, 90],
        "height": [1400, 20, 20], "left": [0, 100, 190], "top": [0, 100, 100],
        "block_num": [0, 1, 1], "par_num": [0, 1, 1], "line_num": [0, 1, 1],
    }  # fmt: skip
    made = pdf_ocr._page(told, 3)
    assert made.certain == 55.0
    assert made.certain < pdf_ocr.LEAST_CERTAIN
    assert made.lines[0].text == "Kn3e p~in"
    assert made.lines[0].page == 3
