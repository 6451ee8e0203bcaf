"""Vector segments in FAISS: immutable files of exact vectors, searched together. Alone imports faiss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import faiss
import numpy as np
import numpy.typing as npt

from corpus.errors import Damaged

Vectors = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

INDEX_NAME = "vectors.faiss"
IDS_NAME = "passages.npy"
TITLES_NAME = "titles.npy"
TITLE_ROWS_NAME = "title_rows.npy"
QUESTIONS_NAME = "questions.npy"
QUESTION_IDS_NAME = "question_passages.npy"
FILES = (INDEX_NAME, IDS_NAME, TITLES_NAME, TITLE_ROWS_NAME, QUESTIONS_NAME, QUESTION_IDS_NAME)

TITLE_WEIGHT = 0.4
"""How much of the title's cosine is added to the passage's: the best single value over nine public
question sets, from 0.02 to 0.03 nDCG@10 on consumer-health questions (``docs/quality.md``)."""


QUESTION_WEIGHT = 0.3
"""How much of what a listed question is nearer than its passage counts for the passage."""


@dataclass(frozen=True, slots=True)
class ListedVectors:
    """Unit vectors of listed questions, shape (n, dimension), and the passage of each, shape (n,).

    The questions of one passage follow each other, in its own order.
    """

    vectors: Vectors
    passages: Ids


def write_segment(
    folder: Path,
    *,
    ids: Ids,
    passages: Vectors,
    titles: Vectors,
    questions: ListedVectors | None = None,
) -> None:
    """Write a segment's files into ``folder``, which exists and is empty.

    ``passages`` and ``titles`` are unit vectors, shape (rows, dimension). A row is kept as passage +
    TITLE_WEIGHT × title: a dot product with it is the sum that orders the hits, in one scan.
    """
    index = faiss.IndexFlatIP(passages.shape[1])
    index.add(np.ascontiguousarray(passages + np.float32(TITLE_WEIGHT) * titles))
    faiss.write_index(index, str(folder / INDEX_NAME))
    unique, rows = np.unique(titles, axis=0, return_inverse=True)
    np.save(folder / IDS_NAME, ids)
    np.save(folder / TITLES_NAME, unique.astype(np.float32))
    np.save(folder / TITLE_ROWS_NAME, rows.reshape(-1).astype(np.int32))
    listed = questions or ListedVectors(passages[:0], ids[:0])
    np.save(folder / QUESTIONS_NAME, listed.vectors.astype(np.float32))
    np.save(folder / QUESTION_IDS_NAME, listed.passages)


def load_ids(path: Path) -> Ids:
    """Read a file of passage ids. Raises Damaged where it cannot be."""
    try:
        found: Ids = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise Damaged(
            f"The index file {path.name} cannot be read.", hint="Run: patella doctor --mend"
        ) from error
    return found


@dataclass(frozen=True, slots=True)
class DenseHit:
    """A passage's dense scores: ``score`` orders (title and listed questions counted in), ``cosine`` is
    of the passage alone, ``questions`` are the cosines of its listed questions."""

    passage_id: int
    score: float
    cosine: float
    questions: tuple[float, ...] = ()


class Segment:
    """One segment opened for searching, mapped into memory. Raises Damaged where its files disagree."""

    def __init__(self, folder: Path, *, deleted: Ids | None = None) -> None:
        try:
            self._index = faiss.read_index(str(folder / INDEX_NAME), faiss.IO_FLAG_MMAP_IFC)
            self.ids = load_ids(folder / IDS_NAME)
            self._titles: Vectors = np.load(folder / TITLES_NAME, mmap_mode="r", allow_pickle=False)
            self._title_rows = np.load(folder / TITLE_ROWS_NAME, allow_pickle=False)
            self._questions: Vectors = np.load(
                folder / QUESTIONS_NAME, mmap_mode="r", allow_pickle=False
            )
            self._question_ids = load_ids(folder / QUESTION_IDS_NAME)
        except (OSError, ValueError, RuntimeError, EOFError) as error:
            raise Damaged(
                f"The vector segment {folder.name} cannot be read.", hint="Run: patella doctor"
            ) from error
        if not (
            self._index.ntotal == len(self.ids) == len(self._title_rows)
            and len(self._questions) == len(self._question_ids)
        ):
            raise Damaged(
                f"The vector segment {folder.name} is incomplete.", hint="Run: patella doctor"
            )
        self.dimension = int(self._index.d)
        self._row_of = {int(p): row for row, p in enumerate(self.ids)}
        owners, first, count = np.unique(self._question_ids, return_index=True, return_counts=True)
        self._asked = {
            int(p): slice(int(a), int(a + n)) for p, a, n in zip(owners, first, count, strict=True)
        }
        self._live = np.ones(len(self.ids), dtype=bool)
        if deleted is not None and len(deleted):
            self._live &= ~np.isin(self.ids, deleted)
            for passage_id in deleted:
                self._row_of.pop(int(passage_id), None)

    def live(self) -> int:
        """Return how many of the rows are not deleted."""
        return int(self._live.sum())

    def passage_ids(self) -> list[int]:
        """Return the ids of the live passages."""
        return list(self._row_of)

    def mask(self, passage_ids: Ids) -> Mask:
        """Return which rows are live and of the passages named, shape (rows,)."""
        found: Mask = self._live & np.isin(self.ids, passage_ids)
        return found

    def search(self, query: Vectors, depth: int, within: Mask | None = None) -> list[DenseHit]:
        """Return the best live passages for a unit vector of shape (dimension,).

        At most ``depth`` by their own text and as many by their listed questions; of those only
        whose rows are set in ``within``, as ``mask`` made it.
        """
        taken = self._live if within is None else within
        depth = min(depth, int(taken.sum()))
        if depth == 0:
            return []
        params = None
        if not taken.all():
            bitmap = np.packbits(taken, bitorder="little")
            selector = faiss.IDSelectorBitmap(len(taken), faiss.swig_ptr(bitmap))
            params = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        scores, rows = self._index.search(query.reshape(1, -1), depth, params=params)
        hits = self._hits(rows[0][rows[0] >= 0], scores[0][rows[0] >= 0], query)
        known = {hit.passage_id for hit in hits}
        asked = [p for p in self._nearest_asked(query, depth, taken) if p not in known]
        return hits + self.score(query, asked)

    def _nearest_asked(self, query: Vectors, depth: int, taken: Mask) -> list[int]:
        """Return the passages of the ``depth`` listed questions nearest to ``query``."""
        if not len(self._questions):
            return []
        nearest = np.argsort(-(self._questions @ query), kind="stable")
        if not taken.all():
            nearest = nearest[np.isin(self._question_ids[nearest], self.ids[taken])]
        nearest = nearest[:depth]
        return list(dict.fromkeys(self._question_ids[nearest].tolist()))

    def score(self, query: Vectors, passage_ids: Sequence[int]) -> list[DenseHit]:
        """Return exact scores of those of the passages that are live in this segment."""
        rows = np.array([self._row_of[p] for p in passage_ids if p in self._row_of], dtype=np.int64)
        if not len(rows):
            return []
        vectors = self._index.reconstruct_batch(rows)
        return self._hits(rows, vectors @ query, query)

    def _hits(self, rows: npt.NDArray[np.int64], scores: Vectors, query: Vectors) -> list[DenseHit]:
        titles = self._titles[self._title_rows[rows]] @ query
        cosines = scores - TITLE_WEIGHT * titles
        return [
            self._hit(int(self.ids[row]), float(score), float(cosine), query)
            for row, score, cosine in zip(rows, scores, cosines, strict=True)
        ]

    def _hit(self, passage_id: int, score: float, cosine: float, query: Vectors) -> DenseHit:
        rows = self._asked.get(passage_id)
        if rows is None:
            return DenseHit(passage_id, score, cosine)
        asked = tuple((self._questions[rows] @ query).tolist())
        nearer = max(0.0, max(asked) - cosine)
        return DenseHit(passage_id, score + QUESTION_WEIGHT * nearer, cosine, asked)


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
        return sorted(hits, key=lambda h: (-h.score, h.passage_id))[:depth]

    def score(self, query: Vectors, passage_ids: Sequence[int]) -> list[DenseHit]:
        """Return exact scores of the passages named, in no order."""
        return [hit for segment in self.segments for hit in segment.score(query, passage_ids)]
