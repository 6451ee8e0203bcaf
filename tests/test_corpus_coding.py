"""Records as JSON text and back."""

from __future__ import annotations

import json

import pytest

from corpus import coding
from corpus.records import (
    EVIDENCE_KINDS,
    Block,
    EvidenceNote,
    Metadata,
    PassageDraft,
    RedFlagSection,
    Reference,
    sha256_text,
)

FULL = Metadata(
    title="Knee — “why?” 🦵",
    summary="S",
    authors=("A B", "C D"),
    publisher="P",
    language="en",
    published="2020",
    reviewed="2026-01-02",
    next_review="2029-01",
    kind="guideline",
    licence="CC BY 4.0",
    url="https://example.org",
    reviewer="R",
    region="UK",
    topics=("knee",),
    audience=("patients", "runners"),
    applies_to=("adults",),
    related=("stairs",),
    references=(Reference(1, "X", "Y", doi="10.1/z", kind="trial"), Reference(2, "M", "N")),
    evidence=(EvidenceNote("taping", "trial", (1, 2)), EvidenceNote("rest", "expert-view")),
    red_flags=(RedFlagSection("Get help", "same_day"),),
)


@pytest.mark.parametrize("metadata", [FULL, Metadata(), Metadata(title="T")])
def test_metadata_comes_back(metadata: Metadata) -> None:
    assert coding.load_metadata(coding.dump_metadata(metadata)) == metadata


def test_empty_fields_are_not_written() -> None:
    assert coding.dump_metadata(Metadata(title="Knee 🦵")) == '{"kind":"unknown","title":"Knee 🦵"}'


def test_fields_of_a_newer_patella_are_left_out() -> None:
    raw = json.loads(coding.dump_metadata(FULL))
    for part in (raw, raw["references"][0], raw["red_flags"][0], raw["evidence"][0]):
        part["of_the_future"] = 1
    assert coding.load_metadata(json.dumps(raw)) == FULL


def test_equal_values_give_equal_text() -> None:
    assert coding.dump({"b": 1, "a": ("x", None)}) == '{"a":["x",null],"b":1}'


def test_blocks_of_every_kind_come_back() -> None:
    blocks = (
        Block("heading", 0, 4, 2, 1),
        Block("paragraph", 5, 9, page=2),
        Block("list_item", 10, 12, 1),
        Block("table_row", 13, 14),
        Block("caption", 15, 16),
        Block("code", 17, 18),
        Block("reference", 19, 20),
    )
    text = coding.dump_blocks(blocks)
    assert text.startswith("[[0,0,4,2,1],[1,5,9,0,2],[2,10,12,1,0],[3,")
    assert coding.load_blocks(text) == blocks
    assert coding.load_blocks(coding.dump_blocks(())) == ()


def test_strings_and_spans_come_back_as_tuples() -> None:
    assert coding.load_strings('["a","b"]') == ("a", "b")
    assert coding.load_spans("[[0,4],[5,9]]") == ((0, 4), (5, 9))


# -- records


def test_a_quotes_hash_is_of_its_utf_8() -> None:
    assert sha256_text("naïve 🦵") == (
        "cb1bf717d687b84071fae831dfb8ab423fb7053b92671d74bd0fd742dac293b6"
    )
    assert sha256_text("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert len(sha256_text("\ud800")) == 64


def test_the_encoder_is_given_prefix_and_text() -> None:
    assert PassageDraft(0, 5, "Words", "Title > H", (), ()).encoder_input == "Title > H\nWords"
    assert PassageDraft(0, 5, "Words", "", (), ()).encoder_input == "Words"


def test_every_kind_of_evidence_has_words() -> None:
    assert all(words[0].isupper() for words in EVIDENCE_KINDS.values())
    assert EVIDENCE_KINDS["unknown"] == "Kind of evidence not stated"
