"""Who is signed in, and one-time codes: random keys of which only hashes are kept."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable

from corpus.account_records import Principal
from corpus.database import Database
from corpus.errors import Forbidden

IDLE_SECONDS = 12 * 3600
"""A session that nobody used for so long ends."""
LONGEST_SECONDS = 7 * 24 * 3600
"""No session goes on longer."""
CODE_SECONDS = 24 * 3600
"""How long a one-time code may wait."""
LOCAL = "this computer"
"""The name of whoever entered the one-time code while there were no accounts."""
_NOTED_EACH = 60.0
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_LETTERS = 16


class Sessions:
    """The part of the accounts' file that knows who is signed in."""

    def __init__(self, db: Database, clock: Callable[[], float]) -> None:
        self._db, self._clock = db, clock

    def start(self, account_id: int | None) -> str:
        """Begin a session and return its key; without an account, that of the one-time code."""
        key, at = secrets.token_urlsafe(32), self._clock()
        with self._db.writing() as db:
            db.execute(
                "DELETE FROM sessions WHERE seen_at < ? OR started_at < ?",
                (at - IDLE_SECONDS, at - LONGEST_SECONDS),
            )
            db.execute("INSERT INTO sessions VALUES (?, ?, ?, ?)", (_sha(key), account_id, at, at))
        return key

    def find(self, key: str) -> Principal | None:
        """Return whose session it is; None where it ended, or its account may not sign in."""
        at, sha = self._clock(), _sha(key)
        with self._db.reading() as db:
            row = db.execute(
                "SELECT s.account_id, s.started_at, s.seen_at, a.name, a.role, a.active"
                " FROM sessions s LEFT JOIN accounts a ON a.id = s.account_id WHERE s.sha = ?",
                (sha,),
            ).fetchone()
        if row is None or at - row["seen_at"] > IDLE_SECONDS:
            return None
        if at - row["started_at"] > LONGEST_SECONDS:
            return None
        if row["account_id"] is not None and not row["active"]:
            return None
        if at - row["seen_at"] > _NOTED_EACH:
            with self._db.writing() as db:
                db.execute("UPDATE sessions SET seen_at = ? WHERE sha = ?", (at, sha))
        if row["account_id"] is None:
            return Principal(LOCAL, "admin", "code")
        return Principal(row["name"], row["role"], "account", row["account_id"])

    def end(self, key: str) -> None:
        """End a session."""
        with self._db.writing() as db:
            db.execute("DELETE FROM sessions WHERE sha = ?", (_sha(key),))

    def end_all(self, account_id: int, *, keep: str = "") -> None:
        """End all sessions of an account but that of the key ``keep``."""
        with self._db.writing() as db:
            db.execute(
                "DELETE FROM sessions WHERE account_id = ? AND sha != ?", (account_id, _sha(keep))
            )


class Codes:
    """The part of the accounts' file that keeps one-time codes."""

    def __init__(self, db: Database, clock: Callable[[], float]) -> None:
        self._db, self._clock = db, clock

    def make(self, account_id: int | None) -> str:
        """Return a code that gives this account a password, or makes the first one.

        It takes the place of an earlier code for the same.
        """
        drawn = "".join(secrets.choice(_LETTERS) for _ in range(_CODE_LETTERS))
        with self._db.writing() as db:
            # no account has the number 0
            db.execute("DELETE FROM codes WHERE coalesce(account_id, 0) = ?", (account_id or 0,))
            db.execute(
                "INSERT INTO codes VALUES (?, ?, ?)",
                (_sha(drawn), account_id, self._clock() + CODE_SECONDS),
            )
        return "-".join(drawn[at : at + 4] for at in range(0, _CODE_LETTERS, 4))

    def peek(self, code: str) -> int | None:
        """Return the account that a code is for. Raises Forbidden where it is not, or no longer, one."""
        with self._db.reading() as db:
            row = db.execute(
                "SELECT account_id FROM codes WHERE sha = ? AND expires_at > ?",
                (_sha(_typed(code)), self._clock()),
            ).fetchone()
        if row is None:
            raise Forbidden(
                "That code does not fit, was used already, or is too old.",
                hint="Whoever runs this library can make another: patella account link",
            )
        return None if row["account_id"] is None else int(row["account_id"])

    def use(self, code: str) -> int | None:
        """Do as ``peek``, and let the code fit no more."""
        with self._db.writing() as db:
            found = self.peek(code)
            db.execute("DELETE FROM codes WHERE sha = ?", (_sha(_typed(code)),))
        return found


def _typed(code: str) -> str:
    return "".join(letter for letter in code.upper() if letter.isalnum())


def _sha(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
