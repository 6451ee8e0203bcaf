"""SQLite opened our way: transactions, threads, and every foreign error in our own words."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from corpus import database
from corpus.database import SqliteFile, now, translated
from corpus.errors import Damaged, LibraryError, Locked, PatellaError, Unwritable
from corpus.store import Store
from tests.library_helpers import new_version


@pytest.fixture
def db(tmp_path: Path):
    opened = SqliteFile(tmp_path / "a.db")
    opened.connection().execute("CREATE TABLE t (x BLOB) STRICT")
    yield opened
    opened.close()


def count(db: SqliteFile) -> int:
    with db.reading() as connection:
        return int(connection.execute("SELECT count(*) FROM t").fetchone()[0])


def pragma(db: SqliteFile, name: str) -> object:
    return db.connection().execute(f"PRAGMA {name}").fetchone()[0]


def test_every_connection_is_durable_and_keeps_references(db: SqliteFile) -> None:
    found = [pragma(db, name) for name in ("journal_mode", "synchronous", "foreign_keys")]
    assert found == ["wal", 2, 1]


def test_a_block_is_kept_whole_or_not_at_all(db: SqliteFile) -> None:
    with db.writing() as w:
        w.execute("INSERT INTO t VALUES (x'01')")
    with pytest.raises(KeyError), db.writing() as w:
        w.execute("INSERT INTO t VALUES (x'02')")
        raise KeyError("in the middle")
    assert count(db) == 1


def test_a_block_within_a_block_is_part_of_it(db: SqliteFile) -> None:
    with pytest.raises(KeyError), db.writing() as outer:
        with db.writing() as inner:
            inner.execute("INSERT INTO t VALUES (x'01')")
        assert outer is inner
        raise KeyError("after the inner one")
    assert count(db) == 0


def test_each_thread_has_its_connection_and_sees_what_is_committed(db: SqliteFile) -> None:
    seen: list[object] = []
    with db.writing() as w:
        w.execute("INSERT INTO t VALUES (x'01')")
        thread = threading.Thread(target=lambda: seen.extend([count(db), db.connection()]))
        thread.start()
        thread.join()
    assert seen[0] == 0
    assert seen[1] is not db.connection()
    assert count(db) == 1


def test_closing_closes_the_connections_of_all_threads(db: SqliteFile) -> None:
    held: list[sqlite3.Connection] = []
    thread = threading.Thread(target=lambda: held.append(db.connection()))
    thread.start()
    thread.join()
    db.close()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        held[0].execute("SELECT 1")
    assert count(db) == 0


def test_the_time_is_utc_to_the_second() -> None:
    assert len(now()) == 20
    assert now()[10] + now()[-1] == "TZ"


# -- errors that really happen


def test_a_path_under_a_file_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(Unwritable, match="file") as caught:
        Store(tmp_path / "file" / "deep" / "library.db")
    assert caught.value.hint.endswith("choose another with --data-dir.")
    assert isinstance(caught.value.__cause__, OSError)


def test_a_folder_in_the_files_place_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "library.db").mkdir()
    with pytest.raises(Unwritable, match="cannot be written") as caught:
        Store(tmp_path / "library.db")
    assert "--data-dir" in caught.value.hint


def test_a_file_that_may_only_be_read_says_so(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    Store(path).close()
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as readonly:
        with pytest.raises(Unwritable, match="cannot be written") as caught, translated(path):
            readonly.execute("DELETE FROM runs")
        assert caught.value.hint.startswith("Check the folder's permissions")
    readonly.close()


def test_a_full_disk_keeps_nothing_of_the_block_and_says_so(db: SqliteFile) -> None:
    pages = pragma(db, "page_count")
    db.connection().execute(f"PRAGMA max_page_count = {pages + 2}")
    refused = pytest.raises(Unwritable, match="full or failing; nothing of this step")
    with refused as caught, db.writing() as w:
        w.execute("INSERT INTO t VALUES (x'01')")
        w.execute("INSERT INTO t VALUES (zeroblob(1000000))")
    assert caught.value.hint == "Free some space and run the same command again."
    assert count(db) == 0
    db.connection().execute("PRAGMA max_page_count = 1000000")
    with db.writing() as w:
        w.execute("INSERT INTO t VALUES (zeroblob(1000000))")
    assert count(db) == 1


def test_a_writer_that_waits_in_vain_says_who_is_in_the_way(
    db: SqliteFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    other = SqliteFile(db.path)
    refused = pytest.raises(Locked, match="Another process is writing")
    with db.writing(), refused as caught, other.writing():
        pass
    assert caught.value.hint == "Wait for it to end, then try again."
    other.close()


def test_a_new_file_that_another_holds_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "library.db"
    holder = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    holder.execute("CREATE TABLE library (x)")
    holder.execute("BEGIN EXCLUSIVE")
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    with pytest.raises(Locked):
        SqliteFile(path).connection()
    monkeypatch.setattr(database, "BUSY_SECONDS", 10.0)
    timer = threading.Timer(0.1, lambda: holder.execute("ROLLBACK"))
    timer.start()
    opened = SqliteFile(path)
    assert pragma(opened, "journal_mode") == "wal"
    timer.join()
    opened.close()
    holder.close()


@pytest.mark.parametrize("content", [b"not a database at all, and long enough" * 40, b"%PDF-1.7"])
def test_a_foreign_file_is_damage(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "library.db"
    path.write_bytes(content)
    with pytest.raises(Damaged, match="is damaged") as caught:
        Store(path)
    assert caught.value.hint.startswith("Restore it from a backup")
    assert path.read_bytes() == content


def test_torn_pages_are_damage(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    store = Store(path)
    store.put_version(new_version("a.txt", *["The knee hurts. " * 40] * 40))
    store.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    with pytest.raises(Damaged, match="is damaged"):
        Store(path).documents(1)


# -- and every kind of them

ERRORS = [
    (sqlite3.OperationalError("attempt to write a readonly database"), Unwritable),
    (sqlite3.OperationalError("unable to open database file"), Unwritable),
    (sqlite3.OperationalError("database or disk is full"), Unwritable),
    (sqlite3.OperationalError("disk I/O error"), Unwritable),
    (sqlite3.OperationalError("database is locked"), Locked),
    (sqlite3.OperationalError("database table is locked"), Locked),
    (sqlite3.DatabaseError("database disk image is malformed"), Damaged),
    (sqlite3.DatabaseError("malformed database schema (x)"), Damaged),
    (sqlite3.DatabaseError("file is not a database"), Damaged),
    (sqlite3.OperationalError("no such table: t"), LibraryError),
    (sqlite3.IntegrityError("UNIQUE constraint failed: t.x"), LibraryError),
    (sqlite3.ProgrammingError("Cannot operate on a closed database."), LibraryError),
    (sqlite3.InterfaceError("bad parameter"), LibraryError),
    (sqlite3.InternalError("inconsistent"), LibraryError),
    (sqlite3.DataError("string or blob too big"), LibraryError),
    (sqlite3.NotSupportedError("not supported"), LibraryError),
    (sqlite3.Error("something else"), LibraryError),
    (PermissionError(13, "Permission denied", "/data"), Unwritable),
    (OSError(28, "No space left on device"), Unwritable),
    (FileExistsError(17, "File exists", "/data"), Unwritable),
]


@pytest.mark.parametrize(("error", "expected"), ERRORS, ids=[str(e) for e, _ in ERRORS])
def test_an_error_becomes_ours(error: Exception, expected: type[PatellaError]) -> None:
    with pytest.raises(LibraryError) as caught, translated(Path("/data/library.db")):
        raise error
    assert type(caught.value) is expected
    assert caught.value.__cause__ is error
    assert "/data" in str(caught.value)
    assert caught.value.hint


def test_no_kind_of_sqlite_error_is_missing_from_the_list() -> None:
    kinds = {
        value
        for value in vars(sqlite3).values()
        if isinstance(value, type) and issubclass(value, sqlite3.Error)
    }
    assert {type(error) for error, _ in ERRORS} >= kinds


@pytest.mark.parametrize("error", [KeyError("x"), Damaged("of our own"), KeyboardInterrupt()])
def test_other_errors_pass_as_they_are(error: BaseException) -> None:
    with pytest.raises(type(error)) as caught, translated(Path("/data/library.db")):
        raise error
    assert caught.value is error
