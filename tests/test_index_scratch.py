"""Changing the word index in memory: what is kept is what a change on the disk gives."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from corpus.errors import Unwritable
from index import lexical, scratch
from index.lexical import LexicalEntry, LexicalIndex


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "words"
    made.mkdir()
    entries = [LexicalEntry(n, "Title", f"Knee number{n} hurts.") for n in range(40)]
    lexical.write(made, add=entries, create=True)
    (made / ".tantivy-writer.lock").unlink(missing_ok=True)
    (made / ".tantivy-meta.lock").unlink(missing_ok=True)
    return made


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "memory"
    place.mkdir()
    monkeypatch.setitem(scratch.beside.__wrapped__.__kwdefaults__, "memory", place)
    return place


def found(folder: Path) -> list[int]:
    return sorted(n for n, _ in LexicalIndex(folder).search({"knee": 1.0}, 100))


def test_a_change_in_memory_is_the_change_on_the_disk(
    folder: Path, memory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {path.name: path.stat().st_ino for path in folder.iterdir()}
    add = [LexicalEntry(50, "Title", "Another knee.")]
    with monkeypatch.context() as patched:
        patched.setattr(lexical, "write", None)
        lexical.change(folder, add=add, delete=[3, 4])
    assert found(folder) == [*range(3), *range(5, 40), 50]
    kept = {path.name: path.stat().st_ino for path in folder.iterdir() if not path.is_symlink()}
    assert len(kept) == len(list(folder.iterdir()))
    assert all(kept[name] == inode for name, inode in before.items() if not name.endswith(".json"))
    assert list(memory.iterdir()) == []


def test_many_changes_merge_and_leave_nothing_of_what_was_merged(
    folder: Path, memory: Path
) -> None:
    for n in range(100, 130):
        lexical.change(folder, add=[LexicalEntry(n, "", "A knee.")], delete=[n - 1])
    assert found(folder) == [*range(40), 129]
    segments = {path.name.split(".")[0] for path in folder.iterdir() if path.suffix == ".idx"}
    assert len(segments) < 10


def test_without_memory_it_is_done_on_the_disk(
    folder: Path, memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory.rmdir()
    lexical.change(folder, add=[LexicalEntry(50, "", "A knee.")], delete=[])
    assert found(folder) == [*range(40), 50]
    memory.mkdir()
    monkeypatch.setattr(scratch, "_LEAST_FREE", 1 << 60)
    lexical.change(folder, add=[LexicalEntry(51, "", "A knee.")], delete=[])
    assert found(folder) == [*range(40), 50, 51]
    assert list(memory.iterdir()) == []


def test_what_does_not_fit_into_memory_is_done_on_the_disk(
    folder: Path, memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(scratch, "own", full)
    lexical.change(folder, add=[LexicalEntry(50, "", "A knee.")], delete=[0])
    assert found(folder) == [*range(1, 40), 50]


def test_what_cannot_be_kept_is_not_begun_again(
    folder: Path, memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(scratch.shutil, "copyfile", full)
    monkeypatch.setattr(lexical, "write", None)
    with pytest.raises(Unwritable, match="No space left"):
        lexical.change(folder, add=[LexicalEntry(50, "", "A knee.")], delete=[0])
    assert list(memory.iterdir()) == []


def test_what_a_killed_process_left_is_cleared(folder: Path, memory: Path) -> None:
    code = (
        "import os, sys\nfrom pathlib import Path\nfrom index import scratch\n"
        "with scratch.beside(Path(sys.argv[1]), memory=Path(sys.argv[2])):\n    os._exit(1)\n"
    )
    subprocess.run([sys.executable, "-c", code, folder, memory], check=False)
    assert len(list(memory.iterdir())) == 1
    with scratch.beside(folder, memory=memory) as one, scratch.beside(folder, memory=memory) as two:
        assert {one, two} == set(memory.iterdir())
    shutil.rmtree(folder)
