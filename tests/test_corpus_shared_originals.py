"""Originals in a place that several machines share: a folder and fsspec's memory, each as an object store."""

from __future__ import annotations

from pathlib import Path

import fsspec
import pytest

from corpus.errors import NotFound, StoreAway, UsageError
from corpus.originals import sha256_bytes
from corpus.shared_originals import SharedOriginals

ABC = sha256_bytes(b"abc")


@pytest.fixture(params=["folder", "memory"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "folder":
        return str(tmp_path / "shared")
    fsspec.filesystem("memory").store.clear()
    return "memory://bucket/originals"


@pytest.fixture
def here(tmp_path: Path, url: str) -> SharedOriginals:
    return SharedOriginals(tmp_path / "here", url)


@pytest.fixture
def there(tmp_path: Path, url: str) -> SharedOriginals:
    return SharedOriginals(tmp_path / "there", url)


def test_what_one_machine_keeps_another_gets(here: SharedOriginals, there: SharedOriginals) -> None:
    assert here.put(b"abc") == ABC
    assert there.get(ABC) == b"abc"
    assert list(there.kept()) == [ABC]
    assert there.check(frozenset({ABC, "0" * 64})) == ("0" * 64,)
    # it lies there once it is needed as a file
    assert not (there.root / "ba" / ABC).exists()
    assert there.path(ABC).read_bytes() == b"abc"


def test_it_is_there_in_the_shared_place_even_if_the_machine_has_it(
    here: SharedOriginals, there: SharedOriginals, url: str
) -> None:
    here.put(b"abc")
    there.remove(ABC)
    assert here.get(ABC) == b"abc"
    here.put(b"abc")
    assert there.get(ABC) == b"abc"


def test_what_is_removed_is_gone_everywhere_but_where_it_lies_as_a_file(
    here: SharedOriginals, there: SharedOriginals
) -> None:
    here.put(b"abc")
    there.path(ABC)
    here.remove(ABC)
    here.remove(ABC)
    with pytest.raises(NotFound, match="no longer kept"):
        here.get(ABC)
    there.let_go(frozenset)
    with pytest.raises(NotFound, match="no longer kept"):
        there.get(ABC)


def test_a_sweep_leaves_what_is_needed(here: SharedOriginals, there: SharedOriginals) -> None:
    here.put(b"abc")
    other = here.put(b"xyz")
    assert here.sweep(frozenset({other})) == 1
    assert list(there.kept()) == [other]


def test_what_is_missing_there_is_told_though_it_lies_here(here: SharedOriginals, url: str) -> None:
    here.put(b"abc")
    fs, place = fsspec.core.url_to_fs(url)
    fs.rm_file(f"{place}/ba/{ABC}")
    assert here.check(frozenset({ABC})) == (ABC,)
    here.put(here.get(ABC))
    assert here.check(frozenset({ABC})) == ()


def test_what_was_altered_there_is_told(
    here: SharedOriginals, there: SharedOriginals, url: str
) -> None:
    here.put(b"abc")
    fs, place = fsspec.core.url_to_fs(url)
    fs.pipe_file(f"{place}/ba/{ABC}", b"abX")
    with pytest.raises(NotFound, match="damaged"):
        there.get(ABC)


def test_a_place_that_cannot_be_used_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    held = SharedOriginals(tmp_path / "here", str(tmp_path / "file" / "deep"))
    with pytest.raises(StoreAway, match="The place of the originals"):
        held.put(b"abc")
    with pytest.raises(UsageError, match="originals_url cannot be used"):
        SharedOriginals(tmp_path / "here", "nonsense://bucket")
