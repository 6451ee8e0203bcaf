"""What those who use one library know of each other: values kept for all, and locks."""

from __future__ import annotations

from contextlib import AbstractContextManager

from corpus.database import Database, kept_once


class Sharing:
    """The part of a library that is for all its users."""

    def __init__(self, db: Database) -> None:
        self._db = db

    @property
    def widely(self) -> bool:
        """Whether several machines may use this library."""
        return bool(self._db.server)

    @property
    def where(self) -> str:
        """Where a server keeps it, in words; empty for a file."""
        return self._db.server

    def alone(
        self, purpose: str, *, seconds: float, busy: str, hint: str = ""
    ) -> AbstractContextManager[None]:
        """Hold a lock against all machines that use this library; a file has none but those beside it.

        Raises Locked after so many seconds, where ``busy`` says in words what is going on.
        """
        return self._db.alone(purpose, seconds=seconds, busy=busy, hint=hint)

    def kept(self, key: str, made: str) -> str:
        """Return what the library keeps under ``key``: ``made`` where nothing was kept before."""
        with self._db.writing() as db:
            return kept_once(db, key, made)

    def told(self, key: str) -> str:
        """Return what the library keeps under ``key``; empty for nothing."""
        with self._db.reading() as db:
            row = db.execute("SELECT value FROM library WHERE key = ?", (key,)).fetchone()
        return str(row["value"]) if row else ""
