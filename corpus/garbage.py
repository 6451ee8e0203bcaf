"""What the library no longer needs: generations beyond those kept, and versions that only they held."""

from __future__ import annotations

from collections.abc import Iterator

from corpus.database import Database, stream
from corpus.failpoints import reach
from corpus.rows import IN_GENERATION, LIVE_COLUMNS, LivePassage, live_passage_of

_SERVED_SINCE = """SELECT generation FROM moves WHERE action IN ('publish', 'roll_back')
    AND generation IS NOT NULL AND (at >= :since OR id = (SELECT max(id) FROM moves
        WHERE action IN ('publish', 'roll_back') AND at < :since))"""
"""The generations that were served at ``:since`` or later."""


class Garbage:
    """The part of the library file that forgets; ids of what is gone are never given again."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def passages(self) -> Iterator[LivePassage]:
        """Give the passages of all stored versions, of whatever generation."""
        with self._db.reading() as db:
            rows = f"SELECT {LIVE_COLUMNS} FROM passages p JOIN versions v ON v.id = p.version_id"
            yield from map(live_passage_of, stream(db, rows))

    def forget(self, *, keep: int, since: str) -> tuple[int, int]:
        """Delete generations but the ``keep`` newest, and the versions that none of the rest holds.

        Those served at ``since`` (as ``now`` has it) or later stay: a reader may still hold one. So
        do the versions of the working set and of receipts. Returns how many generations and
        versions went.
        """
        with self._db.writing() as db:
            generations = db.execute(
                "DELETE FROM generations WHERE id NOT IN"
                " (SELECT id FROM generations ORDER BY id DESC LIMIT :keep)"
                " AND id NOT IN (SELECT generation FROM pointer WHERE generation IS NOT NULL)"
                f" AND id NOT IN ({_SERVED_SINCE})",
                {"keep": max(keep, 1), "since": since},
            ).rowcount
            reach("collect.rows")
            held = IN_GENERATION.replace(":g", "g.id")
            versions = db.execute(
                "DELETE FROM versions AS v WHERE"
                " v.id NOT IN (SELECT version_id FROM documents WHERE version_id IS NOT NULL)"
                " AND v.id NOT IN (SELECT version_id FROM receipt_versions)"
                f" AND NOT EXISTS (SELECT 1 FROM generations g WHERE {held})"
            ).rowcount
        return generations, versions
