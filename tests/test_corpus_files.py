"""Sources, the files they hold, those that could not be read, and those left out."""

from __future__ import annotations

import pytest

from corpus.errors import LibraryError
from corpus.files import Failure, Files, Location, Source
from corpus.store import Store
from tests.library_helpers import new_version

BOTH_STORES = True


@pytest.fixture
def files(store: Store) -> Files:
    store.put_version(new_version("a.txt", "A."))
    store.put_version(new_version("b.txt", "B."))
    return store.files


def location(source: Source, path: str, document_id: str = "a", sha256: str = "0") -> Location:
    return Location(source.id, path, document_id, sha256, 10, 20, 30)


def failure(source: Source, path: str, reason: str = "It is cut short.") -> Failure:
    return Failure(source.id, path, 10, 20, "Broken", reason, "Copy it again.")


def test_a_source_is_added_once(files: Files) -> None:
    first = files.add("folder", "/articles")
    assert first == Source(1, "folder", "/articles")
    assert files.add("folder", "/articles") == first
    second = files.add("file", "/other/b.txt")
    assert files.list() == (first, second)


def test_a_source_of_no_known_kind_is_refused(files: Files) -> None:
    with pytest.raises(LibraryError, match=r"(?i)check"):
        files.add("cloud", "/x")  # type: ignore[arg-type]


def test_locations_are_kept_and_replaced(files: Files) -> None:
    one, two = files.add("folder", "/one"), files.add("folder", "/two")
    files.put_location(location(one, "b.txt", "b"))
    files.put_location(location(one, "a.txt"))
    files.put_location(location(two, "a.txt"))
    files.put_location(location(one, "a.txt", sha256="1"))
    assert files.locations(one.id) == (
        location(one, "a.txt", sha256="1"),
        location(one, "b.txt", "b"),
    )
    assert [x.source_id for x in files.locations()] == [1, 1, 2]
    files.drop_location(one.id, "a.txt")
    files.drop_location(one.id, "nothing.txt")
    assert [x.path for x in files.locations(one.id)] == ["b.txt"]


def test_a_location_names_a_document_and_a_source_that_are_there(files: Files) -> None:
    source = files.add("folder", "/one")
    with pytest.raises(LibraryError, match=r"(?i)foreign key"):
        files.put_location(location(source, "a.txt", "nobody"))
    with pytest.raises(LibraryError, match=r"(?i)foreign key"):
        files.put_location(location(Source(9, "folder", "/"), "a.txt"))


def test_a_failure_is_kept_until_the_file_is_read(files: Files) -> None:
    source = files.add("folder", "/one")
    files.put_failure(failure(source, "b.pdf"))
    files.put_failure(failure(source, "a.pdf", "It needs a password."))
    files.put_failure(failure(source, "a.pdf"))
    assert files.failures() == (failure(source, "a.pdf"), failure(source, "b.pdf"))
    files.put_location(location(source, "a.pdf"))
    assert files.failures() == (failure(source, "b.pdf"),)
    files.drop_location(source.id, "b.pdf")
    assert files.failures() == ()


def test_a_file_that_is_left_out_can_be_taken_in_again(files: Files) -> None:
    source = files.add("folder", "/one")
    files.put_location(location(source, "a.txt"))
    files.put_failure(failure(source, "b.pdf"))
    files.exclude(source.id, "a.txt")
    files.exclude(source.id, "a.txt")
    files.exclude(source.id, "b.pdf")
    assert files.excluded() == {(1, "a.txt"), (1, "b.pdf")}
    assert (files.locations(), files.failures()) == ((), ())
    files.include(source.id, "a.txt")
    assert files.excluded() == {(1, "b.pdf")}


def test_a_removed_source_takes_all_it_had_with_it(files: Files) -> None:
    one, two = files.add("folder", "/one"), files.add("folder", "/two")
    for source in (one, two):
        files.put_location(location(source, "a.txt"))
        files.put_failure(failure(source, "b.pdf"))
        files.exclude(source.id, "c.txt")
    files.remove(one.id)
    assert files.list() == (two,)
    assert files.locations() == (location(two, "a.txt"),)
    assert files.failures() == (failure(two, "b.pdf"),)
    assert files.excluded() == {(two.id, "c.txt")}


def test_a_document_tells_all_its_paths(store: Store, files: Files) -> None:
    source = files.add("folder", "/one")
    sha = new_version("a.txt", "A.").original_sha
    files.put_location(location(source, "z.txt", sha256=sha))
    files.put_location(location(source, "c.txt", sha256=sha))
    files.put_location(location(source, "of-other-bytes.txt", sha256="0"))
    version = store.version(1)
    assert (version.path, version.paths) == ("c.txt", ("c.txt", "z.txt"))
