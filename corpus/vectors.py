"""The second library file: embedding vectors, keyed by the encoder's exact input and the model."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from corpus.database import Database, SqliteFile, stream, translated
from corpus.errors import Damaged, UsageError
from corpus.failpoints import reach

Vectors = npt.NDArray[np.float32]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS models (
    id INTEGER PRIMARY KEY, identity TEXT NOT NULL UNIQUE, dimension INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS embeddings (
    model INTEGER NOT NULL REFERENCES models (id), key TEXT NOT NULL, vector BLOB NOT NULL,
    PRIMARY KEY (model, key)) STRICT, WITHOUT ROWID;
"""
_BATCH = 500


def _prepare(db: Any) -> None:
    for statement in _SCHEMA.split(";\n"):
        db.execute(statement)
    columns = {row["name"] for row in db.execute("PRAGMA table_info(embeddings)")}
    if "crc" not in columns:
        # a file of an older Patella: what it holds has no sums
        db.execute("ALTER TABLE embeddings ADD COLUMN crc INTEGER")


def vector_file(path: Path) -> SqliteFile:
    """Open a file of vectors, made or brought to the newest form."""
    with translated(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    file = SqliteFile(path)
    with file.writing() as db:
        _prepare(db)
    return file


class VectorStore:
    """Vectors of one model, each found by the SHA-256 of the text that was encoded."""

    def __init__(self, where: Path | Database, *, model: str, dimension: int) -> None:
        """``where`` is the path of a file, or a database that has the tables."""
        self._db = where if isinstance(where, Database) else vector_file(where)
        self.dimension = dimension
        with self._db.writing() as db:
            db.execute(
                "INSERT INTO models (identity, dimension) VALUES (?, ?)"
                " ON CONFLICT (identity) DO NOTHING",
                (model, dimension),
            )
            self._model = db.execute(
                "SELECT id FROM models WHERE identity = ?", (model,)
            ).fetchone()[0]

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def leave(self) -> None:
        """Let go of what this thread holds of the file: it is about to end."""
        self._db.leave()

    def missing(self, keys: Iterable[str]) -> list[str]:
        """Return those keys that have no vector yet, each once, in the order given."""
        wanted = list(dict.fromkeys(keys))
        known: set[str] = set()
        with self._db.reading() as db:
            for i in range(0, len(wanted), _BATCH):
                part = wanted[i : i + _BATCH]
                known.update(
                    row[0]
                    for row in db.execute(
                        "SELECT key FROM embeddings WHERE model = ? AND key IN"
                        f" ({','.join('?' * len(part))})",
                        (self._model, *part),
                    )
                )
        return [key for key in wanted if key not in known]

    def put(self, keys: Sequence[str], vectors: Vectors) -> None:
        """Keep ``vectors`` (shape: keys × dimension), durable when this returns."""
        rows = np.ascontiguousarray(vectors, dtype="<f4")
        with self._db.writing() as db:
            db.executemany(
                "INSERT INTO embeddings (model, key, vector, crc) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (model, key) DO UPDATE SET vector = excluded.vector, crc = excluded.crc",
                (
                    (self._model, key, row.tobytes(), zlib.crc32(row.tobytes()))
                    for key, row in zip(keys, rows, strict=True)
                ),
            )

    def get(self, keys: Sequence[str]) -> Vectors:
        """Return the vectors of ``keys`` in that order. Raises KeyError naming a missing one."""
        found: dict[str, bytes] = {}
        unique = list(dict.fromkeys(keys))
        with self._db.reading() as db:
            for i in range(0, len(unique), _BATCH):
                part = unique[i : i + _BATCH]
                found.update(
                    (row[0], row[1])
                    for row in db.execute(
                        "SELECT key, vector FROM embeddings WHERE model = ? AND key IN"
                        f" ({','.join('?' * len(part))})",
                        (self._model, *part),
                    )
                )
        out = np.empty((len(keys), self.dimension), dtype=np.float32)
        for i, key in enumerate(keys):
            out[i] = np.frombuffer(found[key], dtype="<f4")
        return out

    def drop(self, keys: Iterable[str]) -> None:
        """Delete the vectors of keys, of every model, so that they cannot be read from the disk."""
        self._db.overwrite()
        with self._db.writing() as db:
            db.executemany("DELETE FROM embeddings WHERE key = ?", [(key,) for key in keys])
        self._db.scrub()

    def count(self) -> int:
        """Return how many vectors this model has."""
        with self._db.reading() as db:
            row = db.execute("SELECT count(*) FROM embeddings WHERE model = ?", (self._model,))
            return int(row.fetchone()[0])

    def prune(self, needed: Iterable[str], *, models: Iterable[str]) -> int:
        """Delete the vectors whose key is not in ``needed``, and those of other models; return how many."""
        with self._db.writing() as db:
            db.execute("CREATE TEMP TABLE needed (key TEXT PRIMARY KEY)")
            keys = ((key,) for key in needed)
            db.executemany("INSERT INTO needed VALUES (?) ON CONFLICT DO NOTHING", keys)
            gone = db.execute(
                "DELETE FROM embeddings WHERE key NOT IN (SELECT key FROM needed)"
                " OR model NOT IN (SELECT id FROM models WHERE identity IN"
                " (SELECT value FROM json_each(?)))",
                (json.dumps(sorted(models)),),
            ).rowcount
            reach("collect.vectors")
            db.execute("DROP TABLE needed")
        return gone

    def spoilt(self) -> list[str]:
        """Return the keys whose vector is not what was kept: of another length or sum."""
        with self._db.reading() as db:
            rows = stream(
                db, "SELECT key, vector, crc FROM embeddings WHERE model = ?", (self._model,)
            )
            return [
                row["key"]
                for row in rows
                if len(row["vector"]) != 4 * self.dimension
                or (row["crc"] is not None and row["crc"] != zlib.crc32(row["vector"]))
            ]

    def copy_to(self, target: Path) -> tuple[int, int]:
        """Make the file at ``target`` hold just the vectors of this one; return those added and dropped.

        A target that is damaged is made anew.
        """
        try:
            return self._mirror(target)
        except Damaged:
            for path in (
                target,
                *(target.with_name(f"{target.name}{x}") for x in ("-wal", "-shm")),
            ):
                path.unlink(missing_ok=True)
            return self._mirror(target)

    def _mirror(self, target: Path) -> tuple[int, int]:
        if not isinstance(self._db, SqliteFile):
            raise UsageError(
                "The vectors are kept in PostgreSQL, and not in a file that can be copied.",
                hint="They can be made again.",
            )
        with self._db.reading() as db:
            models = db.execute("SELECT id, identity, dimension FROM models").fetchall()
        other = SqliteFile(target)
        try:
            with other.writing() as db:
                _prepare(db)
            if other.integrity() != "ok":
                raise Damaged(f"The vector file {target} is damaged.")
            with other.reading() as db:
                db.execute("ATTACH ? AS live", (str(self._db.path),))
            with other.writing() as db:
                same = "l.model = e.model AND l.key = e.key"
                dropped = db.execute(
                    "DELETE FROM main.embeddings AS e WHERE NOT EXISTS"
                    f" (SELECT 1 FROM live.embeddings l WHERE {same} AND l.vector = e.vector)"
                ).rowcount
                db.executemany("INSERT OR REPLACE INTO models VALUES (?, ?, ?)", map(tuple, models))
                added = db.execute(
                    "INSERT INTO main.embeddings (model, key, vector, crc)"
                    " SELECT model, key, vector, crc FROM live.embeddings l WHERE NOT EXISTS"
                    f" (SELECT 1 FROM main.embeddings e WHERE {same})"
                ).rowcount
            with other.reading() as db:
                db.execute("DETACH live")
                db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return added, dropped
        finally:
            other.close()

    def integrity(self) -> str:
        """Return SQLite's own word on the file: ``ok``, or what is wrong with it."""
        return self._db.integrity()
