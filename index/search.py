"""Searching one generation: dense and lexical candidates, exact scores for all, fused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from corpus.errors import Damaged
from corpus.records import Generation, Scored
from index import fuse
from index import generation as gen
from index.lexical import LexicalIndex, Only, WordIndex
from index.standing import load_deleted
from index.vector_files import Vectors
from index.vectors import Ids, Mask, Segment, VectorIndex

DEPTH = 100
"""Candidates taken from each list."""


@dataclass(frozen=True, slots=True)
class Words:
    """A question's stems with their weights; words that the search added weigh less than 1."""

    weights: dict[str, float]


@dataclass(frozen=True, slots=True)
class Within:
    """The passages that a search is kept to, in the form that each side takes."""

    ids: Ids
    """Sorted, shape (passages,)."""
    masks: tuple[Mask, ...] = ()
    query: Only | None = None


class Index(Protocol):
    """One generation opened for searching, whatever keeps it."""

    @property
    def lexical(self) -> WordIndex:
        """The words of the generation."""

    def passage_ids(self) -> list[int]:
        """Return the ids of all passages that can be found here."""

    def within(self, passage_ids: Sequence[int]) -> Within:
        """Prepare to search the passages named, and no others."""

    def holding(self, stems: Sequence[str], depth: int, within: Within | None = None) -> list[int]:
        """Return the passages that hold every one of ``stems``, ``depth`` at most, best first."""

    def search(
        self,
        vector: Vectors,
        words: Words,
        *,
        within: Within | None = None,
        depth: int = DEPTH,
        weight: float = fuse.DENSE_WEIGHT,
    ) -> list[Scored]:
        """Return the fused candidates, best first."""


class Searcher:
    """One generation opened for searching; shared by threads. Raises Damaged where it can't be.

    Damaged as well where the folder is not of ``generation``: its passage ids would mean others.
    """

    def __init__(
        self,
        folder: Path,
        *,
        generation: Generation | None = None,
        before: Searcher | None = None,
    ) -> None:
        """Segments that ``before`` has open as they are here are shared with it."""
        self._folder = folder
        self.manifest = gen.read_manifest(folder)
        if generation and not self.manifest.is_of(generation):
            raise Damaged(
                f"The index {folder.name} was made for another library or model.",
                hint="Run: patella doctor --mend",
            )
        self.vectors = VectorIndex(
            [self._segment(entry, before) for entry in self.manifest.segments]
        )
        self.lexical = LexicalIndex(folder / gen.LEXICAL, stemmers=self.manifest.stemmers)
        if not len(self.vectors) == len(self.lexical) == self.manifest.passages:
            raise Damaged(
                f"The index {folder.name} holds {len(self.vectors)} vectors and"
                f" {len(self.lexical)} word lists for {self.manifest.passages} passages.",
                hint="Run: patella doctor --mend",
            )

    def _segment(self, entry: gen.SegmentEntry, before: Searcher | None) -> Segment:
        """Open a segment, or share the files that ``before`` has open."""
        deleted = load_deleted(self._folder, entry)
        held = before.opened(entry, self.manifest) if before else None
        return (
            held.without(deleted) if held else Segment(self._folder / entry.name, deleted=deleted)
        )

    def opened(self, entry: gen.SegmentEntry, manifest: gen.Manifest) -> Segment | None:
        """Return the segment that is open here if its files are those that ``manifest`` tells of."""
        for known, segment in zip(self.manifest.segments, self.vectors.segments, strict=True):
            if known.name == entry.name and self.manifest.sums(known) == manifest.sums(entry):
                return segment
        return None

    def passage_ids(self) -> list[int]:
        """Return the ids of all passages that can be found here."""
        return [p for segment in self.vectors.segments for p in segment.passage_ids()]

    def within(self, passage_ids: Sequence[int]) -> Within:
        """Prepare to search the passages named, and no others."""
        ids = np.unique(np.array(passage_ids, dtype=np.int64))
        return Within(ids, self.vectors.masks(ids), self.lexical.only(ids.tolist()))

    def holding(self, stems: Sequence[str], depth: int, within: Within | None = None) -> list[int]:
        """Return the passages that hold every one of ``stems``, ``depth`` at most, best first."""
        return self.lexical.holding(stems, depth, within.query if within else None)

    def search(
        self,
        vector: Vectors,
        words: Words,
        *,
        within: Within | None = None,
        depth: int = DEPTH,
        weight: float = fuse.DENSE_WEIGHT,
    ) -> list[Scored]:
        """Return the fused candidates, best first.

        ``vector`` is the question's unit vector, shape (dimension,). ``within`` keeps both
        candidate lists to its passages while they are made, so that none is lost to others.
        """
        if within is not None and not len(within.ids):
            return []
        masks = within.masks if within else None
        dense = {hit.passage_id: hit for hit in self.vectors.search(vector, depth, masks)}
        lexical = dict(self.lexical.search(words.weights, depth, within.query if within else None))
        for hit in self.vectors.score(vector, [i for i in lexical if i not in dense]):
            dense[hit.passage_id] = hit
        lexical |= self.lexical.score(words.weights, [i for i in dense if i not in lexical])
        return fuse.convex(dense.values(), lexical, weight=weight)
