"""Embedding beside a run that stores documents: made early, the same, and nothing is lost by it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from corpus.errors import ModelError
from index import ahead
from index.ahead import Ahead
from index.embed import Progress, Vectors
from index.embedding import Embedding
from tests.library_helpers import CountingEncoder, Library


class Slow(CountingEncoder):
    """Waits with each batch until it may go on."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = threading.Event()
        self.may = threading.Event()

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        self.begun.set()
        assert self.may.wait(20)
        return super().encode(texts, progress=progress)


class Broken(CountingEncoder):
    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        raise ModelError("The model is broken.", hint="Mend it.")


def soon(what: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not what():
        assert time.monotonic() < end
        time.sleep(0.01)


def beside(library: Library, encoder: CountingEncoder) -> Ahead:
    return Ahead(library.store, library.vectors, encoder)


def test_what_is_stored_is_embedded_while_the_run_goes_on(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead, "ENOUGH", 2)
    with library.builder.ahead() as run:
        library.put("a.txt", "One knee.", "Two knees.", title="Knees")
        soon(lambda: run.made == 3)
        assert library.encoder.taken() == ["Knees", "Knees\nOne knee.", "Knees\nTwo knees."]
        library.put("b.txt", "Bees.", "One knee.", title="Knees")
        soon(lambda: run.made == 4)
        assert library.encoder.taken() == ["Knees\nBees."]
    assert library.builder.pending() == []
    built = library.publish()
    assert (built.embedded, built.added) == (0, 4)
    assert library.encoder.taken() == []


def test_a_few_are_taken_when_no_more_come(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead, "PATIENCE", 0.1)
    with library.builder.ahead() as run:
        library.put("a.txt", "One knee.")
        soon(lambda: run.made == 1)


def test_at_the_end_the_step_that_is_begun_is_ended_and_the_rest_is_left_to_publishing(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead, "ENOUGH", 2)
    monkeypatch.setattr("index.embedding.KEPT_TOGETHER", 2)
    encoder = Slow()
    with beside(library, encoder) as run:
        library.put("a.txt", "A knee.", "A second knee.", "A third, larger knee.")
        assert encoder.begun.wait(20)
        # it goes on once the run has ended
        threading.Timer(0.2, encoder.may.set).start()
    assert run.made == 2
    assert encoder.taken() == ["A knee.", "A second knee."]
    assert library.publish().embedded == 1
    assert library.encoder.taken() == ["A third, larger knee."]


def test_a_run_that_breaks_off_stops_it_at_once(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead, "ENOUGH", 1)
    encoder = Slow()

    def broken_off() -> None:
        with beside(library, encoder):
            library.put("a.txt", "A knee.")
            assert encoder.begun.wait(20)
            threading.Timer(0.2, encoder.may.set).start()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken_off()
    assert len(library.builder.pending()) == 1
    assert not [each for each in threading.enumerate() if each.name == "embedding ahead"]
    assert library.publish().embedded == 1


def test_what_it_cannot_do_is_left_to_publishing_which_says_why(library: Library) -> None:
    with beside(library, Broken()) as run:
        library.put("a.txt", "A knee.")
    assert run.made == 0
    assert library.publish().embedded == 1


def test_a_first_run_that_was_broken_off_is_taken_up(library: Library) -> None:
    library.put("a.txt", "A knee.")
    with library.builder.ahead() as run:
        pass
    assert run.made == 1
    library.publish()
    library.put("b.txt", "Bees.")
    with library.builder.ahead() as run:
        pass
    # after a first publish, only what comes from now on is looked at
    assert run.made == 0


def test_windows_hold_so_many_texts_and_give_the_vectors_that_one_would(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.embedding.WINDOW", 4)
    monkeypatch.setattr("index.embedding.KEPT_TOGETHER", 3)
    texts = [f"Knee {'and knee ' * (n % 7)}{n}." for n in range(23)]
    for n in range(0, 23, 5):
        library.put(f"{n}.txt", *texts[n : n + 5])
    told: list[int] = []
    made = Embedding(library.vectors, library.encoder).fill(
        library.store.working_passages(), told.append
    )
    assert (made, sum(told)) == (23, 23)
    assert library.builder.pending() == []
    passages = list(library.store.working_passages())
    found = library.vectors.get([p.encoder_sha for p in passages])
    np.testing.assert_array_equal(found, library.encoder.encode([p.text for p in passages]))
