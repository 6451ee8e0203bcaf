"""How often a library in Milvus holds a stem, and its words that are spelt like another one."""

from __future__ import annotations

import re
import time
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from corpus.records import Generation
from index.lexical import WordIndex, words
from index.milvus.client import Connection, Row
from index.milvus.layout import TERM_DIMENSION, Names, among, terms_of
from index.stemmers import Stemmer

_KEPT = 50_000
"""Stems whose counts are remembered for one generation."""

_FRESH_SECONDS = 10.0
"""For so long after it was opened, a generation is read with all that was written: later on with what
each node of a cluster has, which is a few seconds behind at most."""

TIMES = 10
"""A word of weight 1 stands so often in the query: Milvus's BM25 takes no weights, and counts each time."""

_NO_LETTERS = re.compile(r"[\W_]+")


def token(stem: str) -> str:
    """Return a stem in letters and digits alone, so that Milvus's tokenizer leaves it whole."""
    return _NO_LETTERS.sub("", stem)


def tokens(stems: Iterable[str]) -> list[str]:
    """Return stems as they are indexed; those of no letters are left out."""
    return [one for one in map(token, stems) if one]


def letters(word: str) -> list[float]:
    """Return a unit vector of a word's pairs and triples of letters: near for a like spelling."""
    found = np.zeros(TERM_DIMENSION, np.float32)
    read = f"^{word}$"
    for size in (2, 3):
        for i in range(len(read) - size + 1):
            found[zlib.crc32(read[i : i + size].encode()) % TERM_DIMENSION] += 1.0
    return list(map(float, found / (np.linalg.norm(found) or 1.0)))


def queried(weights: dict[str, float]) -> str:
    """Return stems as a query, each as often as its weight says."""
    return " ".join(
        one
        for stem, weight in weights.items()
        if (one := token(stem))
        for _ in range(max(1, round(weight * TIMES)))
    )


def counted(row: Row, generation: int) -> int:
    """Return how many passages hold a row's stem in a generation, or did in the one before the newest."""
    return int(row["count"] if row["since"] <= generation else row["before"])


class MilvusWords(WordIndex):
    """The words of one generation. Methods raise IndexAway where Milvus does not answer."""

    def __init__(
        self,
        connection: Connection,
        names: Names,
        *,
        collection: str,
        generation: Generation,
        stemmers: Sequence[Stemmer],
    ) -> None:
        self.stemmers = tuple(stemmers)
        self._connection = connection
        self._names = names
        self._collection = collection
        self._terms = terms_of(collection)
        self._generation = generation
        self._opened = time.monotonic()
        self._counts: OrderedDict[str, int] = OrderedDict()

    def __len__(self) -> int:
        return self._generation.passages

    def document_frequency(self, stem: str) -> int:
        """Return how many passages hold the stem."""
        wanted = token(stem)
        if wanted not in self._counts:
            self._look_up([wanted])
        return self._counts.get(wanted, 0)

    def frequency_in(self, question: str) -> Callable[[str], int]:
        """Return what the base class does; all words of the question are looked up at once."""
        read = {s for one in self.stemmers for _, _, s in words(question, one)}
        self._look_up([t for t in tokens(read) if t not in self._counts])
        return super().frequency_in(question)

    def is_fresh(self) -> bool:
        """Tell whether it was opened a moment ago, so that all that was written must be waited for."""
        return time.monotonic() - self._opened < _FRESH_SECONDS

    def best(self, query: str, limit: int, where: str) -> list[tuple[int, float]]:
        """Return the ``limit`` best passages that fit ``where``, with their BM25 scores, best first.

        ``query`` is what ``queried`` made, or words of weight 1 / TIMES.
        """
        rows = self._connection.search(
            self._collection,
            data=query,
            field="sparse",
            limit=limit,
            where=where,
            fields=("passage",),
            fresh=self.is_fresh(),
        )
        pairs = [(int(row["passage"]), row["score"] / TIMES) for row in rows if row["score"] > 0]
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))

    def score(self, weights: dict[str, float], passage_ids: Sequence[int]) -> dict[int, float]:
        """Return BM25 scores of the passages named; those without any of the words are left out."""
        query = queried(weights)
        if not query or not passage_ids:
            return {}
        seen = self._names.seen(self._generation.id)
        where = f"{seen} and {among('passage', list(passage_ids))}"
        return dict(self.best(query, len(passage_ids), where))

    def similar(self, word: str, *, depth: int = 20) -> list[str]:
        """Return the words whose letters are nearest to those of ``word``."""
        found = self._connection.search(
            self._terms,
            data=letters(word),
            field="letters",
            limit=depth,
            where=f'{self._names.mine()} and kind == "word"',
            fields=("term",),
            ef=4 * depth,
        )
        return [str(row["term"]) for row in found]

    def _look_up(self, wanted: Sequence[str]) -> None:
        if not wanted:
            return
        keys = [self._names.key(f"stem/{one}") for one in wanted]
        rows = self._connection.get(
            self._terms, keys=keys, fields=("term", "since", "count", "before")
        )
        counts = {str(row["term"]): counted(row, self._generation.id) for row in rows}
        for one in wanted:
            self._counts[one] = counts.get(one, 0)
        while len(self._counts) > _KEPT:
            self._counts.popitem(last=False)
