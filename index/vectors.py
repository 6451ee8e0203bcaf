"""Vector segments: immutable mapped files of exact vectors, searched together."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from corpus.errors import Damaged
from index import nearest
from index.approximate import Rows, Setting
from index.nearest import Bools, Chosen, Inverted
from index.vector_files import UNREADABLE, Vectors, map_flat, map_rows

Ids = npt.NDArray[np.int64]

INDEX_NAME = "vectors.faiss"
IDS_NAME = "passages.npy"
TITLES_NAME = "titles.npy"
TITLE_ROWS_NAME = "title_rows.npy"
QUESTIONS_NAME = "questions.npy"
QUESTION_IDS_NAME = "question_passages.npy"
FILES = (INDEX_NAME, IDS_NAME, TITLES_NAME, TITLE_ROWS_NAME, QUESTIONS_NAME, QUESTION_IDS_NAME)

NEAR_PASSAGES, NEAR_QUESTIONS = "passages.near", "questions.near"
"""Names, without suffix, of the approximate indexes that large segments have besides."""

TITLE_WEIGHT = 0.4
"""How much of the title's cosine is added to the passage's: the best single value over nine public
question sets, from 0.02 to 0.03 nDCG@10 on consumer-health questions (``docs/quality.md``)."""


QUESTION_WEIGHT = 0.3
"""How much of what a listed question is nearer than its passage counts for the passage."""


def load_ids(path: Path) -> Ids:
    """Read a file of passage ids. Raises Damaged where it cannot be."""
    try:
        found: Ids = np.load(path, allow_pickle=False)
    except UNREADABLE as error:
        raise Damaged(
            f"The index file {path.name} cannot be read.", hint="Run: patella doctor --mend"
        ) from error
    return found


class DenseHit(NamedTuple):
    """A passage's dense scores: ``score`` orders (title and listed questions counted in), ``cosine`` is
    of the passage alone, ``questions`` are the cosines of its listed questions."""

    passage_id: int
    score: float
    cosine: float
    questions: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Mask:
    """Which passages and which listed questions of a segment are searched."""

    passages: Chosen
    questions: Chosen


@dataclass(frozen=True, slots=True)
class _Searched:
    """A file of vectors, and the approximate index that it has if it is large."""

    vectors: Vectors
    inverted: Inverted | None

    def best(self, query: Vectors, depth: int, chosen: Chosen) -> tuple[Rows, Vectors]:
        """Return the best of the chosen rows with their exact products, best first."""
        if self.inverted is None or chosen.count <= self.inverted.setting.exact_up_to:
            return nearest.exact(self.vectors, query, depth, chosen)
        found = self.inverted.near(query, depth, chosen)
        rows, scores = nearest.ranked(self.vectors, query, found)
        return rows[:depth], scores[:depth]


class Segment:
    """One segment opened for searching, mapped into memory. Raises Damaged where its files disagree."""

    def __init__(self, folder: Path, *, deleted: Ids | None = None) -> None:
        try:
            self._passages = _opened(map_flat(folder / INDEX_NAME), folder / NEAR_PASSAGES)
            self.ids = load_ids(folder / IDS_NAME)
            self._titles: Vectors = map_rows(folder / TITLES_NAME)
            self._title_rows = np.load(folder / TITLE_ROWS_NAME, allow_pickle=False)
            self._questions = _opened(map_rows(folder / QUESTIONS_NAME), folder / NEAR_QUESTIONS)
            self._question_ids = load_ids(folder / QUESTION_IDS_NAME)
        except UNREADABLE as error:
            raise Damaged(
                f"The vector segment {folder.name} cannot be read.", hint="Run: patella doctor"
            ) from error
        if not (
            len(self._passages.vectors) == len(self.ids) == len(self._title_rows)
            and len(self._questions.vectors) == len(self._question_ids)
        ):
            raise Damaged(
                f"The vector segment {folder.name} is incomplete.", hint="Run: patella doctor"
            )
        self.dimension = int(self._passages.vectors.shape[1])
        self._order = np.argsort(self.ids, kind="stable")
        self._sorted = self.ids[self._order]
        self._owners, self._first, self._count = np.unique(
            self._question_ids, return_index=True, return_counts=True
        )
        self._live = self._all_but(deleted)

    def _all_but(self, deleted: Ids | None) -> Mask:
        live = np.ones(len(self.ids), dtype=bool)
        if deleted is not None and len(deleted):
            rows = self._rows(deleted)
            live[rows[rows >= 0]] = False
        return self._mask(live)

    def without(self, deleted: Ids) -> Segment:
        """Return this segment as a generation has it that deletes these passages; its files are shared."""
        other = copy.copy(self)
        other._live = self._all_but(deleted)
        return other

    def live(self) -> int:
        """Return how many of the rows are not deleted."""
        return self._live.passages.count

    def passage_ids(self) -> list[int]:
        """Return the ids of the live passages."""
        found: list[int] = self.ids[self._live.passages.rows].tolist()
        return found

    def approximate(self) -> Setting | None:
        """Return how the passages are searched if not exactly."""
        return self._passages.inverted.setting if self._passages.inverted else None

    def mask(self, passage_ids: Ids) -> Mask:
        """Return which rows are live and of the passages named."""
        rows = self._live.passages.rows & np.isin(self.ids, passage_ids)
        return self._mask(rows, filtered=True)

    def _mask(self, passages: Bools, *, filtered: bool = False) -> Mask:
        rows = self._rows(self._question_ids)
        asked = (rows >= 0) & passages[rows] if len(passages) else rows >= 0
        return Mask(
            nearest.choose(passages, filtered=filtered), nearest.choose(asked, filtered=filtered)
        )

    def _rows(self, passage_ids: Ids) -> Rows:
        """Return each passage's row, -1 for one that is of another segment."""
        if not len(self.ids):
            return np.full(len(passage_ids), -1, np.int64)
        places = np.minimum(np.searchsorted(self._sorted, passage_ids), len(self.ids) - 1)
        found: Rows = np.where(self._sorted[places] == passage_ids, self._order[places], -1)
        return found

    def search(self, query: Vectors, depth: int, within: Mask | None = None) -> list[DenseHit]:
        """Return the best live passages for a unit vector of shape (dimension,).

        At most ``depth`` by their own text and as many by their listed questions; of those only
        whose rows are set in ``within``, as ``mask`` made it. Large segments are searched
        approximately; scores are exact.
        """
        return self._search(query, depth, within or self._live, self._passages, self._questions)

    def search_exactly(self, query: Vectors, depth: int) -> list[DenseHit]:
        """Return what ``search`` ought to: every row compared."""
        passages, questions = (
            _Searched(s.vectors, None) for s in (self._passages, self._questions)
        )
        return self._search(query, depth, self._live, passages, questions)

    def _search(
        self, query: Vectors, depth: int, taken: Mask, passages: _Searched, questions: _Searched
    ) -> list[DenseHit]:
        query = np.ascontiguousarray(query, np.float32)
        rows, scores = passages.best(query, depth, taken.passages)
        found = self._hits(rows, scores, query)
        if taken.questions.count:
            asked = questions.best(query, depth, taken.questions)[0]
            owners = np.setdiff1d(self._rows(self._question_ids[asked]), rows)
            found += self._hits(
                owners, nearest.products(self._passages.vectors, query, owners), query
            )
        return found

    def score(self, query: Vectors, passage_ids: Sequence[int]) -> list[DenseHit]:
        """Return exact scores of those of the passages that are live in this segment."""
        query = np.ascontiguousarray(query, np.float32)
        rows = self._rows(np.array(passage_ids, dtype=np.int64))
        rows = rows[rows >= 0]
        rows = rows[self._live.passages.rows[rows]]
        return self._hits(rows, nearest.products(self._passages.vectors, query, rows), query)

    def _hits(self, rows: Rows, scores: Vectors, query: Vectors) -> list[DenseHit]:
        titles = nearest.products(self._titles, query, self._title_rows[rows].astype(np.int64))
        cosines = scores - np.float32(TITLE_WEIGHT) * titles
        ids = self.ids[rows]
        hits = list(map(DenseHit, ids.tolist(), scores.tolist(), cosines.tolist()))
        if len(self._owners):
            places = np.minimum(np.searchsorted(self._owners, ids), len(self._owners) - 1)
            for i in np.flatnonzero(self._owners[places] == ids).tolist():
                one, score, cosine, _ = hits[i]
                asked = self._asked(int(places[i]), query)
                lift = QUESTION_WEIGHT * max(0.0, max(asked) - cosine)
                hits[i] = DenseHit(one, score + lift, cosine, asked)
        return hits

    def _asked(self, place: int, query: Vectors) -> tuple[float, ...]:
        """Return how near the listed questions of a passage are, by its place among those that have any."""
        rows = np.arange(self._first[place], self._first[place] + self._count[place])
        return tuple(nearest.products(self._questions.vectors, query, rows).tolist())


