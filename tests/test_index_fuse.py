"""Fusing two lists of scores, in literal numbers."""

from __future__ import annotations

import pytest

from corpus.records import Scored
from index.fuse import DENSE_WEIGHT, convex
from index.vectors import DenseHit


def test_the_sum_of_two_scaled_scores() -> None:
    dense = [DenseHit(1, 0.9, 0.7), DenseHit(2, 0.5, 0.4), DenseHit(3, 0.1, 0.1)]
    found = convex(dense, {2: 8.0, 3: 2.0}, weight=0.6)
    # dense scaled: 1, 0.5, 0; lexical over the best: 0, 1, 0.25
    assert [s.passage_id for s in found] == [2, 1, 3]
    assert [s.score for s in found] == pytest.approx([0.7, 0.6, 0.1])
    assert found[0] == Scored(2, pytest.approx(0.7), 0.4, 8.0)
    assert found[1] == Scored(1, pytest.approx(0.6), 0.7, 0.0)


def test_the_weight_goes_from_one_list_to_the_other() -> None:
    dense = [DenseHit(1, 0.9, 0.9), DenseHit(2, 0.1, 0.1)]
    assert [s.passage_id for s in convex(dense, {2: 5.0}, weight=1.0)] == [1, 2]
    assert [s.passage_id for s in convex(dense, {2: 5.0}, weight=0.0)] == [2, 1]
    assert 0.5 < DENSE_WEIGHT < 1


def test_nothing_found_is_nothing() -> None:
    assert convex([], {}) == []


def test_one_candidate_and_equal_ones_divide_by_nothing() -> None:
    assert convex([DenseHit(1, 0.5, 0.4)], {}) == [Scored(1, 0.0, 0.4, 0.0)]
    found = convex([DenseHit(2, 0.5, 0.5), DenseHit(1, 0.5, 0.5)], {1: 0.0}, weight=0.6)
    assert [(s.passage_id, s.score) for s in found] == [(1, 0.0), (2, 0.0)]


def test_equal_sums_are_in_the_order_of_their_ids() -> None:
    dense = [DenseHit(9, 1.0, 1.0), DenseHit(4, 1.0, 1.0), DenseHit(7, 0.0, 0.0)]
    assert [s.passage_id for s in convex(dense, {})] == [4, 9, 7]


def test_scores_lie_between_0_and_1_for_negative_cosines_too() -> None:
    found = convex([DenseHit(1, -0.9, -0.8), DenseHit(2, -0.1, -0.1)], {1: 3.0}, weight=0.5)
    assert [(s.passage_id, s.score) for s in found] == [(1, 0.5), (2, 0.5)]
