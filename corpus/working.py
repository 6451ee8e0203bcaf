"""The working set: what the next generation will hold, and how it differs from the newest one.

Triggers note each document whose standing changes (``touched``), so that what was added and what is
gone is told without a look at the rest of the library; publishing empties that list.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from corpus.database import AMONG, AMONG_IDS, Database, stream
from corpus.failpoints import reach
from corpus.records import Generation
from corpus.rows import IN_GENERATION, LIVE_COLUMNS, LivePassage, live_passage_of
from corpus.tally import HASHED, Tally, digest_of, from_bytes, tallied, to_bytes

# a cross join begins on its left: SQLite would go through all versions in order, so as not to sort few
_ADDED = (
    "SELECT v.id FROM touched t CROSS JOIN working d ON d.id = t.document_id"
    " CROSS JOIN versions v ON v.id = d.version_id WHERE v.first_generation IS NULL"
)
_GONE = (
    "SELECT v.id FROM touched t CROSS JOIN versions v ON v.document_id = t.document_id"
    " WHERE v.first_generation IS NOT NULL AND v.last_generation IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM working d WHERE d.id = t.document_id AND d.version_id = v.id)"
)
_COUNTED = {
    "applying": "SELECT j.value, count(DISTINCT v.id) FROM versions v,"
    " json_each(v.metadata, '$.applies_to') j WHERE {which} GROUP BY 1",
    "languages": "SELECT coalesce(v.metadata ->> 'language', ''), count(*) FROM versions v"
    " WHERE {which} AND EXISTS (SELECT 1 FROM passages p WHERE p.version_id = v.id) GROUP BY 1",
}
"""For whom documents are, and the languages of those that have passages."""
_NAMED = f"v.id {AMONG_IDS}"
Counts = dict[str, dict[str, int]]
_CHUNK = 2_000
_TALLIES_HELD = 4


@dataclass(frozen=True, slots=True)
class Difference:
    """Ids of the versions that the working set has beyond the newest generation, and of those it lacks."""

    added: tuple[int, ...]
    gone: tuple[int, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.gone)


class Working:
    """The part of the library file that knows the working set."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._tallies: dict[str, Tally] = {}

    def newest(self) -> Generation | None:
        """Return the generation that was published last, whether it is served or not."""
        with self._db.reading() as db:
            row = db.execute("SELECT * FROM generations ORDER BY id DESC LIMIT 1").fetchone()
        return Generation(*row) if row else None

    def difference(self) -> Difference:
        """Return how the working set differs from the newest generation."""
        with self._db.reading() as db:
            return _difference(db)

    def is_(self, generation: int) -> bool:
        """Tell whether the working set is exactly what ``generation`` holds."""
        newest = self.newest()
        if newest and newest.id == generation:
            return not self.difference()
        with self._db.reading() as db:
            row = db.execute(
                "SELECT EXISTS (SELECT 1 FROM working d JOIN versions v ON v.id = d.version_id"
                f" WHERE NOT coalesce({IN_GENERATION}, false))"
                " OR EXISTS (SELECT 1 FROM versions v LEFT JOIN working d ON d.version_id = v.id"
                f" WHERE d.id IS NULL AND {IN_GENERATION})",
                {"g": generation},
            ).fetchone()
        return not row[0]

    def passages(self) -> Iterator[LivePassage]:
        """Give the passages of the working set, in the order of their ids."""
        with self._db.reading() as db:
            rows = stream(
                db,
                f"SELECT {LIVE_COLUMNS} FROM working d JOIN versions v ON v.id = d.version_id"
                " JOIN passages p ON p.version_id = v.id ORDER BY p.id",
            )
            yield from map(live_passage_of, rows)

    def passage_ids(self) -> list[int]:
        """Return the ids of the passages of the working set, in order."""
        with self._db.reading() as db:
            rows = db.execute(
                "SELECT p.id FROM working d JOIN passages p ON p.version_id = d.version_id"
                " ORDER BY p.id"
            ).fetchall()
        return [int(row[0]) for row in rows]

    def passages_of(self, versions: Sequence[int]) -> list[int]:
        """Return the ids of the passages of some versions, in order."""
        with self._db.reading() as db:
            rows = db.execute(
                f"SELECT id FROM passages WHERE version_id {AMONG} ORDER BY id",
                (json.dumps(versions),),
            ).fetchall()
        return [int(row[0]) for row in rows]

    def live_passages(self, ids: Sequence[int]) -> Iterator[LivePassage]:
        """Give what the index needs of the passages named, in the order of ``ids``, which is ascending."""
        with self._db.reading() as db:
            for i in range(0, len(ids), _CHUNK):
                part = json.dumps([int(one) for one in ids[i : i + _CHUNK]])
                yield from map(
                    live_passage_of,
                    db.execute(
                        f"SELECT {LIVE_COLUMNS} FROM passages p JOIN versions v ON v.id = p.version_id"
                        f" WHERE p.id {AMONG} ORDER BY p.id",
                        (part,),
                    ).fetchall(),
                )

    # -- digest and publishing

    def digest(self) -> tuple[int, int, str]:
        """Return the working set's documents, passages, and digest.

        The digest covers document ids, text hashes, offsets, encoder-input hashes and listed
        questions: two libraries with equal digests say the same things in the same places.
        """
        with self._db.reading() as db:
            base = db.execute(
                "SELECT g.documents, g.passages, t.tally FROM tallies t JOIN generations g"
                " ON g.id = t.generation WHERE g.id = (SELECT max(id) FROM generations)"
            ).fetchone()
            if base is None:
                tally, documents, passages = tallied(
                    stream(
                        db,
                        f"{HASHED} WHERE v.id IN (SELECT version_id FROM working)"
                        " ORDER BY v.id, p.ordinal",
                    )
                )
            else:
                change = _difference(db)
                more, less = _tallied(db, change.added), _tallied(db, change.gone)
                tally = from_bytes(base["tally"]) + more[0] - less[0]
                documents = base["documents"] + more[1] - less[1]
                passages = base["passages"] + more[2] - less[2]
        digest = digest_of(tally)
        while len(self._tallies) >= _TALLIES_HELD:
            self._tallies.pop(next(iter(self._tallies)))
        self._tallies[digest] = tally
        return documents, passages, digest

    def publish(self, generation: Generation) -> None:
        """Make the working set generation ``generation.id`` and move the pointer to it, as one."""
        with self._db.writing() as db:
            change = _difference(db)
            counts = _counts(db, change)
            db.execute(
                "INSERT INTO generations VALUES (?, ?, ?, ?, ?, ?)",
                (
                    generation.id,
                    generation.created_at,
                    generation.documents,
                    generation.passages,
                    generation.model,
                    generation.digest,
                ),
            )
            tally = self._tallies.get(generation.digest)
            if tally is not None:
                db.execute(
                    "INSERT INTO tallies VALUES (?, ?, ?)",
                    (generation.id, to_bytes(tally), json.dumps(counts)),
                )
            reach("publish.row")
            db.execute(
                f"UPDATE versions SET last_generation = ? WHERE id {AMONG}",
                (generation.id - 1, json.dumps(change.gone)),
            )
            db.execute(
                f"UPDATE versions SET first_generation = ? WHERE id {AMONG}",
                (generation.id, json.dumps(change.added)),
            )
            db.execute("DELETE FROM touched")
            db.execute("UPDATE pointer SET generation = ?", (generation.id,))
            reach("publish.moved")

    def languages(self) -> tuple[str, ...]:
        """Return the languages that the documents of the working set state, in order."""
        with self._db.reading() as db:
            return tuple(sorted(_counts(db, _difference(db))["languages"]))

    def applying(self, generation: int) -> dict[str, int]:
        """Return for whom and what the documents of a generation are (``applies_to``), and how many."""
        return self._told(generation)["applying"]

    def languages_of(self, generation: int) -> tuple[str, ...]:
        """Return the languages that the documents of a generation state, in order."""
        return tuple(sorted(self._told(generation)["languages"]))

    def _told(self, generation: int) -> Counts:
        """Return what was counted when a generation was published; an older Patella counted nothing."""
        with self._db.reading() as db:
            row = db.execute(
                "SELECT counts FROM tallies WHERE generation = ?", (generation,)
            ).fetchone()
            counts: Counts = json.loads(row["counts"]) if row else counted(db, generation)
        return counts


