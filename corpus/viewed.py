"""A library seen as if another generation were served: an earlier one, or one that is not published yet."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from corpus.records import Generation
from corpus.store import Store


def store_at(path: Path, generation: int) -> Store:
    """Open a library as if one of its generations were the served one; it is only to be read."""

    def prepare(db: sqlite3.Connection) -> None:
        # what is temporary hides what has the same name in the file
        db.execute("CREATE TEMP TABLE pointer AS SELECT 1 AS only, ? AS generation", (generation,))

    return Store(path, prepare=prepare)


def store_with(path: Path, staged: Generation) -> Store:
    """Open a library as if its working set were published as ``staged``; it is only to be read.

    The working set is taken down when a thread first reads: the writer's lock is to be held then.
    """

    def prepare(db: sqlite3.Connection) -> None:
        db.execute("CREATE TEMP TABLE staged AS SELECT version_id FROM main.working")
        db.execute("CREATE UNIQUE INDEX temp.staged_versions ON staged (version_id)")
        db.execute("CREATE TEMP TABLE pointer AS SELECT 1 AS only, ? AS generation", (staged.id,))
        db.execute("CREATE TEMP TABLE generations AS SELECT * FROM main.generations")
        db.execute(
            "INSERT INTO temp.generations VALUES (?, ?, ?, ?, ?, ?)",
            (
                staged.id,
                staged.created_at,
                staged.documents,
                staged.passages,
                staged.model,
                staged.digest,
            ),
        )
        db.execute(_versions(db, staged.id))

    return Store(path, prepare=prepare)


def _versions(db: sqlite3.Connection, generation: int) -> str:
    """Return the view of versions in which ``generation`` is an interval like the others."""
    own = {
        "first_generation": f"CASE WHEN id IN (SELECT version_id FROM staged)"
        f" THEN coalesce(first_generation, {generation:d}) ELSE first_generation END",
        "last_generation": f"CASE WHEN id IN (SELECT version_id FROM staged)"
        f" THEN last_generation ELSE coalesce(last_generation, {generation - 1:d}) END",
    }
    names = [row["name"] for row in db.execute("PRAGMA main.table_info(versions)")]
    columns = ", ".join(f"{own.get(name, name)} AS {name}" for name in names)
    return f"CREATE TEMP VIEW versions AS SELECT {columns} FROM main.versions"
