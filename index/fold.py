"""Passages that say the same fold into one: the best stays, and names where else it stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from corpus.records import Hit, Place
from index.lexical import words

SHINGLE = 4
"""Words in a row that are compared at once."""
ALIKE = 0.75
"""Jaccard index of the shingles (Broder 1997) from which two passages say the same.

Few enough hits are compared that it is counted exactly, without hashing.
"""


def shingles(text: str) -> frozenset[tuple[str, ...]]:
    """Return every run of SHINGLE words, by their stems; of a shorter text, the whole."""
    stems = [stem for _, _, stem in words(text) if stem]
    count = max(1, len(stems) - SHINGLE + 1)
    return frozenset(tuple(stems[i : i + SHINGLE]) for i in range(count))


def fold(hits: Sequence[Hit]) -> list[Hit]:
    """Return the hits without those that repeat a better one, which names their places."""
    kept: list[Hit] = []
    sizes: list[int] = []
    holders: dict[tuple[str, ...], list[int]] = {}
    for hit in hits:
        mine = shingles(hit.passage.text)
        # only hits that share a run of words can be alike; most share none
        shared = Counter(number for one in mine for number in holders.get(one, ()))
        alike = (n for n, both in shared.items() if both >= ALIKE * (len(mine) + sizes[n] - both))
        number = min(alike, default=None)
        if number is None:
            for one in mine:
                holders.setdefault(one, []).append(len(kept))
            kept.append(hit)
            sizes.append(len(mine))
        else:
            first = kept[number]
            also = (*first.also_in, Place(hit.passage, hit.document))
            kept[number] = replace(first, also_in=also)
    return kept