def counted(db: Any, generation: int) -> Counts:
    """Count what is told of the documents of a generation."""
    return _count(db, IN_GENERATION, {"g": generation})


def _count(db: Any, which: str, values: dict[str, object]) -> Counts:
    return {
        name: {str(key): int(n) for key, n in db.execute(query.format(which=which), values)}
        for name, query in _COUNTED.items()
    }


def _counts(db: Any, change: Difference) -> Counts:
    """Return what is told of the documents of the working set, by what was told of those before."""
    base = db.execute(
        "SELECT counts FROM tallies WHERE generation = (SELECT max(id) FROM generations)"
    ).fetchone()
    if base is None:
        return _count(db, "v.id IN (SELECT version_id FROM working)", {})
    found: Counts = json.loads(base["counts"])
    for versions, sign in ((change.added, 1), (change.gone, -1)):
        for name, counts in _count(db, _NAMED, {"ids": json.dumps(versions)}).items():
            for key, n in counts.items():
                found[name][key] = found[name].get(key, 0) + sign * n
    return {name: {k: n for k, n in counts.items() if n} for name, counts in found.items()}


def _difference(db: Any) -> Difference:
    added, gone = db.execute(f"{_ADDED} ORDER BY 1"), db.execute(f"{_GONE} ORDER BY 1")
    return Difference(tuple(row[0] for row in added), tuple(row[0] for row in gone))


def _tallied(db: Any, versions: Sequence[int]) -> tuple[Tally, int, int]:
    return tallied(
        db.execute(
            f"{HASHED} WHERE v.id {AMONG} ORDER BY v.id, p.ordinal",
            (json.dumps(versions),),
        )
    )
