"""Plain text: paragraphs, lists, the headings that are plain to see, and encodings."""

from __future__ import annotations

import pytest

from corpus.errors import Unsupported
from ingest.decode import decode
from ingest.read import read_bytes
from tests.ingest_helpers import blocks, check_extract, read_text

PAGE = """\
Knee pain in runners

This is a first paragraph whose lines
are wrapped by hand, and which ends here.

WHAT HELPS

Try these:
- rest for two weeks
  from the hills
- ice
    * inner point
1. A numbered step

2.1 Doses and amounts

A paragraph of running text that is long enough to stand under a heading, surely.
It goes on with
- a dash that is the sentence's own.

Setext one
==========
Under it.

----------

Not sure
if this is a heading

Short line
"""


def test_a_page() -> None:
    extract = read_text(PAGE, "a.txt")
    check_extract(extract)
    assert extract.metadata.title == "Knee pain in runners"
    assert blocks(extract) == [
        (
            "paragraph",
            0,
            "This is a first paragraph whose lines are wrapped by hand, and which ends here.",
        ),
        ("heading", 2, "WHAT HELPS"),
        ("paragraph", 0, "Try these:"),
        ("list_item", 1, "rest for two weeks from the hills"),
        ("list_item", 1, "ice"),
        ("list_item", 2, "inner point"),
        ("list_item", 1, "1. A numbered step"),
        ("heading", 3, "2.1 Doses and amounts"),
        (
            "paragraph",
            0,
            "A paragraph of running text that is long enough to stand under a heading, surely. "
            "It goes on with - a dash that is the sentence's own.",
        ),
        ("heading", 1, "Setext one"),
        ("paragraph", 0, "Under it."),
        ("paragraph", 0, "Not sure if this is a heading"),
        ("paragraph", 0, "Short line"),
    ]


def test_a_text_with_no_title_has_none() -> None:
    assert read_text("One sentence here.\n\nAnother one.", "knee.txt").metadata.title == ""


def test_items_apart_are_no_headings() -> None:
    extract = read_text("Text here.\n\n1. Rest\n\n2. Ice\n\n3. Walk\n", "a.txt")
    assert [b.kind for b in extract.blocks] == ["paragraph"] + ["list_item"] * 3


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
def test_encodings(encoding: str) -> None:
    words = "The knee’s café – “sore” after £5 of stairs."
    assert read_bytes(words.encode(encoding), name="a.txt").text == words


def test_another_alphabet_is_guessed() -> None:
    words = "Боль в колене часто проходит, если снизить нагрузку и укрепить мышцы бедра. " * 5
    extract = read_bytes(words.encode("cp1251"), name="a.txt")
    assert extract.text == words.strip()
    assert "encoding was not stated" in extract.warnings[0]


def test_a_text_cut_inside_a_character_is_read() -> None:
    data = ("The knee hurts. " * 100 + "caf\u00e9").encode()[:-1]
    extract = read_bytes(data, name="a.txt")
    assert extract.text.endswith("caf\ufffd")
    assert extract.warnings == ("Some characters could not be read.",)


def test_odd_utf_16_is_read() -> None:
    extract = read_bytes("knee pain".encode("utf-16") + b"\x00", name="a.txt")
    assert extract.text.startswith("knee pain")
    assert extract.warnings == ("Some characters could not be read.",)


@pytest.mark.parametrize(
    "data", [bytes(range(256)) * 4, b"ab\x00\x00\x00\x01cd", b"\x01\x02\x03" * 50]
)
def test_binary_data_is_no_text(data: bytes) -> None:
    with pytest.raises(Unsupported, match="no text"):
        read_bytes(data, name="a.txt")


def test_sound_utf_8_wins_over_what_is_declared() -> None:
    assert decode("café".encode(), declared="cp1252") == ("café", ())
    assert decode("café".encode("cp1252"), declared="cp1252") == ("café", ())
    assert decode("膝".encode("iso-2022-jp"), declared="iso-2022-jp") == ("膝", ())
    assert decode(b"knee", declared="no-such-encoding") == ("knee", ())
