"""Writing generations into Milvus: rows that no reader sees, then an alias that says they are whole."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from corpus.errors import Damaged
from corpus.failpoints import reach
from corpus.records import Generation, sha256_text
from corpus.rows import LivePassage
from corpus.store import Store
from corpus.vectors import VectorStore
from index.embedding import title_key
from index.lexical import LexicalEntry
from index.milvus.client import Connection, Row
from index.milvus.layout import (
    EVER,
    TERM_DIMENSION,
    Names,
    asked_of,
    asked_schema,
    epoch_of,
    family,
    passages_schema,
    terms_of,
    terms_schema,
)
from index.milvus.words import counted, letters, tokens
from index.stemmers import stemmer_of
from index.vectors import TITLE_WEIGHT

_STEP = 500
"""Passages written at once."""

_REBUILD_SHARE = 0.2
"""Rows of no kept generation still count in BM25's frequencies, so past this share all is written anew."""

KEPT = 5
"""Generations whose alias is kept for rolling back, besides the served one."""

GRACE = 600.0
"""Seconds for which an older generation's alias stays after a newer one was published: requests hold it."""

_ALIAS = re.compile(r"_g(\d+)_([0-9a-f]{16})$")
_SHORTEST, _LONGEST = 3, 40


@dataclass(frozen=True, slots=True)
class _Base:
    """The collection that a generation is built upon, and the generation that its live rows are."""

    collection: str
    generation: Generation


