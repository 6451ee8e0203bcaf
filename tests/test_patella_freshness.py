"""Whether a document's file is still what was indexed, told from real files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from corpus.files import Location
from corpus.records import Document
from corpus.store import Store
from patella import freshness
from patella.freshness import Freshness
from tests.library_helpers import new_version


@pytest.fixture
def library(tmp_path: Path):
    store = Store(tmp_path / "library.db")
    folder = tmp_path / "articles"
    folder.mkdir()
    source = store.files.add("folder", str(folder))
    for name in ("a.txt", "b.txt"):
        (folder / name).write_text(f"Words of {name}.", "utf-8")
        new = new_version(name, f"Words of {name}.")
        document_id = store.put_version(new)
        stat = (folder / name).stat()
        store.files.put_location(
            Location(
                source.id, name, document_id, new.original_sha, stat.st_size, stat.st_mtime_ns, 0
            )
        )
    yield store, folder
    store.close()


def states(store: Store) -> dict[str, str]:
    documents: list[Document] = [store.version(1), store.version(2)]
    return {d.id: d.source for d in Freshness(store).tell(documents).values()}


def test_files_that_stayed_as_they_were(library) -> None:
    assert states(library[0]) == {"a": "same", "b": "same"}


def test_a_file_that_was_edited_and_one_that_was_only_touched(library) -> None:
    store, folder = library
    (folder / "a.txt").write_text("Other words.", "utf-8")
    os.utime(folder / "b.txt", ns=(5, 5))
    assert states(store) == {"a": "changed", "b": "same"}


def test_a_file_that_is_gone_and_a_folder_that_is_not_there(library) -> None:
    store, folder = library
    (folder / "a.txt").unlink()
    assert states(store) == {"a": "missing", "b": "same"}
    folder.rename(folder.with_name("unmounted"))
    assert states(store) == {"a": "unknown", "b": "unknown"}


def test_of_two_files_of_one_document_one_that_stayed_is_enough(library) -> None:
    store, folder = library
    source = store.files.list()[0]
    held = store.files.locations()[0]
    (folder / "copy.txt").write_text("Words of a.txt.", "utf-8")
    stat = (folder / "copy.txt").stat()
    store.files.put_location(
        Location(source.id, "copy.txt", "a", held.sha256, stat.st_size, stat.st_mtime_ns, 0)
    )
    (folder / "a.txt").unlink()
    assert states(store)["a"] == "same"


def test_a_look_is_believed_for_a_moment(library, monkeypatch: pytest.MonkeyPatch) -> None:
    store, folder = library
    looking = Freshness(store)
    documents = [store.version(1)]
    assert looking.tell(documents)[1].source == "same"
    (folder / "a.txt").write_text("Other words.", "utf-8")
    assert looking.tell(documents)[1].source == "same"
    monkeypatch.setattr(freshness, "HOLD_SECONDS", 0.0)
    assert looking.tell(documents)[1].source == "changed"


def test_a_document_without_a_file_is_unknown(library) -> None:
    store, _ = library
    for location in store.files.locations():
        store.files.drop_location(location.source_id, location.path)
    assert states(store) == {"a": "unknown", "b": "unknown"}
