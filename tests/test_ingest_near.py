"""Near-duplicates: told of with the share of their phrases, and none dropped."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from corpus.signatures import Signatures
from corpus.store import Store
from ingest import minhash, near
from ingest.near import near_duplicates, phrases_of
from patella.cli import main
from tests.library_helpers import put

WORDS = [f"word{number}" for number in range(400)]


def text(seed: int, length: int = 300) -> str:
    return " ".join(random.Random(seed).choices(WORDS, k=length)) + "."


def edited(words: str, *, every: int) -> str:
    parts = words.split()
    return " ".join("other" if n % every == 7 else part for n, part in enumerate(parts))


@pytest.fixture
def store(tmp_path: Path):
    opened = Store(tmp_path / "library.db")
    yield opened
    opened.close()


def test_the_share_is_that_of_the_phrases(store: Store) -> None:
    one = text(1)
    two = edited(one, every=100)
    for name, words in {"a.txt": one, "b.txt": two, "c.txt": text(2)}.items():
        put(store, name, words)
    share = len(phrases_of(one) & phrases_of(two)) / len(phrases_of(one) | phrases_of(two))
    assert 0.85 < share < 0.95
    assert near_duplicates(store.signatures, {"b"}) == {
        "b": f"Nearly the same as a ({int(share * 100)} % of their phrases)."
    }
    assert near_duplicates(store.signatures, {"a", "b", "c"}).keys() == {"a", "b"}
    assert near_duplicates(store.signatures, set()) == {}


def test_what_is_less_alike_is_not_told(store: Store) -> None:
    one = text(1)
    put(store, "a.txt", one)
    put(store, "b.txt", edited(one, every=25))  # about two thirds
    put(store, "c.txt", "Too short to tell.")
    put(store, "d.txt", "Too short to tell!")
    assert near_duplicates(store.signatures, {"a", "b", "c", "d"}) == {}


def test_many_alike_are_counted(store: Store) -> None:
    one = text(1)
    for number in range(6):
        put(store, f"p{number}.txt", one + f" extra{number}")
    told = near_duplicates(store.signatures, {"p5"})["p5"]
    assert told.count("%") == 3 and told.endswith("and 2 more.")


def test_marks_are_made_once(store: Store, monkeypatch) -> None:
    put(store, "a.txt", text(1))
    put(store, "b.txt", text(2))
    near_duplicates(store.signatures, {"a"})
    kept = {s.document_id: s.mark for s in store.signatures.working()}
    assert {len(mark) for mark in kept.values()} == {512}

    def nothing(*_: object) -> bytes:
        raise AssertionError("made again")

    monkeypatch.setattr(near, "_mark", nothing)
    assert near_duplicates(store.signatures, {"a"}) == {}
    assert isinstance(store.signatures, Signatures)


def test_marks_are_datasketch_s_own() -> None:
    from datasketch import MinHash

    phrases = [phrase.encode() for phrase in phrases_of(text(5, 9_000))]
    theirs = MinHash(num_perm=128, seed=1, scheme="affine32")
    theirs.update_batch(phrases)
    assert minhash.mark(phrases) == theirs.hashvalues.astype("<u4").tobytes()


def test_a_mark_may_begin_or_end_with_any_byte(store: Store) -> None:
    for name, words in {"a.txt": text(1), "b.txt": text(2), "c.txt": "Short."}.items():
        put(store, name, words)
    dashes = b"-" + bytes(510) + b"-"
    store.signatures.put({each.version_id: dashes for each in store.signatures.working()[:2]})
    assert near_duplicates(store.signatures, {"a"}) == {}


def test_many_are_compared_as_few_are() -> None:
    chance = np.random.default_rng(3)
    marks = chance.integers(0, 2**32, (300, 128), dtype=np.uint32)
    # the second hundred is like the first, in 128, 127, … of its places
    marks[100:200] = marks[:100]
    for row in range(100):
        marks[100 + row, : row // 2] = 7
    given = [row.astype("<u4").tobytes() for row in marks]
    many = minhash.alike(given, range(300), share=0.7)
    assert many == {n: minhash.alike(given, [n], share=0.7)[n] for n in range(300)}
    assert [n for n, others in many.items() if others] == [*range(78), *range(100, 178)]
    assert many[7] == [107] and many[107] == [7]
    assert minhash.alike([], [], share=0.7) == {}


def test_a_run_tells_of_them_and_drops_none(tmp_path) -> None:
    def patella(*args: str | Path) -> Result:
        return CliRunner().invoke(main, ["--data-dir", str(tmp_path / "data"), *map(str, args)])

    folder = tmp_path / "guides"
    folder.mkdir()
    one = ". ".join(f"Sentence {n} says {text(n, 12)}" for n in range(30))
    (folder / "a.txt").write_text(one, "utf-8")
    (folder / "b.txt").write_text(one.replace("Sentence 3 ", "Clause 3 "), "utf-8")
    (folder / "c.txt").write_text(text(99), "utf-8")
    report = json.loads(patella("add", "--json", folder).stdout)
    told = {f["path"]: " ".join(f["warnings"]) for f in report["files"]}
    assert "Nearly the same as b (9" in told["a.txt"] and "Nearly the same as a (9" in told["b.txt"]
    assert told["c.txt"] == ""
    assert len(json.loads(patella("list", "--json").stdout)["documents"]) == 3
    (folder / "d.txt").write_text(one.replace("Sentence 9 ", "Clause 9 "), "utf-8")
    report = patella("index").output
    assert "Nearly the same as a" in " ".join(report.split())
