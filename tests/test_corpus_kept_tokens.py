"""The file of token vectors: kept, checked, bounded, emptied, and done without."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from corpus import kept_tokens
from corpus.kept_tokens import KeptTokens

A, B, C = (bytes([n]) * 16 for n in (1, 2, 3))


@pytest.fixture
def kept(tmp_path: Path) -> KeptTokens:
    return KeptTokens(tmp_path / "tokens.db", limit=10_000_000)


def test_what_is_kept_comes_back_in_another_process_too(kept: KeptTokens) -> None:
    assert kept.put({A: b"one", B: b"two"}, epoch=0)
    again = KeptTokens(kept.path, limit=10_000_000)
    assert again.get([B, C, A]) == {A: b"one", B: b"two"}
    assert again.missing([C, A, C, B]) == [C]
    assert (again.count(), again.epoch()) == (2, 0)


def test_what_is_kept_stays_as_it_is(kept: KeptTokens) -> None:
    kept.put({A: b"one"}, epoch=0)
    kept.put({A: b"another", B: b"two"}, epoch=0)
    assert kept.get([A, B]) == {A: b"one", B: b"two"}


@pytest.mark.parametrize(
    "spoil",
    [
        "UPDATE bodies SET body = x'6f6e66' WHERE id = 1",  # a bit flipped
        "UPDATE bodies SET body = x'6f6e' WHERE id = 1",  # torn
        "UPDATE entries SET key = randomblob(16) WHERE id = 3; UPDATE entries SET id = 9 WHERE id = 1;"
        " UPDATE entries SET id = 1 WHERE id = 2; UPDATE entries SET id = 2 WHERE id = 9",  # swapped
    ],
)
def test_what_is_spoilt_is_never_given_and_can_be_kept_anew(kept: KeptTokens, spoil: str) -> None:
    kept.put({A: b"one", B: b"two", C: b"three"}, epoch=0)
    with sqlite3.connect(kept.path) as db:
        db.executescript(spoil)
    assert A not in kept.get([A, B])
    assert kept.missing([A]) == [A]
    kept.put({A: b"one"}, epoch=0)
    assert kept.get([A]) == {A: b"one"}


def test_the_least_lately_used_go_beyond_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_tokens, "_EVICTED", 10)
    kept = KeptTokens(tmp_path / "tokens.db", limit=400_000)
    keys = [bytes([n, *[7] * 15]) for n in range(120)]
    kept.set_mark("filled", "1")
    monkeypatch.setattr(kept_tokens, "_today", lambda: 1)
    for key in keys[:60]:
        kept.put({key: bytes(4000)}, epoch=0)
    monkeypatch.setattr(kept_tokens, "_today", lambda: 2)
    assert len(kept.get(keys[:20])) == 20
    assert kept.mark("filled") == "1"
    for key in keys[60:]:
        kept.put({key: bytes(4000)}, epoch=0)
        assert kept.size() <= 410_000
    left = set(kept.get(keys))
    # the first twenty were used a day after the forty that went first
    assert not set(keys[20:60]) & left
    assert keys[-1] in left
    assert kept.mark("filled") == ""
    kept.close()
    assert kept.path.stat().st_size <= 450_000


def test_only_what_is_needed_stays_and_nothing_of_the_rest_is_on_the_disk(kept: KeptTokens) -> None:
    kept.put({A: b"stays here", B: b"goes away " * 900}, epoch=0)
    assert kept.keep_only([A, C]) == 1
    assert kept.get([A, B]) == {A: b"stays here"}
    held = b"".join(path.read_bytes() for path in kept.path.parent.glob("tokens.db*"))
    assert b"stays here" in held
    assert b"goes away" not in held
    assert B not in held


def test_what_was_read_before_a_withdrawal_is_not_kept_after_it(kept: KeptTokens) -> None:
    before = kept.epoch()
    kept.put({A: b"one"}, epoch=before)
    assert kept.keep_only([], withdrawn=True) == 1
    assert not kept.put({A: b"one"}, epoch=before)
    assert kept.count() == 0
    assert kept.put({B: b"two"}, epoch=kept.epoch())


def test_a_damaged_file_is_made_anew(kept: KeptTokens) -> None:
    kept.put({A: b"one" * 5000}, epoch=0)
    kept.close()
    kept.path.write_bytes(b"SQLite format 3\0" + b"\7" * 9000)
    assert kept.get([A]) == {}
    assert kept.put({A: b"one"}, epoch=0)
    assert kept.get([A]) == {A: b"one"}


def test_a_deleted_file_is_made_anew(kept: KeptTokens) -> None:
    kept.put({A: b"one"}, epoch=0)
    kept.close()
    kept.path.unlink()
    assert kept.get([A]) == {}
    assert kept.put({A: b"two"}, epoch=0)


def test_a_place_that_cannot_be_used_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    kept = KeptTokens(tmp_path / "file" / "tokens.db", limit=1000)
    assert kept.get([A]) == {}
    assert not kept.put({A: b"one"}, epoch=0)
    assert (kept.missing([A]), kept.size(), kept.count(), kept.epoch()) == ([A], 0, 0, 0)


def test_a_question_does_not_wait_for_another_process_that_writes(kept: KeptTokens) -> None:
    kept.put({A: b"one"}, epoch=0)
    other = sqlite3.connect(kept.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    ended: list[bool] = []
    thread = threading.Thread(target=lambda: ended.append(kept.put({B: b"two"}, epoch=0)))
    thread.start()
    thread.join(5)
    assert ended == [False]
    assert kept.get([A, B]) == {A: b"one"}
    other.execute("ROLLBACK")
    assert kept.put({B: b"two"}, epoch=0)
