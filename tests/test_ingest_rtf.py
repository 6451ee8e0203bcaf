"""RTF: control words, encodings, and what is not the text."""

from __future__ import annotations

import pytest

from corpus.errors import Broken, TooLarge
from ingest.read import read_bytes
from tests.ingest_helpers import blocks, check_extract


def read_rtf(body: str | bytes, head: str = "") -> list[tuple[str, int, str]]:
    inner = body.encode("latin-1") if isinstance(body, str) else body
    extract = read_bytes(b"{\\rtf1\\ansi\\ansicpg1252" + head.encode() + inner + b"}", name="a.rtf")
    check_extract(extract)
    return blocks(extract)


@pytest.mark.parametrize(
    ("body", "head", "text"),
    [
        (r"caf\'e9 \'93x\'94", "", "café “x”"),
        (r"\u8805\'3f 40 \u-10179?\u-8704? \uc0\u176 C", "", "≥ 40 😀 °C"),
        (r"\uc2\u176\'a1\'a2C", "", "°C"),
        (r"\f1 \'ea\'ee\'eb", r"{\fonttbl{\f0 A;}{\f1\fcharset204 B;}}", "кол"),
        (r"\f1 \'8b\'c8", r"{\fonttbl{\f1\fcharset128 B;}}", "曲"),
        (r"\'e9", r"\ansicpg1250", "é"),
        (r"\'e9", r"\ansicpg99", "é"),
        (r"\'8e", r"\ansicpg10000", "é"),
        (r"a\tab b\line c\emdash d\~e\_f\{\\\}", "", "a b c—d e-f{\\}"),
        (r"self\-care", "", "selfcare"),
        (r"{\field{\*\fldinst HYPERLINK x}{\fldrslt link}}", "", "link"),
        (r"a{\*\unknown x}{\v hidden}{\deleted gone}{\pict\bin4 {{{{}b", "", "ab"),
        (r"Age {\f2 \u-3917\'b3} 40", "", "Age ≥ 40"),
        (r"\b Bold\plain  plain", "", "Bold plain"),
    ],
)
def test_characters(body: str, head: str, text: str) -> None:
    assert [words for _, _, words in read_rtf(body, head)] == [text]


STYLES = r"{\stylesheet{\ql Normal;}{\s1\b heading 1;}{\s2 Caption;}{\s3 toc 1;}{\*\cs4 x;}}"


def test_structure() -> None:
    found = read_rtf(
        r"\pard\s3 Contents\par\pard\s1 One\par\pard\outlinelevel1 Two\par\pard\outlinelevel9 Text\par"
        r"\pard\s2 The knee.\par\pard{\pntext\'b7\tab}Old item\par\pard\ls1\ilvl1 Deep\par"
        r"\pard After{\super 2} m{\super 2}{\footnote\pard The note.\par More.}\par"
        r"{\shp{\*\shpinst{\sp{\sn a}{\sv b}}{\shptxt\pard In a box.\par}}{\shprslt no}}End",
        STYLES,
    )
    # the title is the first heading
    assert found == [
        ("heading", 2, "Two"),
        ("paragraph", 0, "Text"),
        ("caption", 0, "The knee."),
        ("list_item", 1, "Old item"),
        ("list_item", 2, "Deep"),
        ("paragraph", 0, "After[2] m2[^1]"),
        ("paragraph", 0, "[^1] The note."),
        ("paragraph", 0, "More."),
        ("paragraph", 0, "End"),
        ("paragraph", 0, "In a box."),
    ]


def test_tables() -> None:
    found = read_rtf(
        r"\trowd\pard\intbl Week\cell\pard\intbl Do\par this\cell\row"
        r"\trowd\pard\intbl 1{\footnote A note.}\cell Rest\row"
        r"\trowd\pard\intbl Alone\cell\row\pard After\par"
    )
    assert found == [
        ("table_row", 0, "Week | Do this"),
        ("table_row", 0, "1[^1] | Rest"),
        ("paragraph", 0, "[^1] A note."),
        ("paragraph", 0, "Alone"),
        ("paragraph", 0, "After"),
    ]


def test_properties() -> None:
    info = (
        r"{\info{\title Knee \'93pain\'94}{\author Jane Doe;John Roe}{\subject Knees}"
        r"{\creatim\yr2023\mo5\dy4\hr1}{\*\company Trust}{\operator Someone}}"
    )
    data = b"{\\rtf1\\ansi" + info.encode() + b"{\\header Head\\par}Text.}"
    extract = read_bytes(data, name="a.txt")
    assert extract.text == "Text."
    meta = extract.metadata
    assert meta.title == "Knee “pain”"
    assert meta.authors == ("Jane Doe", "John Roe")
    assert (meta.publisher, meta.published, meta.summary) == ("Trust", "2023-05-04", "Knees")


def test_cut_short_and_hostile(monkeypatch: pytest.MonkeyPatch) -> None:
    extract = read_bytes(b"{\\rtf1 The knee{\\footnote a note", name="a.rtf")
    assert extract.text == "The knee[^1]\n\n[^1] a note"
    assert extract.warnings == ("The file seems to be cut short; text may be missing.",)
    with pytest.raises(Broken, match="nested"):
        read_bytes(b"{\\rtf1" + b"{" * 5000, name="a.rtf")
    monkeypatch.setattr("ingest.formats.rtf_tokens.MOST_TOKENS", 10)
    with pytest.raises(TooLarge):
        read_bytes(b"{\\rtf1" + b"\\par" * 50, name="a.rtf")
