"""PPTX: a slide is a page; titles, bullets, tables, diagrams and notes."""

from __future__ import annotations

import pytest

from corpus.errors import Broken, NoText
from ingest.read import read_bytes
from tests.ingest_helpers import check_extract, read_file
from tests.office_helpers import R, pptx, relations


def test_a_presentation() -> None:
    extract = read_file("slides.pptx")
    check_extract(extract)
    assert extract.metadata.title == "Knees at work"
    assert extract.metadata.authors == ("Jane Doe",)
    assert extract.metadata.published == "2023-05-04"
    assert extract.metadata.summary == ""
    assert extract.page_labels == ("1", "2", "3", "4", "5")
    assert extract.warnings == (
        "1 of 5 slides is hidden and left out: 5",
        "1 of 5 slides is without text: 4",
    )
    found = [(b.page, b.kind, b.level, extract.text[b.start : b.end]) for b in extract.blocks]
    assert found == [
        (1, "paragraph", 0, "A talk for those who kneel."),
        (2, "heading", 2, "Kneeling"),
        (2, "list_item", 1, "Use a pad."),
        (2, "list_item", 2, "A thick one is best."),
        (2, "list_item", 1, "Change sides often.[4]"),
        (2, "paragraph", 0, "Pads are sold in most shops."),
        (3, "heading", 2, "Hours"),
        (3, "table_row", 0, "Job | Hours"),
        (3, "table_row", 0, "Tiling | 4"),
        (3, "caption", 0, "Figure 1: Hours by job."),
    ]


def shape(words: str, place: str = "", properties: str = "") -> str:
    mark = f'<p:ph type="{place}"/>' if place else ""
    return (
        f"<p:sp><p:nvSpPr><p:nvPr>{mark}</p:nvPr></p:nvSpPr><p:txBody><a:p>"
        f"<a:pPr>{properties}</a:pPr><a:r><a:t>{words}</a:t></a:r><a:br/>"
        "<a:fld><a:t>too</a:t></a:fld></a:p></p:txBody></p:sp>"
    )


def test_shapes_in_groups_and_diagrams() -> None:
    data = pptx(
        shape("12", "sldNum")
        + f"<p:grpSp>{shape('In a group', properties='<a:buChar/>')}</p:grpSp>"
        + f'<x:AlternateContent xmlns:x="x"><x:Choice>{shape("Now")}</x:Choice>'
        + f"<x:Fallback>{shape('Then')}</x:Fallback></x:AlternateContent>"
        + shape("Plain", "body", "<a:buNone/>")
        + f'<p:graphicFrame><d:relIds xmlns:d="d" xmlns:q="{R}" q:dm="r1"/></p:graphicFrame>'
        + "<p:pic/>"
        + shape("Title", "title"),
        others={
            "ppt/slides/_rels/1.xml.rels": relations(r1="diagramData ../d.xml"),
            "ppt/d.xml": '<d xmlns:a="a"><a:p><a:r><a:t>In a diagram</a:t></a:r></a:p></d>',
        },
    )
    extract = read_bytes(data, name="a.pptx")
    assert extract.metadata.title == "Title too"
    assert [(b.kind, extract.text[b.start : b.end]) for b in extract.blocks] == [
        ("list_item", "In a group too"),
        ("paragraph", "Now too"),
        ("paragraph", "Plain too"),
        ("list_item", "In a diagram"),
    ]


def test_slides_that_cannot_be_read() -> None:
    extract = read_bytes(
        pptx(shape("One"), "", others={"ppt/slides/2.xml": "<broken"}), name="a.pptx"
    )
    assert extract.warnings == ("1 of 2 slides is damaged and could not be read: 2",)
    assert extract.metadata.title == ""
    with pytest.raises(NoText, match="No slide"):
        read_bytes(pptx("<p:pic/>"), name="a.pptx")
    with pytest.raises(Broken, match="No slide"):
        read_bytes(pptx("", others={"ppt/slides/1.xml": "<broken"}), name="a.pptx")


def test_very_many_slides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.formats.pptx.MOST_SLIDES", 1)
    extract = read_bytes(pptx(shape("One"), shape("Two")), name="a.pptx")
    assert extract.text == "One too"
    assert extract.warnings == ("Only the first 1 of 2 slides were read.",)
