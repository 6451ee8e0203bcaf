"""ODT: what OpenDocument texts have besides plain paragraphs."""

from __future__ import annotations

import pytest

from corpus.errors import Encrypted
from ingest.read import read_bytes
from tests.ingest_helpers import blocks, check_extract
from tests.office_helpers import odt

STYLES = """
<style:style style:name="B" style:family="paragraph">
<style:text-properties fo:font-weight="bold"/></style:style>
<style:style style:name="H" style:family="paragraph">
<style:text-properties text:display="none"/></style:style>
<style:style style:name="T9" style:family="text">
<style:text-properties fo:font-weight="bold"/></style:style>
<style:style style:name="U" style:family="text">
<style:text-properties style:text-position="33% 58%"/></style:style>
<style:style style:name="Illustration" style:family="paragraph" style:parent-style-name="Caption"/>
<style:style style:name="L" style:family="paragraph" style:parent-style-name="L"/>
"""


def read_odt(text: str) -> list[tuple[str, int, str]]:
    extract = read_bytes(odt(text, styles=STYLES), name="a.odt")
    check_extract(extract)
    return blocks(extract)


def test_what_is_not_the_text_is_left_out() -> None:
    assert read_odt(
        "<text:tracked-changes><text:p>deleted</text:p></text:tracked-changes>"
        "<text:table-of-content><text:p>Contents</text:p></text:table-of-content>"
        '<text:p text:style-name="H">hidden</text:p>'
        "<text:section><text:p>Rest<office:annotation><text:p>a comment</text:p></office:annotation>"
        "<text:tab/>two<text:line-break/><text:a>weeks</text:a>.</text:p></text:section>"
    ) == [("paragraph", 0, "Rest two weeks.")]


def test_lists() -> None:
    assert read_odt(
        "<text:list><text:list-header><text:p>Do:</text:p></text:list-header>"
        "<text:list-item><text:p>One.</text:p><text:p>More of one.</text:p></text:list-item>"
        "<text:list-item><text:list><text:list-item><text:p>Deep.</text:p></text:list-item></text:list>"
        "</text:list-item><text:list-item><text:h>Numbered heading</text:h></text:list-item></text:list>"
    ) == [
        ("paragraph", 0, "Do:"),
        ("list_item", 1, "One."),
        ("paragraph", 0, "More of one."),
        ("list_item", 2, "Deep."),
        ("heading", 1, "Numbered heading"),
    ]


def test_frames_captions_and_raised_numbers() -> None:
    assert read_odt(
        "<text:p>Before.<draw:frame><draw:text-box><text:p>In the box."
        '<text:span text:style-name="U">2</text:span></text:p></draw:text-box></draw:frame></text:p>'
        '<text:p text:style-name="Illustration">The knee.</text:p><text:p text:style-name="L">Loop</text:p>'
    ) == [
        ("paragraph", 0, "Before."),
        ("paragraph", 0, "In the box.[2]"),
        ("caption", 0, "The knee."),
        ("paragraph", 0, "Loop"),
    ]


def _cell(words: str) -> str:
    return f"<table:table-cell>{words}</table:table-cell>"


def test_tables() -> None:
    note = (
        "<text:note><text:note-citation>a</text:note-citation><text:note-body><text:p>Of two sets."
        "</text:p></text:note-body></text:note>"
    )
    rows = (
        "<table:table><table:table-header-rows><table:table-row>"
        f"{_cell('<text:p>Week</text:p>')}{_cell(f'<text:p>Do{note}</text:p><text:p>this</text:p>')}"
        "</table:table-row></table:table-header-rows>"
        f"<table:table-row>{_cell('')}<table:covered-table-cell/></table:table-row></table:table>"
    )
    table = [("table_row", 0, "Week | Do[^a] this"), ("paragraph", 0, "[^a] Of two sets.")]
    assert read_odt(rows) == table
    row = f"<table:table-row>{_cell('<text:p>Left</text:p>')}{_cell(rows)}</table:table-row>"
    outer = f"<table:table>{row}</table:table>"
    assert read_odt(outer) == [("paragraph", 0, "Left"), *table]


def test_bold_headings() -> None:
    assert read_odt(
        '<text:p text:style-name="B">Knees</text:p><text:p>They bend.</text:p>'
        '<text:p><text:span text:style-name="T9">What helps</text:span> </text:p><text:p>Rest.</text:p>'
        "<text:p>Walk.</text:p>"
    ) == [
        # the first one, being the title, is left out
        ("paragraph", 0, "They bend."),
        ("heading", 2, "What helps"),
        ("paragraph", 0, "Rest."),
        ("paragraph", 0, "Walk."),
    ]


def test_a_password() -> None:
    manifest = {
        "META-INF/manifest.xml": "<m:manifest xmlns:m='m'><m:encryption-data/></m:manifest>"
    }
    with pytest.raises(Encrypted, match="password"):
        read_bytes(odt("<text:p>x</text:p>", others=manifest), name="a.odt")
