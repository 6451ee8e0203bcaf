"""Vectors for texts that have none yet: made in windows sorted by length, after a run or beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from corpus.failpoints import reach
from corpus.records import sha256_text
from corpus.rows import LivePassage
from corpus.vectors import VectorStore
from index.embed import Encoder, Progress, Spread

WINDOW = 2_048
"""Texts that are held and sorted by length together: so much memory, however large a library is.

For each worker, where an encoder has several; so are the steps.
"""
KEPT_TOGETHER = 512
"""Vectors kept in one step: what a kill can cost."""


def keys_of(p: LivePassage) -> list[str]:
    """Return the keys of all vectors that a passage needs, in the order of ``inputs_of``."""
    return [p.encoder_sha, *map(sha256_text, _beside(p))]


def title_key(p: LivePassage) -> str:
    """Return the key of the vector of a passage's title; one without a title stands in for it itself."""
    return sha256_text(p.title) if p.title else p.encoder_sha


def inputs_of(p: LivePassage) -> list[str]:
    """Return what the encoder is to read for a passage: itself, its title, its listed questions."""
    text = f"{p.prefix}\n{p.text}" if p.prefix else p.text
    return [text, *_beside(p)]


def _beside(p: LivePassage) -> list[str]:
    return [*([p.title] if p.title else []), *p.questions]


class Embedding:
    """Makes the vectors that are missing, and keeps them."""

    def __init__(self, vectors: VectorStore, encoder: Encoder) -> None:
        self._vectors = vectors
        self._encoder = encoder
        self.workers = encoder.workers if isinstance(encoder, Spread) else 1

    def fill(
        self,
        passages: Iterable[LivePassage],
        progress: Progress | None = None,
        *,
        go_on: Callable[[], bool] = lambda: True,
    ) -> int:
        """Embed what has no vector yet; return how many were made. A kill loses one step at most.

        After each step ``go_on`` is asked whether there is to be another.
        """
        made = 0
        for texts in self._windows(passages):
            keys = sorted(texts, key=lambda k: (len(texts[k]), k))
            step = KEPT_TOGETHER * self.workers
            for i in range(0, len(keys), step):
                part = keys[i : i + step]
                found = self._encoder.encode([texts[k] for k in part], progress=progress)
                reach("embed.batch")
                self._vectors.put(part, found)
                reach("embed.kept")
                made += len(part)
                if not go_on():
                    return made
        return made

    def _windows(self, passages: Iterable[LivePassage]) -> Iterator[dict[str, str]]:
        """Give texts without a vector by their keys, as many as are held at a time."""
        texts: dict[str, str] = {}
        looked: dict[str, str] = {}
        for p in passages:
            looked.update(zip(keys_of(p), inputs_of(p), strict=True))
            if len(looked) < KEPT_TOGETHER:
                continue
            texts.update((key, looked[key]) for key in self._vectors.missing(looked))
            looked.clear()
            if len(texts) >= WINDOW * self.workers:
                yield texts
                texts = {}
        texts.update((key, looked[key]) for key in self._vectors.missing(looked))
        if texts:
            yield texts
