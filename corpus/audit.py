"""The audit log: who did what, when, to what. Entries are added, and never changed or taken away."""

from __future__ import annotations

import hashlib
import json

from corpus.account_records import AuditEntry, Means, Principal
from corpus.database import Database, now

_MOST_DETAIL = 2000
_BEYOND = 2**62
"""Greater than the number of any entry."""


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
                " WHERE (:action = '' OR action = :action OR action LIKE :action || '.%')"
                " AND (:who = '' OR who = :who) AND id < :before ORDER BY id DESC LIMIT :most",
                {"before": before or _BEYOND, "action": action, "who": who, "most": most},
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
