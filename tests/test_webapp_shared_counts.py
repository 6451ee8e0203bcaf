"""Counts that several server processes share, and the limits that stand on them."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from pathlib import Path

import pytest
from limits import parse
from limits.strategies import SlidingWindowCounterRateLimiter

from webapp.limit_storage import SCHEME, SharedStorage
from webapp.shared_counts import NEAR, SLOTS, SharedCounts


class Clock:
    now = 6_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def counts(tmp_path: Path, clock: Clock) -> Iterator[SharedCounts]:
    made = SharedCounts(tmp_path / "counts", clock=clock)
    yield made
    made.close()


def test_no_more_than_the_limit_within_the_window(counts: SharedCounts) -> None:
    took = [counts.acquire("a", limit=3, seconds=60) for _ in range(5)]
    assert took == [True, True, True, False, False]
    assert counts.read("a", seconds=60) == (0, 0.0, 3, 120.0)


def test_keys_and_lengths_of_time_are_counted_apart(counts: SharedCounts) -> None:
    assert counts.acquire("a", limit=1, seconds=60)
    assert counts.acquire("b", limit=1, seconds=60)
    assert counts.acquire("a", limit=1, seconds=3600)
    assert not counts.acquire("a", limit=1, seconds=60)


def test_what_was_counted_in_the_window_before_fades(counts: SharedCounts, clock: Clock) -> None:
    for _ in range(10):
        assert counts.acquire("a", limit=10, seconds=60)
    clock.now += 60 + 30  # half of the next window: five of the ten still count
    took = [counts.acquire("a", limit=10, seconds=60) for _ in range(6)]
    assert took == [True] * 5 + [False]
    clock.now += 120
    assert counts.read("a", seconds=60) == (0, 0.0, 0, 0.0)


def test_two_that_name_one_file_count_together(counts: SharedCounts, tmp_path: Path) -> None:
    other = SharedCounts(tmp_path / "counts", clock=Clock())
    assert [one.acquire("a", limit=3, seconds=60) for one in (counts, other) * 2] == [
        *[True] * 3,
        False,
    ]
    other.close()


def test_a_full_table_forgets_who_asked_longest_ago(counts: SharedCounts, clock: Clock) -> None:
    assert counts.acquire("old", limit=1, seconds=60)
    clock.now += 60
    for n in range(SLOTS * 2):
        assert counts.acquire(f"key {n}", limit=1, seconds=60)
    assert counts.acquire("old", limit=1, seconds=60)
    assert NEAR < SLOTS


def _count(path: Path, taken: multiprocessing.Queue) -> None:
    mine = SharedCounts(path, clock=Clock())
    taken.put(sum(mine.acquire("a", limit=1000, seconds=60) for _ in range(800)))


def test_processes_that_count_at_once_lose_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    taken = context.Queue()
    workers = [context.Process(target=_count, args=(tmp_path / "counts", taken)) for _ in range(3)]
    for worker in workers:
        worker.start()
    assert sum(taken.get(timeout=60) for _ in workers) == 1000
    for worker in workers:
        worker.join()


def test_flask_limiters_strategy_counts_there(tmp_path: Path) -> None:
    uri = f"{SCHEME}:{tmp_path / 'limits'}"
    one, other = (SlidingWindowCounterRateLimiter(SharedStorage(uri)) for _ in range(2))
    limit = parse("3 per hour")
    assert [one.hit(limit, "x"), other.hit(limit, "x"), one.hit(limit, "x")] == [True] * 3
    assert not other.hit(limit, "x")
    assert other.get_window_stats(limit, "x").remaining == 0
    one.clear(limit, "x")
    assert other.hit(limit, "x")
