"""The disk that forgets: what was not synced may be gone after a power failure, and what was is there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.disk import Disk, committed_bytes
from corpus.database import SqliteFile
from corpus.originals import sync_folder, write_durably


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "old").write_text("as it was")
    before = os.fsync
    yield folder
    os.fsync = before


def left(disk: Disk, image: Path, seed: int = 0) -> dict[str, str]:
    disk.power_fails(image, seed=seed)
    return {
        path.relative_to(image).as_posix(): path.read_text("latin-1")
        for path in sorted(image.rglob("*"))
        if path.is_file()
    }


def test_what_was_not_synced_is_gone(root: Path, tmp_path: Path) -> None:
    disk = Disk(root)
    (root / "new").write_text("never synced")
    (root / "old").write_text("written over")
    assert left(disk, tmp_path / "image") == {"old": "as it was"}


def test_a_synced_file_in_an_unsynced_folder_has_no_name(root: Path, tmp_path: Path) -> None:
    disk = Disk(root)
    with (root / "new").open("w") as file:
        file.write("synced")
        file.flush()
        os.fsync(file.fileno())
    assert left(disk, tmp_path / "one") == {"old": "as it was"}
    sync_folder(root)
    assert left(disk, tmp_path / "two") == {"new": "synced", "old": "as it was"}


def test_a_synced_name_of_an_unsynced_file_has_no_bytes(root: Path, tmp_path: Path) -> None:
    disk = Disk(root)
    (root / "new").write_text("never synced")
    sync_folder(root)
    assert left(disk, tmp_path / "image") == {"new": "", "old": "as it was"}


def test_a_removal_that_was_not_synced_is_taken_back(root: Path, tmp_path: Path) -> None:
    disk = Disk(root)
    (root / "old").unlink()
    assert left(disk, tmp_path / "one") == {"old": "as it was"}
    sync_folder(root)
    assert left(disk, tmp_path / "two") == {}


def test_what_is_written_durably_is_whole_in_a_new_folder(root: Path, tmp_path: Path) -> None:
    disk = Disk(root)
    write_durably(root / "ab" / "abc", b"kept")
    assert left(disk, tmp_path / "image") == {"ab/abc": "kept", "old": "as it was"}


def test_chance_keeps_some_of_what_was_not_synced(root: Path, tmp_path: Path) -> None:
    disk = Disk(root)
    for n in range(8):
        (root / f"new-{n}").write_text("never synced")
    found = [left(disk, tmp_path / f"image-{seed}", seed) for seed in range(1, 6)]
    assert {len(one) for one in found} - {1, 9}
    assert {text for one in found for text in one.values()} > {"as it was", "never synced"}


def test_of_sqlite_the_last_commit_is_kept(root: Path, tmp_path: Path) -> None:
    disk = Disk(root)
    database = SqliteFile(root / "a.db")
    with database.writing() as db:
        db.execute("CREATE TABLE t (x)")
        db.execute("INSERT INTO t VALUES ('kept')")
    log = (root / "a.db-wal").read_bytes()
    assert committed_bytes(log) == len(log)
    assert committed_bytes(log + log[32 : 32 + 24 + 4096].replace(b"kept", b"lost")) >= len(log)
    database.connection().execute("PRAGMA cache_size = 1")
    with pytest.raises(RuntimeError), database.writing() as db:
        db.executemany("INSERT INTO t VALUES (?)", ((f"lost{n}" * 500,) for n in range(50)))
        spilt = (root / "a.db-wal").read_bytes()
        assert committed_bytes(spilt) == len(log) < len(spilt)
        left(disk, tmp_path / "image")
        raise RuntimeError
    database.close()
    after = SqliteFile(tmp_path / "image" / "a.db")
    with after.reading() as db:
        assert [row[0] for row in db.execute("SELECT x FROM t")] == ["kept"]
    after.close()


def test_every_connection_has_sqlite_sync_at_each_commit(tmp_path: Path) -> None:
    database = SqliteFile(tmp_path / "a.db")
    with database.reading() as db:
        assert db.execute("PRAGMA synchronous").fetchone()[0] == 2
        assert db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    database.close()
