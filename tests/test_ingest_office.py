"""One leaflet, saved by LibreOffice as DOCX, ODT and RTF, reads the same from each."""

from __future__ import annotations

import pytest

from corpus.shipped import ROOT
from ingest.chunk import chunk
from ingest.read import read_bytes
from tests.ingest_helpers import blocks, check_extract, check_passages, count_tokens, read_file

LEAFLET = [
    ("heading", 1, "What it is"),
    (
        "paragraph",
        0,
        "Runner’s knee is pain around the kneecap.[3] It is common[^1], over an area of 4 cm2.",
    ),
    ("paragraph", 0, "[^1] About one runner in five."),
    ("heading", 2, "What helps"),
    ("paragraph", 0, "Try these things:"),
    ("list_item", 1, "Rest for a few days."),
    ("list_item", 2, "Ice it for ten minutes."),
    ("list_item", 1, "Take paracetamol if you can."),
    ("caption", 0, "Table 1. A plan of two weeks."),
    ("table_row", 0, "Week | Sets"),
    ("table_row", 0, "One | 3, with rests"),
    ("heading", 1, "When to get help"),
    ("paragraph", 0, "See a doctor if you cannot put weight on the leg."),
]


@pytest.mark.parametrize("kind", ["docx", "odt", "rtf"])
def test_the_leaflet(kind: str) -> None:
    extract = read_file(f"leaflet.{kind}")
    check_extract(extract)
    assert extract.format == kind
    assert extract.page_labels == ()
    assert extract.warnings == ()
    assert blocks(extract) == LEAFLET
    meta = extract.metadata
    assert meta.title == "Knee pain in runners"
    assert meta.authors == ("Jane Doe",)
    assert meta.published == "2023-05-04"
    assert meta.summary == "What to do about knee pain."
    # RTF has no place for it: it is told from the text
    assert meta.language == ("en" if kind == "rtf" else "en-GB")
    passages = chunk(
        extract, title=meta.title, count_tokens=count_tokens, limit=64, prefix_limit=16
    )
    check_passages(extract, passages, limit=64)


def test_the_shipped_word_leaflet() -> None:
    extract = read_bytes((ROOT / "handouts/knee-leaflet.docx").read_bytes(), name="a")
    check_extract(extract)
    assert extract.metadata.title == "Your first two weeks"
    assert extract.metadata.authors == ("Patella editors",)
    assert extract.metadata.language == "en-GB"
    found = blocks(extract)
    assert [words for kind, _, words in found if kind == "heading"][:2] == [
        "Who this leaflet is for",
        "Days 1 to 3: take the edge off",
    ]
    assert ("list_item", 1, "Swap your run for a walk on level ground.") in found
    assert ("table_row", 0, "Each evening, write down | Why it helps") in found
    assert sum(kind == "reference" for kind, _, _ in found) == 7


def test_the_shipped_booklet() -> None:
    extract = read_bytes((ROOT / "handouts/knee-booklet.epub").read_bytes(), name="a")
    check_extract(extract)
    meta = extract.metadata
    assert (meta.title, meta.publisher, meta.licence) == (
        "A small book of knee exercises",
        "Patella",
        "CC BY 4.0",
    )
    assert (meta.language, meta.published) == ("en-GB", "2026-11-24")
    found = blocks(extract)
    assert ("heading", 2, "One: the thigh squeeze") in found
    assert ("table_row", 0, "First change | Then | Later") in found
    assert sum(kind == "reference" for kind, _, _ in found) == 6
