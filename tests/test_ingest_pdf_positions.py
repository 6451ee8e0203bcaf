"""Quotes found on the pages of real PDFs: rectangles, order, hyphens, rotation, repeats."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import RectangleObject
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from corpus.errors import Broken, Encrypted, NotFound, TooLarge
from ingest.pdf_pages import PdfPages, quote_pages
from ingest.pdf_positions import Characters, Positions, find_quote
from ingest.read import read_bytes

FILES = Path(__file__).parent / "files"
pages = PdfPages()


def made(tmp_path: Path, *sheets: list[tuple[float, float, str]]) -> Path:
    """Make a PDF, 400 by 300 points a page, in 10 point Helvetica; places are from the bottom left."""
    out = tmp_path / "made.pdf"
    canvas = Canvas(str(out), pagesize=(400, 300))
    for sheet in sheets:
        canvas.setFont("Helvetica", 10)
        for x, y, words in sheet:
            canvas.drawString(x, y, words)
        canvas.showPage()
    canvas.save()
    return out


def changed(path: Path, *, rotate: int = 0, crop: tuple[float, ...] = ()) -> Path:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(path.read_bytes())))
    for page in writer.pages:
        page.rotate(rotate)
        if crop:
            page.cropbox = RectangleObject(crop)
    out = path.with_name(f"changed-{rotate}-{len(crop)}.pdf")
    writer.write(out)
    return out


def found(path: Path, quote: str, *, last: int = 1, before: str = "", after: str = "") -> Positions:
    look = pages.look(path, first=1, last=last)
    return find_quote(quote, look.characters, before=before, after=after)


def boxes(positions: Positions) -> list[tuple[int, int, int, int, int]]:
    """Return page, left, top, right, bottom in whole points."""
    return [
        (one.page, *(round(edge / 16) for edge in (one.left, one.top, one.right, one.bottom)))
        for one in positions.rectangles
    ]


def wide(words: str) -> int:
    return round(stringWidth(words, "Helvetica", 10))


def test_a_sentence_over_two_lines_has_a_rectangle_on_each(tmp_path: Path) -> None:
    path = made(
        tmp_path,
        [(50, 200, "Rest at first. Taping the knee-"), (50, 188, "cap can ease pain. So.")],
    )
    positions = found(path, "Taping the kneecap can ease pain.")
    assert positions.aligned == 1.0
    (_, left, top, right, bottom), (_, second, lower, _, _) = boxes(positions)
    assert (left, right) == (
        50 + wide("Rest at first. "),
        50 + wide("Rest at first. Taping the knee-"),
    )
    assert 300 - 200 - 12 <= top < 300 - 200 < bottom <= 300 - 200 + 4
    assert second == 50
    assert lower - top == 12
    # The full stop belongs to the quote, "So" does not.
    assert boxes(positions)[1][3] == 50 + wide("cap can ease pain.")


def test_of_sentences_that_read_the_same_the_one_with_the_same_neighbours_is_meant(
    tmp_path: Path,
) -> None:
    lines = [
        "For stairs:",
        "Do it twice a day.",
        "For running:",
        "Do it twice a day.",
        "Then rest.",
    ]
    path = made(tmp_path, [(50, 200 - 12 * n, words) for n, words in enumerate(lines)])
    tops = [
        boxes(found(path, "Do it twice a day.", before=before, after=after))[0][2]
        for before, after in (
            ("For stairs:\n\n", "\n\nFor running"),
            ("For running:\n\n", "\n\nThen"),
        )
    ]
    assert tops[1] - tops[0] == 24


def test_a_word_is_not_found_within_another(tmp_path: Path) -> None:
    path = made(tmp_path, [(50, 200, "Interest grows. Rest helps.")])
    assert boxes(found(path, "Rest"))[0][1] > 110


def test_a_quote_that_is_not_there_is_not_marked(tmp_path: Path) -> None:
    path = made(tmp_path, [(50, 200, "Taping the kneecap can ease pain for a while.")])
    positions = found(path, "Taping the kneecap can ease pain for good, as everybody knows.")
    assert positions.rectangles == ()
    assert 0.5 < positions.aligned < 0.95


def test_no_letters_are_no_quote(tmp_path: Path) -> None:
    path = made(tmp_path, [(50, 200, "Words.")])
    assert found(path, " … ") == Positions((), 0.0)


def test_rotation_and_crop_box(tmp_path: Path) -> None:
    path = made(tmp_path, [(50, 200, "Upright words"), (50, 100, "Other words")])
    quarter = changed(path, rotate=90)
    size = pages.look(quarter, first=1, last=1).sizes[0]
    assert (size.width, size.height) == (300, 400)
    (_, left, top, right, bottom) = boxes(found(quarter, "Upright words"))[0]
    # Turned clockwise, what stood 200 from the bottom stands 200 from the left.
    assert 196 <= left < 200 < right <= 212
    assert (top, bottom) == (50, 50 + wide("Upright words"))
    cropped = changed(path, crop=(40, 90, 240, 290))
    (_, left, top, _, _) = boxes(found(cropped, "Upright words"))[0]
    assert left == 10
    assert 78 <= top <= 90


def test_text_that_runs_up_the_page_has_one_rectangle(tmp_path: Path) -> None:
    out = tmp_path / "up.pdf"
    canvas = Canvas(str(out), pagesize=(400, 300))
    canvas.setFont("Helvetica", 10)
    canvas.rotate(90)
    canvas.drawString(50, -200, "Words that run up the page")
    canvas.save()
    ((_, left, top, right, bottom),) = boxes(found(out, "Words that run up the page"))
    assert 185 <= left < 200 <= right <= 205
    assert bottom == 250
    assert bottom - top > 100


def test_a_quote_over_two_pages_passes_over_footers_between(tmp_path: Path) -> None:
    path = made(
        tmp_path,
        [(50, 40, "Strong hips and thighs take much of the load off the"), (50, 10, "Page 1")],
        [(50, 280, "A leaflet"), (50, 200, "kneecap when you run down a long hill. More.")],
    )
    quote = "Strong hips and thighs take much of the load off the kneecap when you run down a long hill."
    positions = found(path, quote, last=2)
    assert [one.page for one in positions.rectangles] == [1, 2]
    assert positions.aligned == 1.0


def test_columns_and_tables_are_found_in_parts(tmp_path: Path) -> None:
    path = made(
        tmp_path,
        [
            (30, 200, "Heel raises done slowly"), (230, 200, "Three sets of twelve a day"),
            (30, 188, "on the edge of a step"), (230, 188, "with a day of rest between"),
        ],
    )  # fmt: skip
    positions = found(
        path,
        "Heel raises done slowly on the edge of a step"
        " | Three sets of twelve a day with a day of rest between",
    )
    assert positions.aligned == 1.0
    assert [box[1] for box in sorted(boxes(positions), key=lambda box: (box[2], box[1]))] == [
        30, 230, 30, 230,
    ]  # fmt: skip


def test_ligatures_and_soft_hyphens_are_letters() -> None:
    text = "The ﬁrst di\u00adffi\ufffeculty."
    page = Characters(
        1, text, tuple((n * 5, 0, n * 5 + 5, 10) for n in range(len(text))), "1" * len(text)
    )
    positions = find_quote("first difficulty.", [page])
    assert positions.aligned == 1.0
    assert positions.rectangles[0].left == 20
    assert positions.rectangles[-1].right == 5 * len(text)


@pytest.mark.parametrize(
    "name", ["leaflet.pdf", "columns.pdf", "columns-by-row.pdf", "hyphens.pdf"]
)
def test_every_block_that_the_reader_finds_can_be_marked(name: str) -> None:
    path = FILES / name
    extract = read_bytes(path.read_bytes(), name=name)
    for block in extract.blocks:
        first, last = quote_pages([block.page])
        look = pages.look(path, first=first, last=last)
        quote = extract.text[block.start : block.end]
        assert find_quote(quote, look.characters).rectangles, quote


def test_pictures_are_png_of_the_width_asked_for() -> None:
    picture = pages.picture(FILES / "leaflet.pdf", page=1, width=700)
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(picture[16:20], "big") == 800


def test_what_cannot_be_opened_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7\nnothing")
    with pytest.raises(Broken):
        pages.picture(broken, page=1, width=800)
    with pytest.raises(Encrypted):
        pages.look(FILES / "locked.pdf", first=1, last=1)
    with pytest.raises(NotFound):
        pages.look(FILES / "leaflet.pdf", first=99, last=99)


def test_a_worker_that_takes_too_long_is_killed() -> None:
    hurried = PdfPages(seconds=0.001)
    with pytest.raises(TooLarge, match="more time or memory"):
        hurried.picture(FILES / "leaflet.pdf", page=1, width=2400)


def test_what_was_drawn_is_kept_and_bounded() -> None:
    small = PdfPages(kept=1)
    kept = PdfPages()
    for view in (small, kept):
        assert view.picture(FILES / "leaflet.pdf", page=1, width=800)
    assert small._kept.get((str(FILES / "leaflet.pdf"), "picture", 1, 800)) is None
    assert kept._kept.get((str(FILES / "leaflet.pdf"), "picture", 1, 800)) is not None
