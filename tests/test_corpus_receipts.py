"""Receipts in the library file: kept without words, deleted by key, bounded, and holding versions."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from corpus.errors import Forbidden, LibraryError, NotFound, UsageError
from corpus.receipts import KeptAnswer, KeptQuote
from corpus.store import Store
from tests.library_helpers import new_version

BOTH_STORES = True

QUOTE = KeptQuote(
    "quote", "a", 1, 0, 8, "f" * 64, ("Why", "How"), 3, "iii", "A title", "A title. 2026.", "u"
)
ANSWER = KeptAnswer(
    "Why? 🦵", "answered", 4, "d" * 64, (QUOTE,), "same_day", "Hot", "Go", ("stairs",)
)


@pytest.fixture(autouse=True)
def _holds_a_version(store: Store) -> None:
    store.put_version(new_version("a.txt", "The knee hurts."))


def test_a_receipt_comes_back_as_it_was_put(store: Store) -> None:
    made, key = store.receipts.put(ANSWER, most=10)
    assert store.receipts.get(made.id) == made
    assert made.answer == ANSWER
    assert (len(made.id), len(key)) == (36, 48)
    assert store.receipts.versions() == {1}
    with store.transaction() as db:
        kept = tuple(db.execute("SELECT * FROM receipts").fetchone())
    assert made.id in kept
    assert key not in repr(kept)


def test_ids_do_not_follow_from_each_other(store: Store) -> None:
    ids = {store.receipts.put(ANSWER, most=100)[0].id for _ in range(20)}
    assert len(ids) == 20
    assert len({i[:8] for i in ids}) == 20


def test_only_the_key_deletes(store: Store) -> None:
    made, key = store.receipts.put(ANSWER, most=10)
    for wrong in ("", "x", made.id, key[:-1], key.upper() + "0"):
        with pytest.raises(Forbidden):
            store.receipts.delete(made.id, wrong)
    store.receipts.delete(made.id, key)
    with pytest.raises(NotFound):
        store.receipts.get(made.id)
    with pytest.raises(NotFound):
        store.receipts.delete(made.id, key)
    assert store.receipts.versions() == frozenset()


def test_the_operator_needs_no_key(store: Store) -> None:
    made, _ = store.receipts.put(ANSWER, most=10)
    assert store.receipts.remove([made.id, "not-there"]) == 1
    assert store.receipts.list() == ()


def test_the_one_longest_not_opened_gives_way(store: Store) -> None:
    ids = [store.receipts.put(ANSWER, most=3)[0].id for _ in range(3)]
    with store.transaction() as db:
        for day, receipt_id in enumerate(ids, start=1):
            db.execute(
                "UPDATE receipts SET opened_at = ? WHERE id = ?",
                (f"2026-01-0{day}T00:00:00Z", receipt_id),
            )
    store.receipts.opened(ids[0])
    fourth = store.receipts.put(ANSWER, most=3)[0].id
    assert {r.id for r in store.receipts.list()} == {ids[0], ids[2], fourth}


def test_one_that_nobody_opened_ends(store: Store) -> None:
    made, _ = store.receipts.put(ANSWER, most=3)
    assert store.receipts.expire("2026-01-01T00:00:00Z") == 0
    assert store.receipts.expire("2999-01-01T00:00:00Z") == 1
    with pytest.raises(NotFound):
        store.receipts.get(made.id)


def test_one_that_is_too_large_is_not_kept(store: Store) -> None:
    with pytest.raises(UsageError, match="too large"):
        store.receipts.put(replace(ANSWER, question="x" * 70_000), most=3)
    assert store.receipts.list() == ()


def test_a_version_that_a_receipt_needs_cannot_be_deleted(store: Store) -> None:
    made, key = store.receipts.put(ANSWER, most=3)
    forget = "UPDATE documents SET version_id = NULL"
    with pytest.raises(LibraryError), store.transaction() as db:
        db.execute(forget)
        db.execute("DELETE FROM versions WHERE id = 1")
    store.receipts.delete(made.id, key)
    with store.transaction() as db:
        db.execute(forget)
        db.execute("DELETE FROM versions WHERE id = 1")


def test_the_secret_is_one_for_all_that_open_the_library(store: Store) -> None:
    other = store.again(lambda _: None)
    assert store.receipts.secret() == other.receipts.secret()
    assert len(store.receipts.secret()) == 32
    other.close()


def test_a_library_of_before_receipts_gets_them(tmp_path: Path) -> None:
    old = Path(__file__).parent / "files" / "library-v1.db"
    (tmp_path / "library.db").write_bytes(old.read_bytes())
    held = Store(tmp_path / "library.db")
    assert held.receipts.list() == ()
    held.close()
    db = sqlite3.connect(tmp_path / "library.db")
    assert db.execute("SELECT count(*) FROM receipt_versions").fetchone() == (0,)
    db.close()
