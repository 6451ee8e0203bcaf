"""A crew hands out work, and what a lost worker had goes to another; reading and embedding spread over it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from corpus.errors import LibraryError, Lost, ModelError, NoText, PatellaError, TooLarge
from index.embed import HashEncoder
from ingest import frames, wire
from ingest.reading import Job, read_job
from patella.crew import Crew, Fit
from patella.spread import SpreadEncoder, SpreadReading

FIT = Fit("read 1, chunk 1, words, 256", "hash/64/256", 64)
TEXTS = [f"The knee bends {'and bends ' * (n % 7)}for the {n}th time." for n in range(300)]


def count_tokens(texts: Any) -> list[int]:
    return [len(text.split()) for text in texts]


class InThread:
    """A worker in a thread of this process; ``dies`` so often before it does what is asked."""

    def __init__(self, fit: Fit = FIT, *, dies: int = 0, never_back: bool = False) -> None:
        self.fit, self.dies, self.never_back = fit, dies, never_back
        self.done: list[str] = []
        self.threads = ThreadPoolExecutor(1)

    def ask(self, method: str, *given: Any) -> Future[Any]:
        return self.threads.submit(self._do, method, *given)

    def _do(self, method: str, *given: Any) -> Any:
        if method == "greet":
            if self.never_back:
                raise Lost("It does not come back.")
            return self.fit
        if self.dies:
            self.dies -= 1
            raise Lost("It was killed.")
        self.done.append(method)
        if method == "encode":
            return HashEncoder().encode(*given)
        if method == "encode_tokens":
            return HashEncoder().encode_tokens(*given)
        try:
            made = read_job(wire.load_job(*given), count_tokens=count_tokens, limit=256)
        except PatellaError as error:
            return frames.dump_error(error), True
        return wire.dump_made(made), False


@pytest.fixture
def crew_of() -> Iterator[Any]:
    """Makes crews, which are closed."""
    made: list[Crew] = []

    def make(*remotes: InThread, patience: float = 5.0) -> Crew:
        made.append(Crew(remotes, FIT, patience=patience))
        return made[-1]

    yield make
    for crew in made:
        crew.close()


def test_texts_are_shared_among_workers_and_come_back_in_order(crew_of: Any) -> None:
    workers = InThread(), InThread()
    encoder = SpreadEncoder(crew_of(*workers), HashEncoder())
    told: list[int] = []
    found = encoder.encode(TEXTS, progress=told.append)
    assert np.array_equal(found, HashEncoder().encode(TEXTS))
    assert sum(told) == 300
    assert len(workers[0].done) + len(workers[1].done) == 5
    assert workers[0].done and workers[1].done
    assert encoder.workers == 2
    tokens = encoder.encode_tokens(TEXTS[:70])
    assert [one.shape for one in tokens] == [
        one.shape for one in HashEncoder().encode_tokens(TEXTS[:70])
    ]


def test_what_a_lost_worker_had_is_done_by_another_once(crew_of: Any) -> None:
    workers = InThread(dies=2), InThread()
    crew = crew_of(*workers)
    found = SpreadEncoder(crew, HashEncoder()).encode(TEXTS)
    assert np.array_equal(found, HashEncoder().encode(TEXTS))
    assert len(workers[0].done) + len(workers[1].done) == 5
    assert crew.lost >= 1
    notices = SpreadReading(crew).notices
    assert notices == (
        f"Workers that ended and were started again: {crew.lost}. Nothing was lost by it.",
    )


def test_a_file_that_ends_five_workers_is_failed_and_the_next_is_read(crew_of: Any) -> None:
    reading = SpreadReading(crew_of(InThread(dies=5)))
    with pytest.raises(TooLarge, match="5 workers ended one after the other while they read it"):
        reading.submit(Job(b"Bend the knee slowly.", "a.txt")).result(10)
    made = reading.submit(Job(b"Bend the knee slowly.", "a.txt")).result(10)
    assert [p.text for p in made.passages] == ["Bend the knee slowly."]


def test_texts_that_end_five_workers_are_an_error_of_the_run(crew_of: Any) -> None:
    with pytest.raises(LibraryError, match="5 workers ended"):
        SpreadEncoder(crew_of(InThread(dies=5)), HashEncoder()).encode(["one"])


def test_a_file_that_cannot_be_read_is_told_as_it_is_here(crew_of: Any) -> None:
    reading = SpreadReading(crew_of(InThread()))
    assert reading.ahead == 4
    with pytest.raises(NoText, match="no text"):
        reading.submit(Job(b"   ", "a.txt")).result(10)
    assert reading.notices == (
        "No process to read files in could be started: files are read without limits on time and memory.",
    )


def test_a_worker_with_another_model_is_refused(crew_of: Any) -> None:
    other = Fit("read 1, chunk 1, words, 256", "other/64", 64)
    crew = crew_of(InThread(), InThread(other))
    with pytest.raises(
        ModelError, match=r"A worker has .* other/64, and this machine .* hash/64/256"
    ):
        for _ in range(100):
            crew.ask("encode", ["one"]).result(10)


def test_without_any_worker_the_run_gives_up(crew_of: Any) -> None:
    crew = crew_of(InThread(never_back=True), patience=0.1)
    with pytest.raises(LibraryError, match=r"No worker answered for 0\.1 seconds"):
        crew.ask("encode", ["one"]).result(10)
    with pytest.raises(LibraryError, match="No worker answered"):
        crew.ask("encode", ["one"]).result(10)


def test_what_waits_when_a_crew_is_closed_fails() -> None:
    crew = Crew([InThread(never_back=True)], FIT)
    asked = crew.ask("encode", ["one"])
    crew.close()
    with pytest.raises(LibraryError, match="was ended"):
        asked.result(10)
