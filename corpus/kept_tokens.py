"""A file of token vectors of sentences, which can be made again: bounded, checked, deletable at any time."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import threading
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from corpus.database import SqliteFile
from corpus.errors import Damaged, LibraryError, Locked

logger = logging.getLogger(__name__)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
    id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, used INTEGER NOT NULL, crc INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS entries_used ON entries (used);
CREATE TABLE IF NOT EXISTS bodies (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS marks (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
"""
_BATCH = 500
_ROOM = 0.9
"""A file that reached its limit is brought down to this share of it."""
_EVICTED = 2_000
"""Entries thrown out at once."""


def _prepare(db: Any) -> None:
    # a question never waits for another process that fills the file, and the file may be lost
    db.execute("PRAGMA busy_timeout = 0")
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute("PRAGMA secure_delete = ON")
    db.execute("PRAGMA cache_size = -512")
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'marks'").fetchone():
        db.execute("PRAGMA auto_vacuum = INCREMENTAL")
        for statement in _SCHEMA.split(";\n"):
            db.execute(statement)


class KeptTokens:
    """Bytes under keys of 16, the least lately used (by the day) thrown out beyond ``limit`` bytes.

    Nothing here raises for a file that cannot be used: what is not kept is made again, and a
    damaged file is made anew. ``epoch`` counts withdrawals: what was read before one is not kept after it.
    """

    def __init__(self, path: Path, *, limit: int) -> None:
        self.path = path
        self.limit = limit
        self._db = SqliteFile(path, prepare=_prepare)
        self._lock = threading.Lock()
        self._said = False

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def epoch(self) -> int:
        """Return how often something was withdrawn."""
        with self._usable():
            return int(self._mark("epoch") or 0)
        return 0

    def get(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """Return what is kept under ``keys``, unspoilt; others are left out."""
        found: dict[bytes, bytes] = {}
        stale: list[int] = []
        spoilt: list[int] = []
        today = _today()
        with self._usable(), self._db.reading() as db:
            for part in _parts(keys):
                for number, key, used, crc, body in db.execute(
                    "SELECT e.id, e.key, e.used, e.crc, b.body FROM entries e JOIN bodies b"
                    f" ON b.id = e.id WHERE e.key IN ({','.join('?' * len(part))})",
                    part,
                ):
                    if _sum(key, body) != crc:
                        spoilt.append(number)
                        continue
                    found[key] = body
                    if used != today:
                        stale.append(number)
            if stale or spoilt:
                self._after_reading(stale, spoilt, today)
        return found

    def _after_reading(self, stale: Sequence[int], spoilt: Sequence[int], today: int) -> None:
        """Note what was used, and delete what was spoilt; another time where another process writes."""
        with self._db.writing() as db:
            db.executemany(
                "UPDATE entries SET used = ? WHERE id = ?", [(today, one) for one in stale]
            )
            _delete(db, spoilt)

    def missing(self, keys: Sequence[bytes]) -> list[bytes]:
        """Return those keys that nothing is kept under, each once, in the order given."""
        wanted = list(dict.fromkeys(keys))
        known: set[bytes] = set()
        with self._usable(), self._db.reading() as db:
            for part in _parts(wanted):
                known.update(
                    row[0]
                    for row in db.execute(
                        f"SELECT key FROM entries WHERE key IN ({','.join('?' * len(part))})", part
                    )
                )
        return [key for key in wanted if key not in known]

    def put(self, entries: Mapping[bytes, bytes], *, epoch: int) -> bool:
        """Keep ``entries``, read at ``epoch``; False where they are not: locked, full, or withdrawn since."""
        today = _today()
        with self._usable():
            with self._db.writing() as db:
                if int(self._mark("epoch") or 0) != epoch:
                    return False
                for key, body in entries.items():
                    row = db.execute(
                        "INSERT OR IGNORE INTO entries (key, used, crc) VALUES (?, ?, ?) RETURNING id",
                        (key, today, _sum(key, body)),
                    ).fetchone()
                    if row:
                        db.execute("INSERT OR REPLACE INTO bodies VALUES (?, ?)", (row[0], body))
            self._shrink()
            return True
        return False

    def keep_only(self, needed: Iterable[bytes], *, withdrawn: bool = False) -> int:
        """Delete what is kept under other keys, from the disk as well; return how many that were.

        Raises LibraryError where the file cannot be written: what was withdrawn may not stay.
        """
        if not self.path.exists():
            return 0
        try:
            with self._db.reading() as db:
                db.execute("PRAGMA busy_timeout = 10000")
                left = {row[0]: row[1] for row in db.execute("SELECT key, id FROM entries")}
            for key in needed:
                left.pop(key, None)
            with self._db.writing() as db:
                _delete(db, list(left.values()))
                if withdrawn:
                    self._set_mark("epoch", str(int(self._mark("epoch") or 0) + 1))
            with self._db.reading() as db:
                db.execute("PRAGMA incremental_vacuum").fetchall()
                db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
                db.execute("PRAGMA busy_timeout = 0")
        except Damaged:
            self._remove()
            return 0
        return len(left)

    def size(self) -> int:
        """Return the bytes in use."""
        with self._usable(), self._db.reading() as db:
            pages, free, each = (
                int(db.execute(f"PRAGMA {name}").fetchone()[0])
                for name in ("page_count", "freelist_count", "page_size")
            )
            return (pages - free) * each
        return 0

    def count(self) -> int:
        """Return how many entries there are."""
        with self._usable(), self._db.reading() as db:
            return int(db.execute("SELECT count(*) FROM entries").fetchone()[0])
        return 0

    def mark(self, name: str) -> str:
        """Return what ``set_mark`` noted, or nothing."""
        with self._usable():
            return self._mark(name)
        return ""

    def set_mark(self, name: str, value: str) -> None:
        """Note something about what is kept."""
        with self._usable():
            self._set_mark(name, value)

    def _mark(self, name: str) -> str:
        with self._db.reading() as db:
            row = db.execute("SELECT value FROM marks WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else ""

    def _set_mark(self, name: str, value: str) -> None:
        with self._db.writing() as db:
            db.execute("INSERT OR REPLACE INTO marks VALUES (?, ?)", (name, value))

    def _shrink(self) -> None:
        """Throw out the least lately used until the file is within its limit again."""
        if self.size() <= self.limit:
            return
        while self.size() > _ROOM * self.limit:
            with self._db.writing() as db:
                oldest = [
                    row[0]
                    for row in db.execute(
                        "SELECT id FROM entries ORDER BY used, id LIMIT ?", (_EVICTED,)
                    )
                ]
                if not oldest:
                    return
                _delete(db, oldest)
                # what was whole is no longer: it is looked through again when there is room
                db.execute("DELETE FROM marks WHERE name != 'epoch'")
        with self._db.reading() as db:
            db.execute("PRAGMA incremental_vacuum").fetchall()

    @contextlib.contextmanager
    def _usable(self) -> Iterator[None]:
        """Do without the file where it cannot be used; make a damaged one anew."""
        try:
            yield
        except Damaged:
            logger.warning("%s is damaged; it is made anew.", self.path)
            self._remove()
        except Locked:
            logger.debug("%s is being written by another process.", self.path)
        except LibraryError as error:
            if not self._said:
                self._said = True
                logger.info("Token vectors are not kept in a file: %s", error)

    def _remove(self) -> None:
        with self._lock, contextlib.suppress(OSError):
            self._db.close()
            for end in ("", "-wal", "-shm"):
                self.path.with_name(f"{self.path.name}{end}").unlink(missing_ok=True)


def _today() -> int:
    return dt.datetime.now(dt.UTC).date().toordinal()


def _sum(key: bytes, body: bytes) -> int:
    return zlib.crc32(body, zlib.crc32(key))


def _parts(keys: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    for at in range(0, len(keys), _BATCH):
        yield keys[at : at + _BATCH]


def _delete(db: Any, numbers: Sequence[int]) -> None:
    named = [(number,) for number in numbers]
    db.executemany("DELETE FROM bodies WHERE id = ?", named)
    db.executemany("DELETE FROM entries WHERE id = ?", named)
