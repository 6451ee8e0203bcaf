"""DOCX: what Word documents have besides plain paragraphs."""

from __future__ import annotations

import pytest

from corpus.errors import Broken, NoText
from ingest.read import read_bytes
from tests.ingest_helpers import blocks, check_extract
from tests.office_helpers import W, docx, p, relations

STYLES = """
<w:style w:type="paragraph" w:default="1" w:styleId="N"><w:name w:val="Normal"/></w:style>
<w:style w:type="paragraph" w:styleId="H2"><w:name w:val="heading 2"/></w:style>
<w:style w:type="paragraph" w:styleId="Own"><w:name w:val="Trust"/><w:basedOn w:val="H2"/></w:style>
<w:style w:type="paragraph" w:styleId="Out"><w:name w:val="Out"/>
<w:pPr><w:outlineLvl w:val="2"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="B"><w:name w:val="List Bullet 2"/>
<w:pPr><w:numPr><w:ilvl w:val="1"/><w:numId w:val="4"/></w:numPr></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="C"><w:name w:val="caption"/></w:style>
<w:style w:type="paragraph" w:styleId="T"><w:name w:val="toc 1"/></w:style>
<w:style w:type="paragraph" w:styleId="X"><w:name w:val="Loop"/><w:basedOn w:val="X"/></w:style>
<w:style w:type="character" w:styleId="E"><w:name w:val="Cite"/>
<w:rPr><w:vertAlign w:val="superscript"/></w:rPr></w:style>
<w:style w:type="character" w:styleId="S"><w:name w:val="Secret"/><w:rPr><w:vanish/></w:rPr></w:style>
"""
NUM = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="2"/></w:numPr>'


def style(name: str) -> str:
    return f'<w:pStyle w:val="{name}"/>'


def read_body(body: str, **named: object) -> list[tuple[str, int, str]]:
    extract = read_bytes(docx(body, styles=STYLES, **named), name="a.docx")  # type: ignore[arg-type]
    check_extract(extract)
    return blocks(extract)


def test_styles_say_what_a_paragraph_is() -> None:
    assert read_body(
        p("Contents line", style("T"))
        + p("Title of a section", style("Own"))
        + p("By outline", style("Out"))
        + p("Not a heading after all", style("H2") + '<w:outlineLvl w:val="9"/>')
        + p("A level of its own", '<w:outlineLvl w:val="0"/>')
        + p("Deep item", style("B"))
        + p("Item", NUM)
        + p("Not an item", style("B") + '<w:numPr><w:numId w:val="0"/></w:numPr>')
        + p("The knee.", style("C"))
        + p("Figure 2: Typed by hand.")
        + p("A loop", style("X"))
        + p("Unknown", style("none"))
    ) == [
        ("heading", 2, "Title of a section"),
        ("heading", 3, "By outline"),
        ("paragraph", 0, "Not a heading after all"),
        ("heading", 1, "A level of its own"),
        ("list_item", 2, "Deep item"),
        ("list_item", 1, "Item"),
        ("paragraph", 0, "Not an item"),
        ("caption", 0, "The knee."),
        ("caption", 0, "Figure 2: Typed by hand."),
        ("paragraph", 0, "A loop"),
        ("paragraph", 0, "Unknown"),
    ]


def test_tracked_changes_fields_and_wrappers() -> None:
    assert read_body(
        "<w:p><w:r><w:t>Rest </w:t></w:r>"
        "<w:del><w:r><w:delText>six</w:delText></w:r></w:del>"
        "<w:moveFrom><w:r><w:t>gone</w:t></w:r></w:moveFrom>"
        "<w:ins><w:r><w:t>two</w:t></w:r></w:ins>"
        "<w:r><w:instrText> PAGE </w:instrText></w:r>"
        "<w:hyperlink><w:r><w:tab/><w:t>weeks</w:t><w:br/></w:r></w:hyperlink>"
        "<w:sdt><w:sdtContent><w:r><w:t>at</w:t></w:r></w:sdtContent></w:sdt>"
        "<w:r><w:t xml:space='preserve'> home, self</w:t><w:noBreakHyphen/><w:t>care</w:t></w:r></w:p>"
        "<w:sdt><w:sdtContent>" + p("In a box of its own.") + "</w:sdtContent></w:sdt>"
    ) == [
        ("paragraph", 0, "Rest two weeks at home, self-care"),
        ("paragraph", 0, "In a box of its own."),
    ]


def test_marks_of_references_powers_and_what_is_hidden() -> None:
    raised = '<w:vertAlign w:val="superscript"/>'
    found = read_body(
        "<w:p><w:r><w:t>It hurts.</w:t></w:r>"
        f"<w:r><w:rPr>{raised}</w:rPr><w:t>3,4</w:t></w:r>"
        "<w:r><w:t> Area 4 cm</w:t></w:r>"
        f"<w:r><w:rPr>{raised}</w:rPr><w:t>2</w:t></w:r>"
        '<w:r><w:t>, pain</w:t></w:r><w:r><w:rPr><w:rStyle w:val="E"/></w:rPr><w:t>7</w:t></w:r>'
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t> hidden</w:t></w:r>"
        '<w:r><w:rPr><w:rStyle w:val="S"/></w:rPr><w:t> secret</w:t></w:r></w:p>'
    )
    assert found == [("paragraph", 0, "It hurts.[3,4] Area 4 cm2, pain[7]")]


