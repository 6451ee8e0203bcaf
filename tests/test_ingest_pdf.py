"""PDF: pages become paragraphs, headings, lists and rows, and what cannot be read is told."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader, PdfWriter

from corpus.errors import Broken, Encrypted, NoText
from ingest import pdf_ocr
from ingest.formats.pdf_layout import join_lines
from ingest.read import read_bytes
from tests.ingest_helpers import FILES, blocks, check_extract, read_file
from tests.make_files import encrypted, hyphens, scanned, two_columns

SENTENCES = (
    "Runner's knee is pain around or behind the kneecap, which runners feel on stairs and hills. "
    "The pain often eases when the load on the knee is lowered for some weeks."
)


def test_a_leaflet() -> None:
    extract = read_file("leaflet.pdf")
    check_extract(extract)
    found = blocks(extract)
    assert found[:13] == [
        ("heading", 2, "What it is"),
        ("paragraph", 0, f"{SENTENCES} {SENTENCES}"),
        ("paragraph", 0, "A second paragraph stands here, and it is about stairs."),
        ("heading", 2, "What helps"),
        ("paragraph", 0, "Try these things:"),
        ("list_item", 1, "Rest from hills for two weeks."),
        ("list_item", 1, SENTENCES),
        ("list_item", 1, "Use ice for ten minutes."),
        ("heading", 2, "A plan"),
        ("table_row", 0, "Week | Sets | Rest"),
        ("table_row", 0, "1 | 3 | 2 days"),
        ("table_row", 0, "2 | 4 | 1 day"),
        ("caption", 0, "Table 1. A plan of two weeks."),
    ]
    assert found[13:] == [
        ("heading", 2, "When to get help"),
        *[("paragraph", 0, " ".join([SENTENCES] * 3))] * 8,
        (
            "paragraph",
            0,
            "This paragraph begins on the second page and runs over to the third page and so on "
            * 30
            + "it ends there.",
        ),
        ("paragraph", 0, "The last paragraph is short."),
    ]
    assert [b.page for b in extract.blocks] == [1] * 13 + [2] * 10 + [3]


def test_what_a_leaflet_says_of_itself() -> None:
    extract = read_file("leaflet.pdf")
    meta = extract.metadata
    assert (meta.title, meta.authors, meta.language) == (
        "Knee pain in runners",
        ("Jane Doe",),
        "en-GB",
    )
    assert meta.published == "2000-01-01"
    assert extract.page_labels == ("1", "2", "3")
    assert extract.warnings == ()


def test_columns_are_read_one_after_the_other() -> None:
    left = " ".join(f"Left line {n} tells about the kneecap and its" for n in range(1, 13))
    right = " ".join(f"Right line {n} tells about the thigh and its" for n in range(1, 13))
    for by_row in (True, False):
        extract = read_bytes(two_columns(by_row=by_row), name="a.pdf")
        assert extract.metadata.title == "A heading that runs over both of the columns"
        assert extract.text == f"{left}\n\n{right}"


def test_a_heading_in_the_second_column() -> None:
    found = blocks(read_file("columns.pdf"))
    assert [text for kind, _, text in found if kind == "heading"] == ["Hills"]
    assert [text.count("Runner's") for kind, _, text in found if kind == "paragraph"] == [
        3, 3, 3, 3, 2, 2,
    ]  # fmt: skip


def test_hyphens_at_line_ends() -> None:
    assert read_file("hyphens.pdf").text == (
        "Pain around the knee is common in runners, and a long-Standing habit of the well-known "
        "kind; non-2020 rules differ."
    )


@pytest.mark.parametrize(
    ("lines", "known", "joined"),
    [
        (["a com-", "mon pain"], (), "a common pain"),
        (["a well-", "known pain"], ("well-known",), "a well-known pain"),
        (["self-", "care"], (), "self-care"),
        (["pain -", "and more"], (), "pain - and more"),
        (["X-", "ray"], (), "X-ray"),
        (["3-", "day plan"], (), "3- day plan"),
        (["knee\u00ad", "cap"], (), "kneecap"),
        (["one", "two"], (), "one two"),
    ],
)
def test_joining_lines(lines: list[str], known: tuple[str, ...], joined: str) -> None:
    assert join_lines(lines, frozenset(known)) == joined


def test_no_page_with_text() -> None:
    with pytest.raises(NoText, match="No page of the PDF has text") as caught:
        read_file("scanned.pdf")
    assert "OCR" in caught.value.hint


def test_some_pages_with_no_text_are_told() -> None:
    extract = read_bytes(scanned(text_pages=(1, 3, 5)), name="a.pdf")
    assert extract.warnings == ("2 of 5 pages have no text (scanned?): 2, 4",)
    assert [b.page for b in extract.blocks] == [1, 3, 5]


def test_a_password_is_needed() -> None:
    with pytest.raises(Encrypted, match="needs a password"):
        read_file("locked.pdf")


def test_an_empty_password_opens() -> None:
    extract = read_bytes(encrypted(user_password=""), name="a.pdf")
    assert extract.text == read_file("hyphens.pdf").text


def test_a_file_cut_short_is_read_as_far_as_it_goes() -> None:
    data = (FILES / "leaflet.pdf").read_bytes()
    whole = read_file("leaflet.pdf")
    most = read_bytes(data[: int(len(data) * 0.95)], name="a.pdf")
    assert most.text == whole.text
    assert most.warnings == ("The file seems to be cut short; some of its text may be missing.",)
    half = read_bytes(data[: int(len(data) * 0.7)], name="a.pdf")
    assert "What it is" in half.text
    assert any("could not be read (damaged)" in warning for warning in half.warnings)


@pytest.mark.parametrize("share", [0.02, 0.1, 0.3])
def test_a_file_of_which_nothing_is_left_is_broken(share: float) -> None:
    data = (FILES / "leaflet.pdf").read_bytes()
    with pytest.raises(Broken, match="damaged"):
        read_bytes(data[: int(len(data) * share)], name="a.pdf")


def test_a_file_of_rubbish_is_broken() -> None:
    with pytest.raises(Broken):
        read_bytes(b"%PDF-1.4\n" + b"rubbish " * 200 + b"\n%%EOF", name="a.pdf")


def rewritten(**info: str) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(hyphens())))
    writer.add_metadata({f"/{key}": value for key, value in info.items()})
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize(
    "title",
    ["Microsoft Word - knee.doc", "untitled", "Document1", "knee leaflet.docx", "  ", "slide 1"],
)
def test_titles_that_no_one_gave(title: str) -> None:
    assert read_bytes(rewritten(Title=title), name="knee.pdf").metadata.title == ""


def test_own_data() -> None:
    meta = read_bytes(
        rewritten(
            Title="Knee pain",
            Author="Jane Doe; Ann Lee",
            CreationDate="D:20230504",
            Subject="Short",
        ),
        name="a.pdf",
    ).metadata
    assert (meta.title, meta.authors) == ("Knee pain", ("Jane Doe", "Ann Lee"))
    assert (meta.published, meta.summary) == ("2023-05-04", "Short")


XMP = (
    """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:cc="http://creativecommons.org/ns#"
 xmp:CreateDate="2024-03-05T10:00:00Z">
