"""Original files: kept under their hash, durable, and never given out altered."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from corpus.errors import NotFound, Unwritable
from corpus.originals import Originals, sha256_bytes, write_durably

ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.fixture
def originals(tmp_path: Path) -> Originals:
    return Originals(tmp_path / "originals")


def test_bytes_come_back_by_their_hash(originals: Originals) -> None:
    assert originals.put(b"abc") == ABC == sha256_bytes(b"abc")
    assert originals.get(ABC) == b"abc"
    assert originals.path(ABC).parts[-3:] == ("originals", "ba", ABC)
    assert originals.check(frozenset({ABC})) == ()


def test_the_same_bytes_are_written_once(originals: Originals) -> None:
    originals.put(b"abc")
    before = originals.path(ABC).stat()
    originals.put(b"abc")
    after = originals.path(ABC).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_an_altered_file_is_not_given_out_and_is_mended_by_putting_again(
    originals: Originals,
) -> None:
    originals.put(b"abc")
    originals.path(ABC).write_bytes(b"abd")
    with pytest.raises(NotFound, match="damaged") as caught:
        originals.get(ABC)
    assert caught.value.hint == "Run: patella doctor"
    assert originals.check(frozenset({ABC})) == (ABC,)
    originals.put(b"abc")
    assert originals.get(ABC) == b"abc"


def test_a_missing_file_is_not_found(originals: Originals) -> None:
    with pytest.raises(NotFound, match="no longer kept"):
        originals.get(ABC)
    other = originals.put(b"other")
    assert originals.check(frozenset({ABC, other})) == (ABC,)


def test_an_empty_file_can_be_kept(originals: Originals) -> None:
    assert originals.get(originals.put(b"")) == b""


def test_a_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unwritable, match="No space left"):
        write_durably(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_a_path_under_a_file_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(Unwritable) as caught:
        Originals(tmp_path / "file").put(b"abc")
    assert caught.value.hint


def test_the_file_and_every_folder_that_names_it_are_synced(
    originals: Originals, monkeypatch: pytest.MonkeyPatch
) -> None:
    originals.root.mkdir()
    synced: list[int] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        synced.append(os.fstat(handle).st_ino)
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    path = originals.path(originals.put(b"abc"))
    assert synced == [p.stat().st_ino for p in (path, path.parent, originals.root)]
