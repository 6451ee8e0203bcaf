"""The words of passages that searches met, in arrays: which stem each has, as a number, and its place."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from index.lexical import number_of, numbers_of, pattern_of
from index.stemmers import ENGLISH, Stemmer

Numbers = npt.NDArray[np.int64]
Places = npt.NDArray[np.uint32]
Bools = npt.NDArray[np.bool_]
Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, eq=False)
class PassageWords:
    """The words of a text in their order, by one stemmer: some 2 KB for a passage."""

    numbers: Numbers
    """Those of the words' stems (``number_of``)."""
    starts: Places
    ends: Places


@functools.lru_cache(maxsize=3_000)
def passage_words(text: str, stemmer: Stemmer) -> PassageWords:
    """Return the words of a passage, kept for the next question that meets it."""
    # what is between words, a word, what is between, and so on: faster than matches one by one
    parts = _apart(stemmer).split(text)
    ends = np.cumsum(np.fromiter(map(len, parts), np.uint32, len(parts)), dtype=np.uint32)
    numbers = np.array(numbers_of(parts[1::2], stemmer), np.int64)
    return PassageWords(numbers, ends[:-1:2].copy(), ends[1::2].copy())


@functools.cache
def _apart(stemmer: Stemmer) -> re.Pattern[str]:
    return re.compile(f"({pattern_of(stemmer).pattern})")


def forget_words() -> None:
    """Let go of the words of passages met before."""
    passage_words.cache_clear()


def marks(
    texts: Sequence[tuple[str, Stemmer]], stems: Collection[str]
) -> list[tuple[tuple[int, int], ...]]:
    """Return for each text the places of its words that have one of ``stems``."""
    found = [passage_words(text, stemmer) for text, stemmer in texts]
    if not found or not stems:
        return [()] * len(found)
    at = np.flatnonzero(_is_one(np.concatenate([one.numbers for one in found]), stems))
    starts = np.concatenate([one.starts for one in found])[at].tolist()
    ends = np.concatenate([one.ends for one in found])[at].tolist()
    bounds = np.searchsorted(at, _begins(found)).tolist()
    places = list(zip(starts, ends, strict=True))
    return [tuple(places[first:last]) for first, last in pairwise(bounds)]


class SpokenWords:
    """Which stems the parts of some texts hold: asked of all parts at once."""

    def __init__(self, texts: Sequence[tuple[str, Sequence[tuple[int, int]]]]) -> None:
        """``texts`` are texts, each with the spans of its parts within it."""
        found = [passage_words(text, ENGLISH) for text, _ in texts]
        sizes = [len(spans) for _, spans in texts]
        # each text begins in a common count after all before it, with room for words that end it
        offsets = np.cumsum([0, *(len(text) + 1 for text, _ in texts)])[:-1]
        words = [len(one.numbers) for one in found]
        self._numbers = _joined([one.numbers for one in found])
        starts = _joined([one.starts for one in found]) + np.repeat(offsets, words)
        ends = _joined([one.ends for one in found]) + np.repeat(offsets, words)
        spans = np.array([span for _, spans in texts for span in spans], np.int64).reshape(-1, 2)
        spans += np.repeat(offsets, sizes)[:, None]
        self._first = np.searchsorted(starts, spans[:, 0])
        self._last = np.searchsorted(starts, spans[:, 1])
        self._others = _cut_through(self._first, self._last, ends, spans)
        self._own = {
            int(i): passage_words(text[a:b], ENGLISH).numbers
            for i, (text, (a, b)) in _numbered(texts, set(self._others.tolist()))
        }

    def holding(self, stems: Iterable[str]) -> Bools:
        """Tell of each part whether a word of it has one of ``stems``."""
        stems = list(stems)
        before = np.concatenate([[0], np.cumsum(_is_one(self._numbers, stems))])
        found: Bools = before[self._last] > before[self._first]
        for i, numbers in self._own.items():
            found[i] = bool(_is_one(numbers, stems).any())
        return found


def _numbered(
    texts: Sequence[tuple[str, Sequence[tuple[int, int]]]], wanted: set[int]
) -> Iterable[tuple[int, tuple[str, tuple[int, int]]]]:
    every = ((text, span) for text, spans in texts for span in spans)
    return ((i, one) for i, one in enumerate(every) if i in wanted) if wanted else ()


def _cut_through(first: Numbers, last: Numbers, ends: Numbers, spans: Numbers) -> Numbers:
    """Return the parts that begin or end within a word: their words are others than the text's."""
    ended = np.concatenate([[-1], ends])
    cut = (ended[first] > spans[:, 0]) | ((last > first) & (ended[last] > spans[:, 1]))
    return np.flatnonzero(cut)


def _is_one(numbers: Numbers, stems: Iterable[str]) -> Bools:
    found = np.zeros(len(numbers), np.bool_)
    for stem in stems:
        # few stems: comparing with each is faster than sorting
        found |= numbers == number_of(stem)
    return found


def _begins(found: Sequence[PassageWords]) -> Numbers:
    return np.cumsum([0, *(len(one.numbers) for one in found)])


def _joined(parts: Sequence[npt.NDArray[np.generic]]) -> Numbers:
    return np.concatenate(parts).astype(np.int64) if parts else np.zeros(0, np.int64)
