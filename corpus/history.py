"""History: who changed what is served, and when; and whether publishing is held after a rollback."""

from __future__ import annotations

import json
from dataclasses import dataclass

from corpus.database import Database, now

_HELD = "held"


@dataclass(frozen=True, slots=True)
class Moved:
    """One entry: ``action`` is publish, roll_back, or what else an editor did; ``what`` is in words."""

    at: str
    by: str
    action: str
    what: str
    generation: int | None = None
    job_id: str = ""
    approved_by: str = ""


@dataclass(frozen=True, slots=True)
class Hold:
    """A rollback after which nothing is published until a person publishes."""

    generation: int
    by: str
    at: str


class History:
    """The part of the library file that keeps who did what to it."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def put(
        self,
        action: str,
        *,
        by: str,
        what: str,
        generation: int | None = None,
        job_id: str = "",
        approved_by: str = "",
    ) -> None:
        """Add an entry, of now."""
        with self._db.writing() as db:
            db.execute(
                "INSERT INTO moves (at, moved_by, action, what, generation, job_id, approved_by)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (now(), by, action, what, generation, job_id, approved_by),
            )

    def list(self, *, most: int = 50, skip: int = 0) -> tuple[Moved, ...]:
        """List entries, newest first."""
        with self._db.reading() as db:
            rows = db.execute(
                "SELECT at, moved_by, action, what, generation, job_id, approved_by FROM moves"
                " ORDER BY id DESC LIMIT ? OFFSET ?",
                (most, skip),
            ).fetchall()
        return tuple(Moved(*row) for row in rows)

    def publishers(self) -> dict[int, str]:
        """Return for each generation by whom it was published, as far as that was kept."""
        with self._db.reading() as db:
            rows = db.execute(
                "SELECT generation, moved_by FROM moves WHERE action = 'publish'"
                " AND generation IS NOT NULL ORDER BY id"
            ).fetchall()
        return {int(row[0]): str(row[1]) for row in rows}

    def last_backup(self) -> str:
        """Return when the last backup was noted as ``backup``; empty where none was."""
        noted = self.last("backup")
        return noted.at if noted else ""

    def last(self, action: str) -> Moved | None:
        """Return the newest entry of an action, or None."""
        with self._db.reading() as db:
            row = db.execute(
                "SELECT at, moved_by, action, what, generation, job_id, approved_by FROM moves"
                " WHERE action = ? ORDER BY id DESC LIMIT 1",
                (action,),
            ).fetchone()
        return Moved(*row) if row else None

    # -- holding

    def hold(self, generation: int, *, by: str) -> None:
        """Note that ``generation`` was brought back: nothing is published by itself from here on."""
        body = json.dumps({"generation": generation, "by": by, "at": now()})
        with self._db.writing() as db:
            db.execute(
                "INSERT INTO library VALUES (?, ?)"
                " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                (_HELD, body),
            )

    def release(self) -> None:
        """Let changes be published by themselves again."""
        with self._db.writing() as db:
            db.execute("DELETE FROM library WHERE key = ?", (_HELD,))

    def held(self) -> Hold | None:
        """Return the rollback that holds publishing, if one does."""
        with self._db.reading() as db:
            row = db.execute("SELECT value FROM library WHERE key = ?", (_HELD,)).fetchone()
        return Hold(**json.loads(row["value"])) if row else None
