"""A generation's folder: its manifest, sizes, checksums, format, and how it comes to its place."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from corpus.errors import Damaged, NewerLibrary, Unwritable
from corpus.records import Generation
from index import generation as gen
from index.generation import FileEntry, Manifest, SegmentEntry

MANIFEST = Manifest(
    generation=7,
    model="m/1",
    dimension=3,
    passages=5,
    digest="d" * 64,
    lexical_deleted=2,
    stemmers=("english", "german"),
    segments=(SegmentEntry("seg-00000006", 4, 1), SegmentEntry("seg-00000007", 2, 0)),
    files=(),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "work"
    (made / "lexical").mkdir(parents=True)
    (made / "lexical" / "meta.json").write_bytes(b"abc")
    (made / "lexical" / ".tantivy-writer.lock").touch()
    (made / "a.npy").write_bytes(b"")
    gen.write_manifest(made, MANIFEST)
    return made


def edit(folder: Path, **changes: object) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_what_is_written_is_read(folder: Path) -> None:
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert gen.read_manifest(folder) == replace(
        MANIFEST,
        files=(FileEntry("a.npy", 0, empty), FileEntry("lexical/meta.json", 3, abc)),
    )
    assert json.loads((folder / "manifest.json").read_text())["format"] == gen.FORMAT == 5
    assert gen.check_sums(folder) == ()


def test_a_file_of_another_size_or_none_is_damage(folder: Path) -> None:
    (folder / "lexical" / "meta.json").write_bytes(b"ab")
    with pytest.raises(Damaged, match=r"lexical/meta\.json has another size") as caught:
        gen.read_manifest(folder)
    assert caught.value.hint == "Run: patella doctor --mend"
    (folder / "lexical" / "meta.json").unlink()
    with pytest.raises(Damaged):
        gen.read_manifest(folder)


def test_altered_bytes_are_found_by_their_checksum(folder: Path) -> None:
    (folder / "lexical" / "meta.json").write_bytes(b"abd")
    gen.read_manifest(folder)
    assert gen.check_sums(folder) == ("lexical/meta.json",)


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"format": 3}', '{"format": "two"}', "\x00"]
)
def test_a_manifest_that_says_nothing_is_damage(folder: Path, content: str) -> None:
    (folder / "manifest.json").write_text(content)
    with pytest.raises(Damaged, match="work is missing or damaged"):
        gen.read_manifest(folder)


def test_a_folder_that_is_not_there_is_damage(tmp_path: Path) -> None:
    with pytest.raises(Damaged):
        gen.read_manifest(tmp_path / "gen-00000001")


def test_an_older_format_is_made_again_and_a_newer_one_refused(folder: Path) -> None:
    edit(folder, format=1)
    with pytest.raises(Damaged, match="older Patella"):
        gen.read_manifest(folder)
    edit(folder, format=99)
    with pytest.raises(NewerLibrary, match="format 99") as caught:
        gen.read_manifest(folder)
    assert caught.value.hint == "Upgrade Patella, or run: patella doctor --mend"


@pytest.mark.parametrize(
    ("generation", "expected"),
    [
        (Generation(7, "2026", 1, 5, "m/1", "d" * 64), True),
        (Generation(8, "2026", 1, 5, "m/1", "d" * 64), False),
        (Generation(7, "2026", 1, 5, "m/2", "d" * 64), False),
        (Generation(7, "2026", 1, 5, "m/1", "e" * 64), False),
    ],
)
def test_a_manifest_knows_its_generation(generation: Generation, expected: bool) -> None:
    assert MANIFEST.is_of(generation) is expected


def test_published_folders_are_listed_oldest_first(tmp_path: Path) -> None:
    assert gen.published(tmp_path / "none") == ()
    for name in ("gen-00000010", "gen-00000002", ".new-x", "gen-3", "gen-00000004.old"):
        (tmp_path / name).mkdir()
    assert gen.published(tmp_path) == (2, 10)
    assert gen.folder_name(2) == "gen-00000002"


def test_a_sealed_folder_takes_the_place_of_an_unfinished_one(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "gen-00000007").mkdir()
    (tmp_path / "gen-00000007" / "left").touch()
    target = gen.seal(folder, tmp_path, 7)
    assert target == tmp_path / "gen-00000007"
    assert not folder.exists()
    assert not (target / "left").exists()
    assert gen.read_manifest(target).generation == 7


def test_sealing_where_it_cannot_be_done_is_told(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(Unwritable):
        gen.seal(folder, tmp_path / "none", 7)


def test_files_are_shared_by_links_and_copied_where_there_are_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    gen.link_or_copy(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "a").stat().st_ino == (tmp_path / "b").stat().st_ino

    def refuse(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "link", refuse)
    gen.link_or_copy(tmp_path / "a", tmp_path / "c")
    assert (tmp_path / "a").stat().st_ino != (tmp_path / "c").stat().st_ino
    assert (tmp_path / "c").read_bytes() == b"abc"
