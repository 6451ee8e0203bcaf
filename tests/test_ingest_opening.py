"""Archives, sitemaps and feeds are opened in a process of their own: limits, ends, and what is refused."""

from __future__ import annotations

import time
import zipfile
from pathlib import Path

import pytest

from corpus.errors import Broken, LibraryError, ReadError, TooLarge
from ingest import child, frames
from ingest.archive import Contents, Member
from ingest.opening import Opener
from ingest.sandbox import NO_SANDBOX
from ingest.web.listing import Entry, kind_of
from tests.office_helpers import zipped

BASE = "https://example.org/feed"
RSS = '<rss version="2.0"><channel><item><link>/%s</link></item></channel></rss>'
EVIL = '<?xml version="1.0" encoding="%s"?><!DOCTYPE rss [<!ENTITY a "b">]>' + RSS % "&a;"
MAP = (
    '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>/a</loc></url></urlset>'
)


@pytest.fixture(scope="module")
def opener():
    with Opener(megabytes=700) as made:
        yield made


def test_what_comes_back_is_what_is_opened_in_this_process(opener, tmp_path: Path) -> None:
    here = Opener(apart=False)
    path = tmp_path / "made.zip"
    path.write_bytes(zipped({"b/a.md": "one\n", "c.png": "x", "d.zip": "y"}))
    for one in (opener, here):
        assert one.look_into(path) == Contents((Member("b/a.md", 4),), ("c.png",), ("d.zip",))
        assert one.read_member(path, "b/a.md") == b"one\n"
        with pytest.raises(Broken, match=r"gone\.md is missing"):
            one.read_member(path, "gone.md")
        assert one.kind(MAP.encode()) == "sitemap"
        assert one.sitemap(MAP.encode(), base=BASE).entries == (Entry("https://example.org/a"),)
        assert one.kind((RSS % "b").encode("utf-16")) == "feed"
        assert one.feed((RSS % "b").encode("utf-16"), base=BASE).entries == (
            Entry("https://example.org/b"),
        )
        assert one.kind(b"<html><link rel=alternate type=application/rss+xml>") == "page"
        assert one.named(b'<link rel="canonical" href="/x">') == {"/x"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be", "utf-32", "utf-7", "cp037"])
def test_entities_are_refused_in_whatever_encoding(opener, encoding: str) -> None:
    data = (EVIL % encoding).encode(encoding)
    for read in (opener.feed, opener.sitemap):
        with pytest.raises(Broken, match=r"entities|damaged"):
            read(data, base=BASE)


def test_a_head_that_is_made_to_hold_up_the_search_for_the_root_does_not() -> None:
    begun = time.monotonic()
    assert kind_of(b"<?a?>" * 600 + b"<rssfeed>") == "page"
    assert kind_of(b"<!---->" * 500 + b"<urlsets>") == "page"
    assert time.monotonic() - begun < 1


def test_a_listing_that_takes_too_long_is_stopped_and_the_next_is_read() -> None:
    deep = b"<rss><channel>" + b"<a>" * 3_000_000
    with Opener(seconds=1.5) as opener:
        with pytest.raises(TooLarge, match=r"longer than 1\.5 seconds") as found:
            opener.feed(deep, base=BASE)
        assert "by their addresses" in found.value.hint
        assert opener.feed((RSS % "b").encode(), base=BASE).entries


def test_an_archive_is_opened_again_where_its_process_has_ended(opener, tmp_path: Path) -> None:
    path = tmp_path / "made.zip"
    path.write_bytes(zipped({"a.md": "one"}))
    assert opener.read_member(path, "a.md") == b"one"
    opener._child.kill()
    assert opener.read_member(path, "a.md") == b"one"


def test_an_archive_of_many_files_is_refused_in_words(opener, tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as made:
        for n in range(10_001):
            made.writestr(zipfile.ZipInfo(f"{n}.md"), "")
    with pytest.raises(TooLarge, match="more than 10,000 files"):
        opener.look_into(path)


@pytest.mark.parametrize(
    "said",
    [
        frames.dump([[["../../etc/passwd.md", 1]], [], []]),
        frames.dump([[["a.md", "many"]], [], []]),
        frames.dump({"error": ["Locked", "Another process is writing.", ""]}),
        frames.dump({"error": ["SystemExit", "1", ""]}),
        b"no JSON",
    ],
)
def test_a_process_that_was_taken_over_can_only_misread_its_file(
    tmp_path: Path, monkeypatch, said: bytes
) -> None:
    path = tmp_path / "made.zip"
    path.write_bytes(zipped({"a.md": "one"}))
    made = Opener(apart=False)
    monkeypatch.setattr(made, "_here", lambda _: said)
    with pytest.raises(ReadError, match="gave no sense"):
        made.look_into(path)


def test_where_no_process_can_be_started_it_is_done_here_and_told_once(
    tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(child, "BOOT", "raise SystemExit(1)")
    told: list[str] = []
    with Opener(told=told.append) as made:
        assert made.kind(MAP.encode()) == "sitemap"
        assert made.sitemap(MAP.encode(), base=BASE).entries
    assert told == [NO_SANDBOX]
    with Opener() as made:
        monkeypatch.setattr(made, "_worked", True)
        with pytest.raises(LibraryError, match="could be started"):
            made.sitemap(MAP.encode(), base=BASE)


def test_no_process_is_started_for_what_lists_nothing() -> None:
    with Opener() as made:
        assert made.kind(b"%PDF-1.7") == "page"
        assert made.named(b"<title>A page</title>") == frozenset()
        assert made._child is None
