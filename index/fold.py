"""Passages that say the same fold into one: the best stays, and names where else it stands."""

from __future__ import annotations

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


def likeness(one: frozenset[tuple[str, ...]], other: frozenset[tuple[str, ...]]) -> float:
    """Return the Jaccard index of two sets of shingles, 0 to 1."""
    if min(len(one), len(other)) < ALIKE * max(len(one), len(other)):
        return 0.0
    return len(one & other) / (len(one | other) or 1)


def fold(hits: Sequence[Hit]) -> list[Hit]:
    """Return the hits without those that repeat a better one, which names their places."""
    kept: list[Hit] = []
    known: list[frozenset[tuple[str, ...]]] = []
    for hit in hits:
        mine = shingles(hit.passage.text)
        for number, other in enumerate(known):
            if likeness(mine, other) >= ALIKE:
                first = kept[number]
                also = (*first.also_in, Place(hit.passage, hit.document))
                kept[number] = replace(first, also_in=also)
                break
        else:
            kept.append(hit)
            known.append(mine)
    return kept
