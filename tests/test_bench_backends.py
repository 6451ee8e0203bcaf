"""Two backends held against each other: the difference, what both found, and the cause that is named."""

from __future__ import annotations

import pytest

from bench.backends import DEFAULT, Row, cause, overlap, rows
from patella.evaluate import score

NEAR = {"q1": {"a": 2.0, "b": 1.0}, "q2": {"c": 1.0}}
FAR = {"q1": {"a": 2.0, "x": 1.0}, "q2": {"y": 1.0}}
QRELS = {"q1": {"a": 1}, "q2": {"c": 1}}


def test_what_both_found() -> None:
    assert overlap(NEAR, NEAR) == 1.0
    assert overlap(NEAR, FAR) == 0.25  # half of the first question's, none of the second's


def test_a_difference_is_told_with_its_overlap() -> None:
    (found,) = rows({DEFAULT: score(NEAR, QRELS)}, {DEFAULT: score(FAR, QRELS)})
    assert (found.local, found.milvus, found.overlap) == (1.0, 0.5, 0.25)
    assert found.gap == pytest.approx(-0.5)


def of(gap: float, vectors: float, words: float) -> list[Row]:
    names = (DEFAULT, "vectors alone", "words alone (BM25)")
    shares = (1.0, vectors, words)
    return [
        Row(name, 0.5, 0.5 + gap, gap, 0.5, share)
        for name, share in zip(names, shares, strict=True)
    ]


def test_the_part_that_differs_more_is_named() -> None:
    assert cause(of(0.004, 0.5, 0.5)) == "Within 0.005."
    assert cause(of(-0.02, 0.9, 0.99)).startswith("Cause: the approximate search by vectors")
    assert cause(of(-0.02, 1.0, 0.95)).startswith("Cause: BM25")
