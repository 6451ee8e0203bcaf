"""A library seen as if another generation were served: an earlier one, or one that is not published yet."""

from __future__ import annotations

from corpus.database import Connection, column_names
from corpus.records import Generation
from corpus.store import Store


def store_at(store: Store, generation: int) -> Store:
    """Open a library once more as if one of its generations were the served one; it is only to be read."""

    def prepare(db: Connection) -> None:
        # what is temporary hides what has the same name in the library
        _point(db, generation)

    return store.again(prepare)


def store_with(store: Store, staged: Generation) -> Store:
    """Open a library once more as if its working set were published as ``staged``; it is only to be read.

    The working set is taken down when a thread first reads: the writer's lock is to be held then.
    """

    def prepare(db: Connection) -> None:
        db.execute("CREATE TEMP TABLE staged AS SELECT version_id FROM main.working")
        db.execute("CREATE UNIQUE INDEX staged_versions ON staged (version_id)")
        _point(db, staged.id)
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

    return store.again(prepare)


def _point(db: Connection, generation: int) -> None:
    db.execute(f"CREATE TEMP TABLE pointer AS SELECT 1 AS only, {generation:d} AS generation")


def _versions(db: Connection, generation: int) -> str:
    """Return the view of versions in which ``generation`` is an interval like the others."""
    own = {
        "first_generation": f"CASE WHEN id IN (SELECT version_id FROM staged)"
        f" THEN coalesce(first_generation, {generation:d}) ELSE first_generation END",
        "last_generation": f"CASE WHEN id IN (SELECT version_id FROM staged)"
        f" THEN last_generation ELSE coalesce(last_generation, {generation - 1:d}) END",
    }
    names = column_names(db, "main.versions")
    columns = ", ".join(f"{own.get(name, name)} AS {name}" for name in names)
    return f"CREATE TEMP VIEW versions AS SELECT {columns} FROM main.versions"
