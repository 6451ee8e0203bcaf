"""Databases, with a connection for each thread; SQLite's files: WAL, durable, errors in our own words.

The library's SQL is written so that PostgreSQL takes it as well (``corpus/postgres.py``).
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import os
import sqlite3
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol, Self, cast

from corpus.errors import Damaged, LibraryError, Locked, Unwritable

BUSY_SECONDS = 10.0
AMONG = "IN (SELECT CAST(value AS BIGINT) FROM json_each(?))"
"""That a number is in a list of them, given as JSON; of texts the value is taken as it is."""
AMONG_IDS = AMONG.replace("?", ":ids")
_SYNCS_AT_ONCE = 8
CACHE_KB = 256
"""Of SQLite's pages, held by each connection of a server; its own measure is 2,000."""


class Cursor(Protocol):
    """What came of a statement; a row is indexed by number and by name."""

    @property
    def rowcount(self) -> int:
        """How many rows were written."""
        ...

    @property
    def description(self) -> Any:
        """A row for each column, which begins with its name."""
        ...

    def fetchone(self) -> Any:
        """Return the next row, or None."""
        ...

    def fetchall(self) -> list[Any]:
        """Return all rows that are left."""
        ...

    def __iter__(self) -> Iterator[Any]:
        """Give the rows that are left."""
        ...


class Connection(Protocol):
    """What the library asks of a connection; placeholders are ``?``, or ``:name`` of a mapping."""

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        ...

    def execute(self, statement: str, values: Any = ..., /) -> Cursor:
        """Do one statement."""
        ...

    def executemany(self, statement: str, values: Iterable[Any], /) -> Cursor:
        """Do one statement with each of the values."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


Prepare = Callable[[Connection], None]


def now() -> str:
    """Return the time as ISO 8601, UTC, to the second."""
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Database(ABC):
    """A database, with a connection for each thread that uses it."""

    begin: str
    """What begins a transaction that will write."""
    server = ""
    """The server that keeps it, in words; empty for a file of this machine's."""

    def __init__(self, prepare: Prepare | None = None) -> None:
        """``prepare`` is done to each connection when it is opened."""
        self._prepare = prepare
        self._local = threading.local()
        self._all: list[Connection] = []
        self._guard = threading.Lock()

    @abstractmethod
    def _open(self) -> Connection:
        """Open a connection."""

    @abstractmethod
    def translated(self) -> AbstractContextManager[None]:
        """Turn the errors of the block into the library's own."""

    @abstractmethod
    def again(self, prepare: Prepare) -> Self:
        """Return the same database, each connection of which is prepared in another way."""

    @abstractmethod
    def integrity(self) -> str:
        """Return the database's own word on itself: ``ok``, or what is wrong with it."""

    @abstractmethod
    def scrub(self) -> None:
        """Have nothing of what was deleted be left to be read, as far as that can be had."""

    @abstractmethod
    def overwrite(self) -> None:
        """Have what this thread deletes from here on be overwritten, as far as that can be had."""

    @abstractmethod
    def size(self) -> int:
        """Return how many bytes it takes."""

    def alone(
        self, purpose: str, *, seconds: float, busy: str, hint: str = ""
    ) -> AbstractContextManager[None]:
        """Hold a lock against all that use the database from other machines, if any can.

        Raises Locked after so many seconds: ``busy`` says in words what is going on then.
        """
        del purpose, seconds, busy, hint
        return contextlib.nullcontext()

    def connection(self) -> Connection:
        """Return this thread's connection, opened at its first use."""
        db: Connection | None = getattr(self._local, "db", None)
        if db is None:
            with self.translated():
                db = self._open()
            self._local.db = db
            with self._guard:
                self._all.append(db)
        return db

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give this thread's connection, with errors in our own words."""
        db = self.connection()
        with self.translated():
            yield db

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give this thread's connection inside a transaction: all of the block, or nothing."""
        db = self.connection()
        with self.translated():
            if db.in_transaction:
                yield db
                return
            try:
                db.execute(self.begin)
                yield db
                db.execute("COMMIT")
            except BaseException:
                # a full disk makes SQLite roll back by itself
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise

    def leave(self) -> None:
        """Close this thread's connection: the thread is about to end."""
        db: Connection | None = getattr(self._local, "db", None)
        self._local.db = None
        with self._guard:
            if db is not None and db in self._all:
                self._all.remove(db)
                db.close()

    def close(self) -> None:
        """Close the connections of all threads."""
        with self._guard:
            for db in self._all:
                db.close()
            self._all.clear()
        self._local = threading.local()


