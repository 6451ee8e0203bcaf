"""The library file's format: made, kept, refused when newer, and opened for ever."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from pathlib import Path

import pytest

from corpus import migrations
from corpus.errors import LibraryError, NewerLibrary
from corpus.records import EvidenceNote, RedFlagSection, Reference
from corpus.store import Store
from tests.library_helpers import new_version

OLD = Path(__file__).parent / "files" / "library-v1.db"
"""Written by ``tests/make_library.py`` when 1 was the newest format. Never made again."""

TABLES = {
    "documents", "excluded", "failures", "generations", "hidden", "job_events", "jobs", "library",
    "locations", "loose", "moves", "pages", "passages", "pointer", "receipt_versions", "receipts", "runs",
    "saved_questions", "signatures", "sources", "tallies", "touched", "unmarked", "version_sums", "versions",
    "withdrawals", "withdrawn_content",
}  # fmt: skip


def schema(path: Path) -> list[str]:
    with sqlite3.connect(path) as db:
        rows = db.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name")
        return [row[0] for row in rows]


def pragma(path: Path, name: str) -> object:
    db = sqlite3.connect(path)
    found = db.execute(f"PRAGMA {name}").fetchone()[0]
    db.close()
    return found


def test_a_fresh_file_has_every_table_and_our_mark(tmp_path: Path) -> None:
    Store(tmp_path / "deep" / "er" / "library.db").close()
    path = tmp_path / "deep" / "er" / "library.db"
    db = sqlite3.connect(path)
    rows = db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    db.close()
    assert {row[0] for row in rows} - {"sqlite_sequence"} == TABLES
    assert pragma(path, "user_version") == len(migrations.MIGRATIONS)
    assert pragma(path, "application_id") == 0x50544C41
    assert pragma(path, "journal_mode") == "wal"


def test_opening_again_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    Store(path).close()
    before = path.read_bytes()
    Store(path).close()
    assert path.read_bytes() == before


def test_a_newer_library_is_refused_and_left_untouched(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    Store(path).close()
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    before = path.read_bytes()
    with pytest.raises(NewerLibrary, match="format 99") as caught:
        Store(path)
    assert caught.value.hint == "Upgrade Patella, or use another data directory."
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["library.db"]


def test_a_step_that_fails_leaves_the_file_at_the_step_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "library.db"
    Store(path).close()
    before = schema(path)
    half = "CREATE TABLE half (a TEXT) STRICT; CREATE TABLE library (b TEXT) STRICT;"
    monkeypatch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, half))
    with pytest.raises(LibraryError, match="table library already exists"):
        Store(path)
    assert schema(path) == before
    assert pragma(path, "user_version") == len(migrations.MIGRATIONS) - 1


def test_a_new_step_is_taken_once_and_keeps_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "library.db"
    store = Store(path)
    store.put_version(new_version("a.txt", "The knee hurts."))
    store.close()
    step = "ALTER TABLE library ADD COLUMN note TEXT; -- the last; step\n"
    monkeypatch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, step))
    for _ in range(2):
        store = Store(path)
        assert store.working_recipes() == {"a": "words/1"}
        store.close()
    assert pragma(path, "user_version") == len(migrations.MIGRATIONS)


def test_many_may_make_the_same_library_at_once(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    barrier, wrong = threading.Barrier(6), []

    def open_it() -> None:
        barrier.wait()
        try:
            Store(path).close()
        except LibraryError as error:
            wrong.append(str(error))

    threads = [threading.Thread(target=open_it) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert pragma(path, "user_version") == len(migrations.MIGRATIONS)
    # what another was just making was not taken for a library of an older format
    assert list(tmp_path.glob("*format-*")) == []


@pytest.fixture
def old(tmp_path: Path):
    shutil.copy(OLD, tmp_path / "library.db")
    store = Store(tmp_path / "library.db")
    yield store
    store.close()


def test_the_saved_file_is_of_format_1() -> None:
    assert OLD.read_bytes()[60:64] == (1).to_bytes(4, "big")
    assert OLD.stat().st_size < 60_000


def test_a_library_of_format_1_opens(old: Store) -> None:
    current = old.current()
    assert current is not None
    assert (current.id, current.documents, current.passages) == (2, 2, 3)
    assert [g.id for g in old.generations()] == [1, 2]
    assert [(d.id, d.number, d.paths) for d in old.documents(2)] == [
        ("cafe", 1, ("cafe.md",)),
        ("stairs", 2, ("stairs.md",)),
    ]
    assert [(d.id, d.number) for d in old.documents(1)] == [("bees", 1), ("stairs", 1)]


def test_a_document_of_format_1_is_whole(old: Store) -> None:
    stairs = old.document("stairs", generation=2)
    meta = stairs.metadata
    assert (meta.title, meta.kind, meta.reviewed) == ("Stairs", "guideline", "2026-01")
    assert meta.topics == ("stairs", "knees")
    assert meta.references == (
        Reference(1, "Ames B", "On steps", "J Knee", "2020", "10.1/x", "trial"),
    )
    assert meta.evidence == (EvidenceNote("stepping down", "trial", (1,)),)
    assert meta.red_flags == (RedFlagSection("Get help", "emergency"),)
    assert (stairs.page_labels, stairs.warnings, stairs.pages) == (
        ("i", "1"),
        ("Page 2 is blank.",),
        2,
    )
    text, blocks = old.text(stairs.version_id)
    assert text == "Stepping down loads the knee. 🦵🏽 It aches.\n\nGo sideways."
    assert [(b.kind, text[b.start : b.end], b.level, b.page) for b in blocks] == [
        ("heading", "Stepping down loads the knee. 🦵🏽 It aches.", 2, 1),
        ("list_item", "Go sideways.", 1, None),
    ]
    first, second = old.document_passages(stairs.version_id)
    assert (first.text, first.heading, first.page_label) == (text[:42], ("Down", "Why"), "1")
    assert [text[a:b] for a, b in first.sentences] == [
        "Stepping down loads the knee.",
        "🦵🏽 It aches.",
    ]
    assert (second.text, second.page, second.prefix) == ("Go sideways.", None, "Stairs")
    assert (old.wrong_passages(), old.wrong_texts(), old.integrity()) == ((), (), "ok")


def test_what_else_a_library_of_format_1_keeps(old: Store) -> None:
    assert [(s.kind, s.address) for s in old.files.list()] == [("folder", "/articles")]
    assert [(f.path, f.error, f.hint) for f in old.files.failures()] == [
        ("locked.pdf", "Encrypted", "Take the password off.")
    ]
    assert old.files.excluded() == {(1, "left-out.md")}
    assert old.last_run() == '{"files": []}'


def test_a_library_of_format_1_goes_on(old: Store) -> None:
    assert old.put_version(new_version("new.txt", "A new page.")) == "new"
    assert old.next_generation() == 3


def test_an_older_library_is_kept_as_it_was_before_it_is_changed(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    shutil.copy(OLD, path)
    Store(path).close()
    kept = tmp_path / "library.db.format-1"
    assert pragma(path, "user_version") == len(migrations.MIGRATIONS)
    assert pragma(kept, "user_version") == 1
    assert schema(kept) == schema(OLD)
    before = kept.read_bytes()
    Store(path).close()
    assert kept.read_bytes() == before
    assert sorted(one.name for one in tmp_path.iterdir()) == ["library.db", "library.db.format-1"]