def _opened(vectors: Vectors, stem: Path) -> _Searched:
    """Open a file's approximate index, if it has one. Raises OSError, ValueError or RuntimeError."""
    if not nearest.setting_file(stem).exists():
        return _Searched(vectors, None)
    inverted = Inverted(stem)
    if len(inverted) != len(vectors):
        raise ValueError(f"{stem.name} is of other vectors")
    return _Searched(vectors, inverted)


class VectorIndex:
    """All segments of a generation as one."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self.segments = tuple(segments)

    def __len__(self) -> int:
        return sum(segment.live() for segment in self.segments)

    def masks(self, passage_ids: Ids) -> tuple[Mask, ...]:
        """Return for each segment which of its rows are live and of the passages named."""
        return tuple(segment.mask(passage_ids) for segment in self.segments)

    def search(
        self, query: Vectors, depth: int, within: Sequence[Mask] | None = None
    ) -> list[DenseHit]:
        """Return the ``depth`` best passages, best first; ties in the order of their ids.

        ``within`` are masks as ``masks`` made them: no other passages are looked at.
        """
        masks: Sequence[Mask | None] = within or [None] * len(self.segments)
        hits = [
            hit
            for segment, mask in zip(self.segments, masks, strict=True)
            for hit in segment.search(query, depth, mask)
        ]
        return _best(hits, depth)

    def search_exactly(self, query: Vectors, depth: int) -> list[DenseHit]:
        """Return what ``search`` ought to: every passage compared with the question."""
        return _best([h for s in self.segments for h in s.search_exactly(query, depth)], depth)

    def score(self, query: Vectors, passage_ids: Sequence[int]) -> list[DenseHit]:
        """Return exact scores of the passages named, in no order."""
        return [hit for segment in self.segments for hit in segment.score(query, passage_ids)]


def _best(hits: Sequence[DenseHit], depth: int) -> list[DenseHit]:
    return sorted(hits, key=lambda h: (-h.score, h.passage_id))[:depth]