class MilvusWriter:
    """Writes the generations of one library and model. Raises as Connection tells."""

    def __init__(
        self, *, store: Store, vectors: VectorStore, connection: Connection, names: Names
    ) -> None:
        self._store = store
        self._vectors = vectors
        self.connection = connection
        self._names = names

    def has(self, generation: Generation) -> bool:
        """Tell whether a generation is there and whole."""
        return bool(self.connection.named(self._alias(generation)))

    def write(self, number: int, digest: str) -> tuple[int, int, int]:
        """Write the working set as generation ``number``; return its passages, new and gone ones.

        What an unfinished writing of the same number left is taken back first. Raises Damaged where
        Milvus does not hold afterwards what was written.
        """
        base = self._base()
        fresh, gone, passages = self._change(base)
        written = fresh
        if base:
            collection = base.collection
            self._take_back(collection, number)
            if self._spent(collection, len(gone), passages) > _REBUILD_SHARE:
                base = None
        if base is None:
            collection = self._begin()
            written = self._store.working_ids()
        terms: Counter[str] = Counter()
        spelt: set[str] = set()
        for part in _parts(written):
            self._add(collection, number, part, terms, spelt)
            reach("milvus.rows")
        if base:
            for part in _parts(gone):
                self._retire(collection, number, part, terms)
        self._seal(collection, number, digest, passages, terms, spelt)
        return passages, len(fresh), len(gone)

    def _seal(
        self,
        collection: str,
        number: int,
        digest: str,
        passages: int,
        terms: Counter[str],
        spelt: set[str],
    ) -> None:
        """Write the terms, see that all is there, and say by the alias that it is whole."""
        self._count(terms_of(collection), number, terms, spelt)
        for name in family(collection):
            self.connection.settle(name)
        reach("milvus.settled")
        held = self.connection.count(collection, where=self._names.seen(number))
        if held != passages:
            raise Damaged(
                f"Milvus holds {held} passages of generation {number}, the library {passages}.",
                hint="Run: patella doctor --mend",
            )
        self.connection.alias(self._names.alias(number, digest), collection)
        reach("milvus.alias")

    def collect(self, *, grace: float = GRACE) -> None:
        """Take away aliases of generations beyond those kept, and collections without any alias.

        An alias of what was replaced within ``grace`` seconds stays: a request may hold its generation.
        """
        known = {g.id: g for g in self._store.generations()}
        current = self._store.current()
        served = current.id if current else 0
        newest = sorted(known)[-KEPT:]
        replaced = {
            g: known[n].created_at for g, n in zip(sorted(known), sorted(known)[1:], strict=False)
        }
        for collection in self._names.ours(self.connection.collections()):
            for alias, number, digest in self._aliases(collection):
                mine = number in known and known[number].digest.startswith(digest)
                young = number in replaced and _age(replaced[number]) < grace
                if mine and (number in newest or number == served or young):
                    continue
                self.connection.unalias(alias)
                reach("milvus.unaliased")
            if not self.connection.aliases(collection):
                self._drop(collection)

    def rewrite(self, generation: Generation, ids: Sequence[int]) -> None:
        """Write a generation into collections of its own, sharing nothing with what was there."""
        collection = self._begin()
        terms: Counter[str] = Counter()
        spelt: set[str] = set()
        for part in _parts(sorted(ids)):
            self._add(collection, generation.id, part, terms, spelt)
        self._seal(collection, generation.id, generation.digest, len(ids), terms, spelt)

    def forget(self, *, but: Generation | None = None) -> None:
        """Remove all that Milvus holds of this library and model; ``but`` stays."""
        kept = self.connection.named(self._alias(but)) if but else ""
        for collection in self._names.ours(self.connection.collections()):
            if collection != kept:
                self._drop(collection)

    def _drop(self, collection: str) -> None:
        for name in family(collection):
            self.connection.drop(name)

    # -- what there is

    def _change(self, base: _Base | None) -> tuple[list[int], list[int], int]:
        """Return which passages the working set has beyond ``base``, which it lacks, and how many it has."""
        working, newest = self._store.working, self._store.working.newest()
        if base and newest and base.generation.id == newest.id:
            found = working.difference()
            fresh, gone = working.passages_of(found.added), working.passages_of(found.gone)
            return fresh, gone, newest.passages + len(fresh) - len(gone)
        wanted = set(self._store.working_ids())
        old = set(self._store.generation_passages(base.generation.id)) if base else set()
        return sorted(wanted - old), sorted(old - wanted), len(wanted)

    def _alias(self, generation: Generation) -> str:
        return self._names.alias(generation.id, generation.digest)

    def _aliases(self, collection: str) -> Iterator[tuple[str, int, str]]:
        for alias in self.connection.aliases(collection):
            match = _ALIAS.search(alias)
            if match and alias.startswith(self._names.base):
                yield alias, int(match[1]), match[2]

    def _base(self) -> _Base | None:
        """Return what the next generation is built upon: the newest that is there and ours."""
        known = {g.id: g for g in self._store.generations()}
        found: _Base | None = None
        for collection in self._names.ours(self.connection.collections()):
            for _, number, digest in self._aliases(collection):
                mine = number in known and known[number].digest.startswith(digest)
                if mine and (found is None or number >= found.generation.id):
                    found = _Base(collection, known[number])
        return found

    def _spent(self, collection: str, gone: int, wanted: int) -> float:
        """Return the share of rows that the new generation will not hold."""
        rows = self.connection.count(collection, where=f"{self._names.mine()} and last < {EVER}")
        return (rows + gone) / max(wanted, 1)

    def _begin(self) -> str:
        """Make empty collections for a library that is written anew."""
        ours = self._names.ours(self.connection.collections())
        collection = self._names.epoch(epoch_of(ours[-1]) + 1 if ours else 1)
        dimension = self._vectors.dimension
        for name, (schema, indexes) in (
            (asked_of(collection), asked_schema(dimension)),
            (terms_of(collection), terms_schema()),
            (collection, passages_schema(dimension)),
        ):
            self.connection.create(name, schema, indexes)
        return collection

    def _take_back(self, collection: str, number: int) -> None:
        """Undo what an unfinished writing of generation ``number``, or of a later one, left."""
        mine = self._names.mine()
        for name in (collection, asked_of(collection)):
            self.connection.delete(name, where=f"{mine} and first >= {number}")
            left = f"{mine} and last >= {number - 1} and last < {EVER}"
            rows = list(self.connection.each(name, where=left, fields=("*",)))
            if name == collection:
                self._store_retired(name, rows, EVER)
            else:
                self.connection.write(name, [row | {"last": EVER} for row in rows])
        terms = terms_of(collection)
        counts = self.connection.each(terms, where=f"{mine} and since >= {number}", fields=("*",))
        self.connection.write(
            terms, [row | {"since": number - 1, "count": row["before"]} for row in list(counts)]
        )

    # -- rows

    def _add(
        self,
        collection: str,
        number: int,
        ids: Sequence[int],
        terms: Counter[str],
        spelt: set[str],
    ) -> None:
        passages = self._store.live_passages(ids)
        vectors = self._vectors.get([p.encoder_sha for p in passages])
        titles = self._vectors.get([title_key(p) for p in passages])
        rows = []
        for p, vector, title in zip(passages, vectors, titles, strict=True):
            entry = LexicalEntry(p.id, p.prefix, p.text, stemmer_of(p.language))
            stems = tokens(entry.stems())
            terms.update(set(stems))
            spelt.update(w for w in entry.spelt() if _SHORTEST <= len(w) <= _LONGEST)
            rows.append(
                {
                    "key": self._names.key(p.id),
                    "library": self._names.library,
                    "passage": p.id,
                    "first": number,
                    "last": EVER,
                    "words": " ".join(stems),
                    "vector": (vector + TITLE_WEIGHT * title).tolist(),
                    "title": title.tolist(),
                }
            )
        self.connection.write(collection, rows)
        self.connection.write(asked_of(collection), self._listed(number, passages))

    def _listed(self, number: int, passages: Sequence[LivePassage]) -> list[Row]:
        named = [(p.id, place, q) for p in passages for place, q in enumerate(p.questions)]
        if not named:
            return []
        vectors = self._vectors.get([sha256_text(q) for _, _, q in named])
        return [
            {
                "key": self._names.key(f"{passage_id}/{place}"),
                "library": self._names.library,
                "passage": passage_id,
                "place": place,
                "first": number,
                "last": EVER,
                "vector": vector.tolist(),
            }
            for (passage_id, place, _), vector in zip(named, vectors, strict=True)
        ]

    def _retire(
        self, collection: str, number: int, ids: Sequence[int], terms: Counter[str]
    ) -> None:
        """Have passages belong to no generation from ``number`` on."""
        keys = [self._names.key(i) for i in ids]
        rows = self.connection.get(collection, keys=keys, fields=("*",), fresh=True)
        for row in rows:
            terms.subtract(set(str(row["words"]).split()))
        self._store_retired(collection, rows, number - 1)
        listed = [
            self._names.key(f"{p.id}/{place}")
            for p in self._store.live_passages(ids)
            for place in range(len(p.questions))
        ]
        asked = self.connection.get(asked_of(collection), keys=listed, fields=("*",), fresh=True)
        self.connection.write(asked_of(collection), [row | {"last": number - 1} for row in asked])

    def _store_retired(self, collection: str, rows: Iterable[Row], last: int) -> None:
        """Write rows back with another last generation; the sparse vector is Milvus's to make."""
        kept = [{k: v for k, v in row.items() if k != "sparse"} | {"last": last} for row in rows]
        self.connection.write(collection, kept)

    # -- terms

    def _count(self, collection: str, number: int, changes: Counter[str], spelt: set[str]) -> None:
        """Write how many passages hold each stem from ``number`` on.

        A row of the same or a later number, which no generation took up, counts as it did before.
        """
        changed = sorted(stem for stem, change in changes.items() if change)
        for start in range(0, len(changed), _STEP):
            part = changed[start : start + _STEP]
            keys = {self._names.key(f"stem/{stem}"): stem for stem in part}
            found = self.connection.get(
                collection,
                keys=list(keys),
                fields=("term", "since", "count", "before"),
                fresh=True,
            )
            before = {str(row["term"]): counted(row, number - 1) for row in found}
            self.connection.write(
                collection,
                [
                    self._term(key, "stem", stem)
                    | {
                        "since": number,
                        "count": max(0, before.get(stem, 0) + changes[stem]),
                        "before": before.get(stem, 0),
                    }
                    for key, stem in keys.items()
                ],
            )
        words = sorted(spelt)
        for start in range(0, len(words), _STEP):
            keys = {self._names.key(f"word/{w}"): w for w in words[start : start + _STEP]}
            held = self.connection.get(collection, keys=list(keys), fields=("term",), fresh=True)
            known = {str(row["term"]) for row in held}
            self.connection.write(
                collection,
                [
                    self._term(key, "word", word) | {"letters": letters(word)}
                    for key, word in keys.items()
                    if word not in known
                ],
            )

    def _term(self, key: str, kind: str, term: str) -> Row:
        return {
            "key": key,
            "library": self._names.library,
            "kind": kind,
            "term": term,
            "since": 0,
            "count": 0,
            "before": 0,
            "letters": [0.0] * TERM_DIMENSION,
        }


def _parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), _STEP):
        yield ids[start : start + _STEP]


def _age(created_at: str) -> float:
    """Return how many seconds ago a time of the library was."""
    return (datetime.now(UTC) - datetime.fromisoformat(created_at)).total_seconds()