<dc:title><rdf:Alt><rdf:li xml:lang="de">Knieschmerz</rdf:li>
 <rdf:li xml:lang="x-default">Knee pain</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>Jane Doe</rdf:li><rdf:li>Ann Lee</rdf:li></rdf:Seq></dc:creator>
<dc:language><rdf:Bag><rdf:li>en-GB</rdf:li></rdf:Bag></dc:language>
<dc:publisher><rdf:Bag><rdf:li>Knee Trust</rdf:li></rdf:Bag></dc:publisher>
<dc:rights><rdf:Alt><rdf:li xml:lang="x-default">CC BY 4.0</rdf:li></rdf:Alt></dc:rights>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""
    + " " * 500
)


def with_xmp(xmp: str, **info: str) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(hyphens())))
    writer.metadata = {}
    writer.add_metadata({f"/{key}": value for key, value in info.items()})
    writer.xmp_metadata = xmp.encode()
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_xmp_tells_what_the_file_s_own_data_leave_out() -> None:
    meta = read_bytes(with_xmp(XMP), name="a.pdf").metadata
    assert (meta.title, meta.authors, meta.published) == (
        "Knee pain",
        ("Jane Doe", "Ann Lee"),
        "2024-03-05",
    )
    assert (meta.language, meta.publisher, meta.licence) == ("en-GB", "Knee Trust", "CC BY 4.0")
    own = with_xmp(XMP, Title="The knee", CreationDate="D:2019", Author="unknown")
    meta = read_bytes(own, name="a.pdf").metadata
    assert (meta.title, meta.authors, meta.published) == (
        "The knee",
        ("Jane Doe", "Ann Lee"),
        "2019",
    )


@pytest.mark.parametrize(
    "xmp",
    [
        "",
        "no XML",
        XMP.replace("<x:xmpmeta", '<!DOCTYPE a [<!ENTITY a "Title">]><x:xmpmeta'),
        XMP.replace("Knee pain", "untitled").replace("Knieschmerz", "knee.docx"),
        XMP.replace("</rdf:RDF>", "<a/>" * 800_000 + "</rdf:RDF>"),
    ],
)
def test_xmp_that_says_nothing_does_no_harm(xmp: str) -> None:
    extract = read_bytes(with_xmp(xmp), name="a.pdf")
    assert extract.metadata.title == ""
    assert "Pain around the knee" in extract.text


