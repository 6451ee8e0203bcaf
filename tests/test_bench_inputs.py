"""A short run of hostile texts through every parser, and the table of a hardening run."""

from __future__ import annotations

import pytest

from bench.fuzz_inputs import TARGETS, run
from bench.hardening import SETS, Row, table
from corpus.errors import Damaged, Refused
from corpus.receipts import read_body
from ingest.web.guard import parse


def test_no_parser_fails_in_other_than_our_words() -> None:
    tallies = run(120, seed=7)
    assert {name: one.first for name, one in tallies.items() if one.faults} == {}
    assert {one.tried for one in tallies.values()} == {120}
    # what is given is not all turned away at the door
    assert all(
        one.taken for name, one in tallies.items() if name not in {"web addresses", "filters"}
    )
    assert list(tallies) == list(TARGETS)


def test_what_it_found_stays_mended() -> None:
    with pytest.raises(Refused):
        parse("https://a.example/\ud800")
    for body in ("{", "[]", "null", '{"quotes": 1}', '{"quotes": [], "carried": [], "x": 1}'):
        with pytest.raises(Damaged, match="no longer readable"):
            read_body(body)


def test_a_table_sums_what_was_tried_and_lost() -> None:
    told = table([Row("a", 10), Row("b", 5, 2, "b.py:3"), Row("c", told="not installed")])
    assert told.splitlines() == [
        "                                 tried  survived  lost",
        "a                                   10        10     0",
        "b                                    5         3     2  b.py:3",
        "c" + " " * 55 + "not installed",
        "all                                 15        13     2",
    ]
    assert len(SETS) == 14
