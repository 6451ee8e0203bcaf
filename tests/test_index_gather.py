"""Questions that come while the encoder is busy go together in its next pass."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from index.gather import Gatherer


class Gate:
    """A pass that ends when it is let; remembers what each pass was given."""

    def __init__(self) -> None:
        self.passes: list[list[str]] = []
        self.begun = threading.Semaphore(0)
        self.open = threading.Semaphore(0)

    def run(self, texts: Sequence[str]) -> list[str]:
        self.passes.append(list(texts))
        self.begun.release()
        assert self.open.acquire(timeout=10)
        if "broken" in texts:
            raise ValueError("broken")
        return [text.upper() for text in texts]


def ask_in_order(
    gatherer: Gatherer[str], pool: ThreadPoolExecutor, texts: Sequence[str]
) -> list[Future[str]]:
    """Bring texts one after the other, each once the one before waits."""
    asked = []
    for n, text in enumerate(texts, 1):
        asked.append(pool.submit(gatherer.one, text))
        until = time.monotonic() + 10
        while len(gatherer._queue) < n and time.monotonic() < until:
            time.sleep(0.001)
    return asked


@pytest.fixture
def pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(40)


def test_one_alone_goes_at_once(pool: ThreadPoolExecutor) -> None:
    gate = Gate()
    gate.open.release()
    assert Gatherer(gate.run, passes=1).one("knee") == "KNEE"
    assert gate.passes == [["knee"]]


def test_those_that_come_meanwhile_go_together_in_the_next(pool: ThreadPoolExecutor) -> None:
    gate = Gate()
    gatherer = Gatherer(gate.run, passes=1, most=4)
    first = pool.submit(gatherer.one, "a")
    assert gate.begun.acquire(timeout=10)
    others = ask_in_order(gatherer, pool, list("bcdefghi"))
    for _ in range(5):
        gate.open.release()
    assert [future.result(10) for future in (first, *others)] == list("ABCDEFGHI")
    assert gate.passes == [["a"], ["b", "c", "d", "e"], ["f", "g", "h", "i"]]


def test_they_go_in_powers_of_two(pool: ThreadPoolExecutor) -> None:
    gate = Gate()
    gatherer = Gatherer(gate.run, passes=1)
    first = pool.submit(gatherer.one, "a")
    assert gate.begun.acquire(timeout=10)
    others = ask_in_order(gatherer, pool, list("bcdefgh"))
    for _ in range(4):
        gate.open.release()
    assert [future.result(10) for future in (first, *others)] == list("ABCDEFGH")
    assert gate.passes == [["a"], ["b", "c", "d", "e"], ["f", "g"], ["h"]]


def test_long_ones_are_not_padded_to_too_large_a_pass(pool: ThreadPoolExecutor) -> None:
    gate = Gate()
    gatherer = Gatherer(gate.run, passes=1, characters=20)
    first = pool.submit(gatherer.one, "a")
    assert gate.begun.acquire(timeout=10)
    others = ask_in_order(gatherer, pool, ["x" * 30, "bbbb", "c" * 10, "d"])
    for _ in range(4):
        gate.open.release()
    for future in (first, *others):
        future.result(10)
    assert gate.passes == [["a"], ["x" * 30], ["bbbb", "c" * 10], ["d"]]


def test_as_many_passes_at_once_as_there_are(pool: ThreadPoolExecutor) -> None:
    gate = Gate()
    gatherer = Gatherer(gate.run, passes=2)
    first = [pool.submit(gatherer.one, "a"), pool.submit(gatherer.one, "b")]
    assert gate.begun.acquire(timeout=10) and gate.begun.acquire(timeout=10)
    third = ask_in_order(gatherer, pool, ["c"])
    assert not gate.begun.acquire(blocking=False)
    for _ in range(3):
        gate.open.release()
    assert [future.result(10) for future in (*first, *third)] == ["A", "B", "C"]


def test_a_pass_that_fails_fails_for_those_in_it_alone(pool: ThreadPoolExecutor) -> None:
    gate = Gate()
    gatherer = Gatherer(gate.run, passes=1)
    first = pool.submit(gatherer.one, "a")
    assert gate.begun.acquire(timeout=10)
    others = ask_in_order(gatherer, pool, ["broken", "c"])
    gate.open.release()
    gate.open.release()
    assert first.result(10) == "A"
    for future in others:
        with pytest.raises(ValueError, match="broken"):
            future.result(10)
    gate.open.release()
    assert gatherer.one("d") == "D"


def test_many_threads_each_get_their_own(pool: ThreadPoolExecutor) -> None:
    passes = []

    def run(texts: Sequence[str]) -> list[str]:
        passes.append(len(texts))
        time.sleep(0.001)
        return [text.upper() for text in texts]

    gatherer = Gatherer(run, passes=2)
    texts = [f"question {n}" for n in range(2000)]
    assert list(pool.map(gatherer.one, texts)) == [text.upper() for text in texts]
    assert sum(passes) == 2000 and len(passes) < 1500 and max(passes) <= 16
    assert gatherer._busy == 0