class SqliteFile(Database):
    """One SQLite file."""

    # whoever will write waits at once: a reader that turns into a writer could not
    begin = "BEGIN IMMEDIATE"

    def __init__(self, path: Path, *, prepare: Prepare | None = None) -> None:
        super().__init__(prepare)
        self.path = path

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(
            self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            db.row_factory = sqlite3.Row
            _enter_wal(db)
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA foreign_keys = ON")
            if threading.current_thread() is not threading.main_thread():
                # a server has a connection for each of its threads, and pages are in the system's cache
                db.execute(f"PRAGMA cache_size = {-CACHE_KB}")
            know(db)
            if self._prepare:
                self._prepare(db)
        except sqlite3.Error:
            db.close()
            raise
        return db

    def own(self) -> AbstractContextManager[sqlite3.Connection]:
        """Give this thread's connection for what only SQLite has."""
        return cast(AbstractContextManager[sqlite3.Connection], self.reading())

    def translated(self) -> AbstractContextManager[None]:
        return translated(self.path)

    def again(self, prepare: Prepare) -> Self:
        return type(self)(self.path, prepare=prepare)

    def copy_to(self, target: Path) -> None:
        """Write the file as it is at this moment to ``target``, whole and synced, while others go on.

        What lies at ``target`` is replaced only once the copy is there.
        """
        with self.own() as db:
            copy(db, target)

    def integrity(self) -> str:
        with self.reading() as db:
            word = str(db.execute("PRAGMA integrity_check(1)").fetchone()[0])
            broken = db.execute("PRAGMA foreign_key_check").fetchone()
        return (
            word if word != "ok" or broken is None else f"{broken[0]} refers to what is not there"
        )

    def size(self) -> int:
        with self.translated():
            return self.path.stat().st_size

    def overwrite(self) -> None:
        with self.reading() as db:
            db.execute("PRAGMA secure_delete = ON")

    def scrub(self) -> None:
        with self.reading() as db:
            # the words may still stand in the log of changes; readers may keep it from being emptied now
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def column_names(db: Connection, table: str) -> list[str]:
    """Return the names of a table's columns, in order."""
    return [column[0] for column in db.execute(f"SELECT * FROM {table} LIMIT 0").description]


def stream(db: Connection, statement: str, values: Any = ()) -> Iterable[Any]:
    """Give the rows of a statement that has many, without all of them in memory at once."""
    # SQLite reads as it is asked; PostgreSQL would send them all
    give: Callable[..., Iterable[Any]] = getattr(db, "stream", db.execute)
    return give(statement, values)


def kept_once(db: Connection, key: str, made: str) -> str:
    """Return what the library keeps under ``key``: ``made`` where nothing was kept there before."""
    db.execute("INSERT INTO library VALUES (?, ?) ON CONFLICT (key) DO NOTHING", (key, made))
    row = db.execute("SELECT value FROM library WHERE key = ?", (key,)).fetchone()
    return str(row["value"])


def know(db: sqlite3.Connection) -> None:
    """Have a connection know ``sha256_of``: of bytes, since what rots may be no text any more."""
    db.create_function("sha256_of", 1, _sha256, deterministic=True)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def copy(db: sqlite3.Connection, target: Path) -> None:
    """Write the file behind ``db`` to ``target``, by SQLite's own backup: whole, synced, renamed."""
    beside = target.with_name(f".new-{target.name}")
    beside.unlink(missing_ok=True)
    other = sqlite3.connect(beside)
    try:
        db.backup(other)
        # one file by itself: nothing of it is left to a log beside
        other.execute("PRAGMA journal_mode = DELETE")
    finally:
        other.close()
    for path in (beside, beside.parent):
        sync(path)
    beside.replace(target)
    sync(target.parent)


def sync(path: Path) -> None:
    """Make a file's bytes, or the renames within a folder, durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_all(paths: Sequence[Path]) -> None:
    """Make files and folders durable, several at once: a disk takes many syncs together."""
    if len(paths) < 2:
        for path in paths:
            sync(path)
        return
    with ThreadPoolExecutor(_SYNCS_AT_ONCE) as pool:
        # all are waited for, and the first error is raised
        list(pool.map(sync, paths))


def _enter_wal(db: sqlite3.Connection) -> None:
    """Turn a new file to WAL, waiting while another process does: SQLite does not wait here."""
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > end:
                raise
            time.sleep(0.02)
        else:
            return


@contextlib.contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn SQLite's and the system's errors about ``path`` into errors of the library."""
    try:
        yield
    except sqlite3.Error as error:
        raise _translate(error, path) from error
    except PermissionError as error:
        raise Unwritable(
            f"No permission to use {error.filename or path}.",
            hint="Check who owns the data directory, or choose another with --data-dir.",
        ) from error
    except OSError as error:
        raise Unwritable(
            f"{error.filename or path} cannot be used: {error.strerror or error}.",
            hint="Check the path and the free space, or choose another with --data-dir.",
        ) from error


def _translate(error: sqlite3.Error, path: Path) -> LibraryError:
    text = str(error).lower()
    if "readonly" in text or "unable to open" in text:
        return Unwritable(
            f"The library file {path} cannot be written.",
            hint="Check the folder's permissions, or choose another with --data-dir.",
        )
    if "full" in text or "disk i/o" in text:
        return Unwritable(
            f"The disk that holds {path} is full or failing; nothing of this step was kept.",
            hint="Free some space and run the same command again.",
        )
    if "locked" in text or "busy" in text:
        return Locked(
            f"Another process is writing to {path}.", hint="Wait for it to end, then try again."
        )
    if isinstance(error, sqlite3.DatabaseError) and ("malformed" in text or "not a data" in text):
        return Damaged(
            f"The library file {path} is damaged.",
            hint="Restore it from a backup, or move it away and add your sources again.",
        )
    return LibraryError(
        f"The library file {path} could not be used: {error}.", hint="Run: patella doctor"
    )