def test_an_outline_names_the_headings_and_labels_the_pages() -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(two_columns())))
    parent = writer.add_outline_item(
        title="A heading that runs over both of the columns", page_number=0
    )
    writer.add_outline_item(
        title="Left line 1 tells about the kneecap and its", page_number=0, parent=parent
    )
    writer.set_page_label(0, 0, style="/r")
    out = io.BytesIO()
    writer.write(out)
    extract = read_bytes(out.getvalue(), name="a.pdf")
    assert blocks(extract)[0] == ("heading", 2, "Left line 1 tells about the kneecap and its")
    assert extract.page_labels == ("i",)


def drawn(pages: list[list[tuple[float, float, str]]], *, rotate: int = 0) -> bytes:
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, invariant=1)
    for page in pages:
        if rotate:
            canvas.rotate(rotate)
            canvas.translate(0, -600)
        canvas.setFont("Helvetica", 10)
        for x, y, words in page:
            canvas.drawString(x, y, words)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def test_headers_that_change_with_the_chapter() -> None:
    names = ["Stairs", "Stairs", "Hills", "Hills", "Sitting"]
    pages = [
        [(400, 810, f"Chapter on {name} {n + 11}"), (72, 700, f"{name} hurt the knee, part {n}.")]
        for n, name in enumerate(names)
    ]
    text = read_bytes(drawn(pages), name="a.pdf").text
    assert "Chapter" not in text
    assert text.count("hurt the knee") == 5


def test_a_lone_page_number_and_contents_are_dropped() -> None:
    page = [
        (72, 700, "Contents of this book"),
        (72, 680, "1 Stairs . . . . . . . . . . . . . . 4"),
        (72, 650, "Stairs hurt."),
        (300, 20, "- 7 -"),
    ]
    assert read_bytes(drawn([page]), name="a.pdf").text == "Contents of this book\n\nStairs hurt."


def test_turned_pages_are_read() -> None:
    page = [(72, 500, "The knee hurts on the"), (72, 488, "stairs and the hills.")]
    extract = read_bytes(drawn([page], rotate=90), name="a.pdf")
    assert extract.text == "The knee hurts on the stairs and the hills."


def test_numbers_above_the_line_are_references() -> None:
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, invariant=1)
    canvas.setFont("Helvetica", 10)
    canvas.drawString(72, 700, "Taping eases pain.")
    canvas.setFont("Helvetica", 6)
    canvas.drawString(154, 704, "3")
    canvas.setFont("Helvetica", 10)
    canvas.drawString(160, 700, "It is cheap.")
    canvas.save()
    words = read_bytes(out.getvalue(), name="a.pdf").text
    assert words == "Taping eases pain.[3] It is cheap."


def test_lists_with_numbers_and_hanging_lines() -> None:
    page = [
        (72, 700, "The steps of the plan are these:"),
        (82, 686, "1. Rest the knee from hills and"),
        (94, 674, "stairs for two weeks."),
        (82, 662, "2. Walk on the flat."),
        (94, 650, "a) Slowly at first."),
        (72, 630, "A paragraph follows the list."),
    ]
    assert blocks(read_bytes(drawn([page]), name="a.pdf")) == [
        ("paragraph", 0, "The steps of the plan are these:"),
        ("list_item", 1, "1. Rest the knee from hills and stairs for two weeks."),
        ("list_item", 1, "2. Walk on the flat."),
        ("list_item", 2, "a) Slowly at first."),
        ("paragraph", 0, "A paragraph follows the list."),
    ]


def test_numbers_side_by_side_at_the_foot_are_a_row_and_no_page_number() -> None:
    page = [(72, 700, "Your usual rate"), (72, 40, "165"), (200, 40, "173"), (300, 40, "182")]
    text = read_bytes(drawn([page]), name="a.pdf").text
    assert [number for number in ("165", "173", "182") if number in text] == ["165", "173", "182"]


def shifted(words: str) -> str:
    """Give words as a font with a wrong map does: each letter is another one."""
    return "".join(chr((ord(c) - 97 + 3) % 26 + 97) if c.islower() else c for c in words)


def test_letters_that_stand_for_others_are_left_out_and_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pdf_ocr, "available", lambda: False)
    clear = [(72, 700 - 12 * n, "The knee hurts on the stairs, and rest helps.") for n in range(8)]
    unclear = [(x, y, shifted(words)) for x, y, words in clear]
    extract = read_bytes(drawn([clear, unclear]), name="a.pdf")
    assert "The knee hurts" in extract.text
    assert "Tkh" not in extract.text and "kxuwv" not in extract.text
    assert extract.warnings == (
        "Lines whose letters stand for no real characters were left out (pages 2). A font in it "
        "does not say which letters it draws: run text recognition (OCR) over the file.",
    )
    with pytest.raises(NoText, match="stand for no real characters"):
        read_bytes(drawn([unclear]), name="a.pdf")
