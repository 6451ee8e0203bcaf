"""Opening SQLite files the one way that Patella does: WAL, durable, errors in our own words."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from corpus.errors import Damaged, LibraryError, Locked, Unwritable

BUSY_SECONDS = 10.0
_SYNCS_AT_ONCE = 8


Prepare = Callable[[sqlite3.Connection], None]


def now() -> str:
    """Return the time as ISO 8601, UTC, to the second."""
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Database:
    """One SQLite file, with a connection for each thread that uses it."""

    def __init__(self, path: Path, *, prepare: Prepare | None = None) -> None:
        """``prepare`` is done to each connection when it is opened."""
        self.path = path
        self._prepare = prepare
        self._local = threading.local()
        self._all: list[sqlite3.Connection] = []
        self._guard = threading.Lock()

    def connection(self) -> sqlite3.Connection:
        """Return this thread's connection, opened at its first use."""
        db: sqlite3.Connection | None = getattr(self._local, "db", None)
        if db is None:
            with translated(self.path):
                db = self._open()
            self._local.db = db
            with self._guard:
                self._all.append(db)
        return db

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(
            self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            db.row_factory = sqlite3.Row
            _enter_wal(db)
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA foreign_keys = ON")
            know(db)
            if self._prepare:
                self._prepare(db)
        except sqlite3.Error:
            db.close()
            raise
        return db

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give this thread's connection, with errors in our own words."""
        db = self.connection()
        with translated(self.path):
            yield db

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Give this thread's connection inside a transaction: all of the block, or nothing."""
        db = self.connection()
        with translated(self.path):
            if db.in_transaction:
                yield db
                return
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                # a full disk makes SQLite roll back by itself
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise

    def copy_to(self, target: Path) -> None:
        """Write the file as it is at this moment to ``target``, whole and synced, while others go on.

        What lies at ``target`` is replaced only once the copy is there.
        """
        with self.reading() as db:
            copy(db, target)

    def integrity(self) -> str:
        """Return SQLite's own word on the whole file: ``ok``, or what is wrong with it."""
        with self.reading() as db:
            word = str(db.execute("PRAGMA integrity_check(1)").fetchone()[0])
            broken = db.execute("PRAGMA foreign_key_check").fetchone()
        return (
            word if word != "ok" or broken is None else f"{broken[0]} refers to what is not there"
        )

    def leave(self) -> None:
        """Close this thread's connection: the thread is about to end."""
        db: sqlite3.Connection | None = getattr(self._local, "db", None)
        self._local.db = None
        with self._guard:
            if db in self._all:
                self._all.remove(db)
                db.close()

    def close(self) -> None:
        """Close the connections of all threads."""
        with self._guard:
            for db in self._all:
                db.close()
            self._all.clear()
        self._local = threading.local()


def kept_once(db: sqlite3.Connection, key: str, made: str) -> str:
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
