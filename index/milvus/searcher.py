"""Searching one generation that is kept in Milvus: as index/search.py does, by requests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from corpus.errors import Damaged, UsageError
from corpus.records import Generation, Scored
from index import fuse
from index.milvus.client import MOST, Connection, Row
from index.milvus.layout import Names, among, asked_of
from index.milvus.words import MilvusWords, queried, token
from index.search import DEPTH, Within, Words
from index.stemmers import Stemmer
from index.vector_files import Vectors
from index.vectors import QUESTION_WEIGHT, TITLE_WEIGHT, DenseHit

_MOST_NAMED = 100_000
"""Passages that a search can be kept to: their numbers go with each request."""


class MilvusSearcher:
    """One generation opened for searching; shared by threads.

    Raises Damaged where Milvus does not hold it whole, IndexAway where Milvus does not answer.
    """

    def __init__(
        self,
        connection: Connection,
        names: Names,
        generation: Generation,
        *,
        stemmers: Sequence[Stemmer],
    ) -> None:
        self._connection = connection
        self._names = names
        self._seen = names.seen(generation.id)
        self._passages = connection.named(names.alias(generation.id, generation.digest))
        if not self._passages:
            raise Damaged(
                f"Milvus does not hold generation {generation.id} of this library.",
                hint="Run: patella doctor --mend",
            )
        self._generation = generation
        self._asked = asked_of(self._passages)
        self.lexical = MilvusWords(
            connection,
            names,
            collection=self._passages,
            generation=generation,
            stemmers=stemmers,
        )

    def __len__(self) -> int:
        return self._generation.passages

    def check(self) -> None:
        """Raise Damaged where rows are missing or too many."""
        held = self._connection.count(self._passages, where=self._seen)
        if held != self._generation.passages:
            raise Damaged(
                f"Milvus holds {held} passages of generation {self._generation.id}, the library"
                f" {self._generation.passages}.",
                hint="Run: patella doctor --mend",
            )

    def passage_ids(self) -> list[int]:
        """Return the ids of all passages that can be found here."""
        rows = self._connection.each(self._passages, where=self._seen, fields=("passage",))
        return [int(row["passage"]) for row in rows]

    def within(self, passage_ids: Sequence[int]) -> Within:
        """Prepare to search the passages named, and no others."""
        return Within(np.unique(np.array(passage_ids, dtype=np.int64)))

    def holding(self, stems: Sequence[str], depth: int, within: Within | None = None) -> list[int]:
        """Return the passages that hold every one of ``stems``, best first; MOST at the most."""
        wanted = list(dict.fromkeys(map(token, stems)))
        if not wanted or not all(wanted):
            return []
        each = " and ".join(f'TEXT_MATCH(words, "{one}")' for one in wanted)
        where = f"{self._where(within)} and {each}"
        return [i for i, _ in self.lexical.best(" ".join(wanted), min(depth, MOST), where)]

    def search(
        self,
        vector: Vectors,
        words: Words,
        *,
        within: Within | None = None,
        depth: int = DEPTH,
        weight: float = fuse.DENSE_WEIGHT,
    ) -> list[Scored]:
        """Return the fused candidates, best first; as ``index.search.Searcher.search``."""
        if within is not None and not len(within.ids):
            return []
        where = self._where(within)
        query = queried(words.weights)
        near = self._near(vector, depth, where)
        lexical = dict(self.lexical.best(query, depth, where)) if query else {}
        asked = self._nearest_asked(vector, depth, where)
        scores = near | self._score(vector, [i for i in (*lexical, *asked) if i not in near])
        dense = self._hits(vector, scores, depth, frozenset(lexical))
        unknown = [hit.passage_id for hit in dense if hit.passage_id not in lexical]
        lexical |= self.lexical.score(words.weights, unknown)
        return fuse.convex(dense, lexical, weight=weight)

    # -- dense

    def _near(self, vector: Vectors, depth: int, where: str) -> dict[int, tuple[float, float]]:
        """Return the nearest passages: each with its sum that orders, and its own cosine."""
        rows = self._connection.search(
            self._passages,
            data=vector.tolist(),
            field="vector",
            limit=depth,
            where=where,
            fields=("passage", "vector", "title"),
            ef=max(2 * depth, 128),
            fresh=self.lexical.is_fresh(),
        )
        return _scored(vector, rows)

    def _score(self, vector: Vectors, passage_ids: Sequence[int]) -> dict[int, tuple[float, float]]:
        if not passage_ids:
            return {}
        rows = self._connection.get(
            self._passages,
            keys=[self._names.key(i) for i in passage_ids],
            fields=("passage", "vector", "title"),
            fresh=self.lexical.is_fresh(),
        )
        return _scored(vector, rows)

    def _nearest_asked(self, vector: Vectors, depth: int, where: str) -> list[int]:
        """Return the passages of the listed questions nearest to the question."""
        rows = self._connection.search(
            self._asked,
            data=vector.tolist(),
            field="vector",
            limit=depth,
            where=where,
            fields=("passage",),
            ef=max(2 * depth, 128),
            fresh=self.lexical.is_fresh(),
        )
        return list(dict.fromkeys(int(row["passage"]) for row in rows))

    def _hits(
        self,
        vector: Vectors,
        scores: dict[int, tuple[float, float]],
        depth: int,
        kept: frozenset[int],
    ) -> list[DenseHit]:
        """Count listed questions in; return the ``depth`` best and those of ``kept``."""
        cosines = self._asked_cosines(vector, list(scores))
        hits = []
        for passage_id, (score, cosine) in scores.items():
            asked = cosines.get(passage_id, ())
            nearer = max(0.0, max(asked) - cosine) if asked else 0.0
            hits.append(DenseHit(passage_id, score + QUESTION_WEIGHT * nearer, cosine, asked))
        hits.sort(key=lambda hit: (-hit.score, hit.passage_id))
        return [hit for n, hit in enumerate(hits) if n < depth or hit.passage_id in kept]

    def _asked_cosines(
        self, vector: Vectors, passage_ids: list[int]
    ) -> dict[int, tuple[float, ...]]:
        if not passage_ids:
            return {}
        rows = self._connection.rows(
            self._asked,
            where=f"{self._seen} and {among('passage', passage_ids)}",
            fields=("passage", "place", "vector"),
            fresh=self.lexical.is_fresh(),
        )
        found: dict[int, list[tuple[int, float]]] = defaultdict(list)
        for row in rows:
            cosine = float(np.asarray(row["vector"], np.float32) @ vector)
            found[int(row["passage"])].append((int(row["place"]), cosine))
        return {p: tuple(c for _, c in sorted(listed)) for p, listed in found.items()}

    def _where(self, within: Within | None) -> str:
        if within is None:
            return self._seen
        if len(within.ids) > _MOST_NAMED:
            raise UsageError(
                f"The filters let {len(within.ids)} passages through, more than can be named to"
                f" Milvus ({_MOST_NAMED}).",
                hint="Choose narrower filters.",
            )
        return f"{self._seen} and {among('passage', within.ids.tolist())}"


def _scored(vector: Vectors, rows: Sequence[Row]) -> dict[int, tuple[float, float]]:
    found = {}
    for row in rows:
        score = float(np.asarray(row["vector"], np.float32) @ vector)
        title = float(np.asarray(row["title"], np.float32) @ vector)
        found[int(row["passage"])] = (score, score - TITLE_WEIGHT * title)
    return found
