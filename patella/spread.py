"""Reading and embedding spread over a crew, behind the protocols that a run knows: Reading and Encoder."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import numpy as np

from corpus.errors import LibraryError, Lost, TooLarge
from index.embed import Encoder, Progress, Vectors
from ingest import wire
from ingest.reading import Job, Made, Reading
from ingest.sandbox import AHEAD, NO_SANDBOX
from patella.crew import ENCODE, ENCODE_TOKENS, MOST_LOSSES, READ, Crew

if TYPE_CHECKING:
    from ingest.sandbox import Sandbox

PART = 64
"""Texts of one call: enough to fill the encoder's passes, and few enough that all workers end together."""


class SpreadReading:
    """Has files read in the sandboxes of a crew."""

    def __init__(self, crew: Crew) -> None:
        self._crew = crew
        self._bare = False

    @property
    def ahead(self) -> int:
        return AHEAD * self._crew.size

    @property
    def notices(self) -> tuple[str, ...]:
        lost = self._crew.lost
        told = f"Workers that ended and were started again: {lost}. Nothing was lost by it."
        return (*([NO_SANDBOX] if self._bare else []), *([told] if lost else []))

    def submit(self, job: Job) -> Future[Made]:
        """Read a file. The future raises ReadError, LibraryError, ModelError."""
        made: Future[Made] = Future()
        asked = self._crew.ask(READ, *wire.dump_job(job))
        asked.add_done_callback(lambda found: self._take(found, made))
        return made

    def _take(self, found: Future[Any], made: Future[Made]) -> None:
        try:
            answer, bare = found.result()
            self._bare = self._bare or bare
            made.set_result(wire.load_answer(answer))
        except Lost as error:
            refused = TooLarge(
                f"{MOST_LOSSES} workers ended one after the other while they read it.",
                hint="Split it, or give the workers more memory; then: patella index --retry",
            )
            refused.__cause__ = error
            made.set_exception(refused)
        except Exception as error:  # noqa: BLE001  (it is raised where the result is waited for)
            made.set_exception(error)


class SpreadEncoder:
    """Has texts embedded by the encoders of a crew; what it says of itself is the local one's."""

    def __init__(self, crew: Crew, local: Encoder) -> None:
        self._crew = crew
        self.identity = local.identity
        self.dimension = local.dimension
        self.limit = local.limit
        self.workers = crew.size

    def encode(self, texts: Sequence[str], *, progress: Progress | None = None) -> Vectors:
        out = np.empty((len(texts), self.dimension), dtype=np.float32)
        for part, found in self._each(ENCODE, texts):
            out[part] = found
            if progress:
                progress(len(part))
        return out

    def encode_tokens(self, texts: Sequence[str]) -> list[Vectors]:
        out: list[Vectors] = [np.zeros((1, self.dimension), np.float32)] * len(texts)
        for part, found in self._each(ENCODE_TOKENS, texts):
            for i, tokens in zip(part, found, strict=True):
                out[i] = tokens
        return out

    def _each(self, method: str, texts: Sequence[str]) -> Iterator[tuple[list[int], Any]]:
        """Have parts of about one length done; give each with the places of its texts."""
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]), reverse=True)
        # the longest first, so that the workers end at about the same time
        parts = [order[i : i + PART] for i in range(0, len(order), PART)]
        asked = [self._crew.ask(method, [texts[i] for i in part]) for part in parts]
        for part, future in zip(parts, asked, strict=True):
            try:
                yield part, future.result()
            except Lost as error:
                raise LibraryError(
                    f"{MOST_LOSSES} workers ended one after the other while they embedded texts.",
                    hint="Give the workers more memory, then: patella index",
                ) from error


class Spreading:
    """Lends runs the reading of a crew, which outlives them."""

    def __init__(self, crew: Crew) -> None:
        self._crew = crew

    @contextlib.contextmanager
    def lent(self, _key: object, _make: Callable[[], Sandbox]) -> Iterator[Reading]:
        yield SpreadReading(self._crew)

    def ready(self, _key: object, _make: Callable[[], Sandbox]) -> None:
        """Do nothing: the crew gets ready by itself."""

    def close(self) -> None:
        """Do nothing: the crew is closed by who opened it."""
