"""The audit log: who did what, when, to what. Entries are added, and never changed or taken away."""

from __future__ import annotations

import hashlib
import json

from corpus.account_records import AuditEntry, Means, Principal
from corpus.database import Database, now

_MOST_DETAIL = 2000


class AuditLog:
    """The part of the accounts' file that keeps the log.

    Triggers refuse changes; each entry's hash covers the one before, so that a change made around
    them can be told.
    """

    def __init__(self, db: Database) -> None:
        self._db = db

    def note(self, who: Principal, action: str, subject: str = "", detail: str = "") -> None:
        """Add an entry."""
        self.write(who.name, who.means, action, subject, detail)

    def write(
        self, who: str, means: Means, action: str, subject: str = "", detail: str = ""
    ) -> None:
        """Add an entry about somebody who is known by name alone."""
        told = (now(), who, means, action, subject[:_MOST_DETAIL], detail[:_MOST_DETAIL])
        with self._db.writing() as db:
            last = db.execute("SELECT hash FROM audit ORDER BY id DESC LIMIT 1").fetchone()
            db.execute(
                "INSERT INTO audit (at, who, means, action, subject, detail, hash)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (*told, _hash(last["hash"] if last else "", told)),
            )

    def list(
        self, *, most: int = 100, before: int | None = None, action: str = "", who: str = ""
    ) -> tuple[AuditEntry, ...]:
        """List entries, newest first: older than the entry ``before``, of an action or its family."""
        with self._db.reading() as db:
            rows = db.execute(
                "SELECT id, at, who, means, action, subject, detail FROM audit"
                " WHERE (?1 IS NULL OR id < ?1) AND (?2 = '' OR action = ?2 OR action LIKE ?2 || '.%')"
                " AND (?3 = '' OR who = ?3) ORDER BY id DESC LIMIT ?4",
                (before, action, who, most),
            ).fetchall()
        return tuple(AuditEntry(*row) for row in rows)

    def first_altered(self) -> int | None:
        """Return the id of the first entry that is not as it was written; None where all are."""
        before, expected = "", None
        with self._db.reading() as db:
            for row in db.execute(
                "SELECT id, at, who, means, action, subject, detail, hash FROM audit ORDER BY id"
            ):
                number, *told, kept = row
                if _hash(before, tuple(told)) != kept or number != (expected or number):
                    return int(number)
                before, expected = kept, number + 1
        return None


def _hash(before: str, told: tuple[str, ...]) -> str:
    return hashlib.sha256(json.dumps([before, *told]).encode()).hexdigest()
