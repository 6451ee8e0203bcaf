"""Passages that say the same fold into one: the best stays, and names where else it stands."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from corpus.records import Hit, Place
from index.passage_words import forget_words, passage_words
from index.stemmers import ENGLISH

SHINGLE = 4
"""Words in a row that are compared at once."""
ALIKE = 0.75
"""Jaccard index of the shingles (Broder 1997) from which two passages say the same.

Few enough hits are compared that it is counted exactly, without hashing.
"""


Shingles = npt.NDArray[np.int64]
_TIMES = np.int64(-7_046_029_254_386_353_131)
"""An odd number without a pattern (of Steele, Lea and Flood's SplitMix, 2014), as a signed one."""


@functools.lru_cache(maxsize=2_000)
def shingles(text: str) -> Shingles:
    """Return a number for every run of SHINGLE words, by their stems, in order and each once.

    Of a shorter text there is one, of the whole. Other runs have other numbers, for this process.
    """
    stems = passage_words(text, ENGLISH).numbers
    stems = stems[stems != 0]
    count = max(1, len(stems) - SHINGLE + 1)
    found = np.zeros(count, np.int64)
    for i in range(min(SHINGLE, len(stems))):
        # wraps around, as a hash does
        found = found * _TIMES + stems[i : i + count]
    return np.unique(found)


def forget_passages() -> None:
    """Let go of what is kept of passages met before."""
    shingles.cache_clear()
    forget_words()


def fold(hits: Sequence[Hit]) -> list[Hit]:
    """Return the hits without those that repeat a better one, which names their places."""
    runs = [shingles(hit.passage.text) for hit in hits]
    kept: list[Hit] = []
    places: list[int] = []
    """Of each that is kept, its place among the hits."""
    for place, (hit, shared) in enumerate(zip(hits, _shared(runs), strict=True)):
        alike = (
            n
            for n, other in enumerate(places)
            if (both := shared.get(other, 0))
            and both >= ALIKE * (len(runs[place]) + len(runs[other]) - both)
        )
        number = next(alike, None)
        if number is None:
            kept.append(hit)
            places.append(place)
        else:
            first = kept[number]
            also = (*first.also_in, Place(hit.passage, hit.document))
            kept[number] = replace(first, also_in=also)
    return kept


def _shared(runs: Sequence[Shingles]) -> list[dict[int, int]]:
    """Return for each text how many runs it shares with each one before it, where any."""
    found: list[dict[int, int]] = [{} for _ in runs]
    if not runs:
        return found
    owners = np.repeat(np.arange(len(runs)), [len(one) for one in runs])
    order = np.argsort(np.concatenate(runs), kind="stable")
    numbers, owners = np.concatenate(runs)[order], owners[order]
    # equal numbers stand side by side, their texts in order: few are of two texts
    bounds = np.r_[0, np.flatnonzero(np.diff(numbers)) + 1, len(numbers)]
    firsts = np.flatnonzero(np.diff(bounds) > 1)
    for first, last in zip(bounds[firsts].tolist(), bounds[firsts + 1].tolist(), strict=True):
        for earlier, later in itertools.combinations(owners[first:last].tolist(), 2):
            found[later][earlier] = found[later].get(earlier, 0) + 1
    return found
