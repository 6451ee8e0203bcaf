"""Failed sign-ins: counted for each account and each address, with a wait that grows."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Callable, Iterable
from typing import Any

from corpus.database import Database
from corpus.errors import TooMany

FREE = {"account": 5, "address": 20}
"""Failures without a wait."""
FIRST_WAIT = 15
LONGEST_WAIT = 15 * 60
"""A stranger's failures must not keep an account's owner out for long."""
FORGOTTEN = 24 * 3600
"""Seconds without a failure after which they are forgotten."""


class Attempts:
    """The part of the accounts' file that counts failures, under a keyed hash of whose they are."""

    def __init__(
        self, db: Database, secret: Callable[[], bytes], clock: Callable[[], float] = time.time
    ) -> None:
        self._db, self._secret, self._clock = db, secret, clock

    def begin(self, name: str | None, address: str) -> None:
        """Count an attempt as failed before its password is compared, so that many at once gain nothing.

        Without a name it is counted for the address alone. Raises TooMany while a wait is on; that
        attempt is not counted.
        """
        at = self._clock()
        marks = self._marks(name, address)
        with self._db.writing() as db:
            db.execute("DELETE FROM failures WHERE last_at < ?", (at - FORGOTTEN,))
            left = max(_left(db, kind, mark, at) for kind, mark in marks.items())
            if left > 0:
                raise TooMany("Too many sign-ins failed.", hint=f"Wait {_words(left)}.")
            db.executemany(
                "INSERT INTO failures VALUES (?, 1, ?) ON CONFLICT (mark)"
                " DO UPDATE SET count = failures.count + 1, last_at = excluded.last_at",
                [(mark, at) for mark in marks.values()],
            )

    def succeeded(self, name: str | None, address: str) -> None:
        """Forget the account's failures, and the one that ``begin`` counted for the address."""
        marks = self._marks(name, address)
        with self._db.writing() as db:
            db.execute("DELETE FROM failures WHERE mark = ?", (marks.get("account"),))
            db.execute(
                "UPDATE failures SET count = CASE WHEN count > 1 THEN count - 1 ELSE 0 END"
                " WHERE mark = ?",
                (marks["address"],),
            )

    def forgive(self, names: Iterable[str]) -> None:
        """Forget the failures of accounts."""
        with self._db.writing() as db:
            db.executemany(
                "DELETE FROM failures WHERE mark = ?",
                [(self._marks(name, "")["account"],) for name in names],
            )

    def _marks(self, name: str | None, address: str) -> dict[str, str]:
        """Return what the failures stand under: no name or address can be read from it."""
        secret = self._secret()

        def mark(kind: str, what: str) -> str:
            told = f"{kind}\n{what}".encode("utf-8", "surrogatepass")
            return hmac.new(secret, told, hashlib.sha256).hexdigest()

        found = {"address": mark("address", address)}
        return found if name is None else found | {"account": mark("account", name.casefold())}


def _left(db: Any, kind: str, mark: str, at: float) -> float:
    """Return how many seconds are to wait."""
    row = db.execute("SELECT count, last_at FROM failures WHERE mark = ?", (mark,)).fetchone()
    over = row["count"] - FREE[kind] if row else -1
    if over < 0:
        return 0.0
    return float(row["last_at"]) + min(FIRST_WAIT * 2.0 ** min(over, 30), LONGEST_WAIT) - at


def _words(seconds: float) -> str:
    if seconds < 60:
        return f"{int(seconds) + 1} seconds"
    minutes = int(seconds // 60) + 1
    return f"{minutes} minutes" if minutes > 1 else "a minute"