def test_symbols() -> None:
    body = (
        '<w:p><w:r><w:t>Age </w:t><w:sym w:font="Symbol" w:char="F0B3"/><w:t> 40 or \uf0a3 60</w:t>'
        '<w:sym w:font="Wingdings" w:char="F04A"/></w:r></w:p>'
    )
    extract = read_bytes(docx(body), name="a.docx")
    assert extract.text == "Age ≥ 40 or ≤ 60"
    assert extract.warnings == ("Some symbols of a special font could not be read.",)


def test_notes_follow_the_block_that_they_stand_in() -> None:
    def ref(kind: str, key: int) -> str:
        return f'<w:r><w:{kind}Reference w:id="{key}"/></w:r>'

    notes = {
        f"word/{kind}s.xml": f"<w:{kind}s {W}>"
        + "".join(f'<w:{kind} w:id="{n}">{p(f"{kind} {n}")}</w:{kind}>' for n in (1, 2))
        + f"</w:{kind}s>"
        for kind in ("footnote", "endnote")
    }
    body = (
        "<w:p><w:r><w:t>One</w:t></w:r>"
        + ref("endnote", 2)
        + ref("footnote", 1)
        + ref("footnote", 9)
        + "</w:p><w:p><w:r><w:t>Again</w:t></w:r>"
        + ref("endnote", 2)
        + "</w:p>"
    )
    assert read_body(body, others=notes) == [
        ("paragraph", 0, "One[^1][^2]"),
        ("paragraph", 0, "[^1] endnote 2"),
        ("paragraph", 0, "[^2] footnote 1"),
        ("paragraph", 0, "Again[^1]"),
    ]


def test_text_boxes_are_read_once() -> None:
    box = f"<w:txbxContent>{p('In the box.')}</w:txbxContent>"
    nested = f"<w:txbxContent><w:p><w:r><w:pict>{box}</w:pict></w:r></w:p></w:txbxContent>"
    mc = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    assert read_body(
        f"<w:p><w:r><w:t>Before.</w:t><mc:AlternateContent {mc}>"
        f"<mc:Choice><w:drawing>{nested}</w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict>{nested}</w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>"
        + p("After.")
    ) == [
        ("paragraph", 0, "Before."),
        ("paragraph", 0, "In the box."),
        ("paragraph", 0, "After."),
    ]


def cell(*paragraphs: str) -> str:
    return f"<w:tc>{''.join(paragraphs)}</w:tc>"


def test_tables() -> None:
    rows = (
        f"<w:tbl><w:tr>{cell(p('Week'))}{cell(p('Do'), p('this'))}</w:tr>"
        f"<w:tr>{cell(p(''))}{cell(p(''))}</w:tr>"
        f"<w:tr>{cell(p('1'))}<w:sdt><w:sdtContent>{cell(p('Rest', NUM))}"
        "</w:sdtContent></w:sdt></w:tr></w:tbl>"
    )
    laid_out = f"<w:tbl><w:tr>{cell(p('Left', style('H2')))}{cell(p('Right'), rows)}</w:tr></w:tbl>"
    lone = f"<w:tbl><w:tr>{cell(p('A box.'))}</w:tr></w:tbl>"
    table = [("table_row", 0, "Week | Do this"), ("table_row", 0, "1 | Rest")]
    assert read_body(rows) == table
    assert read_body(lone + laid_out) == [
        ("paragraph", 0, "A box."),
        ("heading", 2, "Left"),
        ("paragraph", 0, "Right"),
        *table,
    ]


def test_short_bold_paragraphs_are_headings_where_there_are_no_others() -> None:
    bold = "<w:b/>"
    body = (
        p("Knee pain", run=bold)
        + p("It hurts on the stairs.")
        + p("What helps", run=bold)
        + p("Rest.")
        + p("Never run through pain.", run=bold)
        + p("Walk", run='<w:b w:val="0"/>')
        + p("Swim")
    )
    plain = [("paragraph", 0, words) for words in ("Never run through pain.", "Walk", "Swim")]
    assert read_body(body) == [
        # the first one, being the title, is left out
        ("paragraph", 0, "It hurts on the stairs."),
        ("heading", 2, "What helps"),
        ("paragraph", 0, "Rest."),
        *plain,
    ]
    assert read_body(p("Real", style("H2")) + body)[1][0] == "paragraph"
    many = "".join(p(f"Bold {n}", run=bold) + p("Text.") for n in range(3))
    assert {kind for kind, _, _ in read_body(many)} == {"paragraph"}


def test_properties() -> None:
    core = (
        "<c xmlns:dc='d'><dc:title>handout-final.docx</dc:title><dc:creator>python-docx</dc:creator>"
        "<dc:description>generated by a tool</dc:description></c>"
    )
    data = docx(
        p("Knees", '<w:outlineLvl w:val="0"/>') + p("They bend."),
        others={
            "docProps/core.xml": core,
            "_rels/.rels": relations(
                a="officeDocument word/document.xml", b="core-properties docProps/core.xml"
            ),
        },
    )
    meta = read_bytes(data, name="a.docx").metadata
    assert (meta.title, meta.authors, meta.summary, meta.published) == ("Knees", (), "", "")


def test_nothing_in_it() -> None:
    with pytest.raises(NoText):
        read_bytes(docx(""), name="a.docx")
    with pytest.raises(Broken, match="missing"):
        read_bytes(docx("").replace(b"word/document.xml", b"word/documenx.xml"), name="a.docx")
