"""Merging beside the served generation: what is due, what it gives, and what it must never bring back."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.errors import Unwritable
from index import generation as gen
from index import merging
from index.standing import MERGED
from tests.library_helpers import Library

HELD: list[str] = []


@contextlib.contextmanager
def locked() -> Iterator[None]:
    HELD.append("held")
    yield


@pytest.fixture(autouse=True)
def _small(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a small library merge as a large one does."""
    monkeypatch.setattr(type(library.builder), "in_passing", 3)
    HELD.clear()


def segments(library: Library) -> list[tuple[str, int, int]]:
    current = library.store.current()
    assert current
    manifest = gen.read_manifest(library.folder(current.id))
    return [(entry.name, entry.rows, entry.deleted) for entry in manifest.segments]


def fill(library: Library, *names: str, passages: int = 2) -> None:
    for name in names:
        library.put(f"{name}.txt", *[f"Number {n} of {name} is here." for n in range(passages)])
        library.publish()


def merge(library: Library, pause=lambda: True) -> bool:
    return library.builder.merge(locked=locked, pause=pause)


def found(library: Library) -> dict[str, list[int]]:
    """Return what is found by vector and by word for some questions."""
    opened = library.searcher()
    return {
        word: sorted(opened.passage_ids())
        + [hit.passage_id for hit in opened.vectors.score(
            library.encoder.encode([f"Number 1 of {word} is here."])[0], opened.passage_ids()
        )][:1]
        + sorted(opened.lexical.holding([word], 10))
        for word in ("bees", "stair", "wine")
    }  # fmt: skip


def test_a_change_leaves_what_is_larger_and_the_next_one_takes_up_what_was_merged(
    library: Library,
) -> None:
    fill(library, "bees", "stair", "wine", "tides")
    assert segments(library) == [(f"seg-{n:08d}", 2, 0) for n in range(1, 5)]
    before = found(library)
    assert merge(library)
    assert HELD == ["held"]
    # what is served is as it was
    assert [rows for _, rows, _ in segments(library)] == [2, 2, 2, 2]
    assert found(library) == before
    assert not merge(library)
    library.remove("tides.txt")
    fill(library, "ropes")
    assert segments(library) == [("seg-00000004-merged", 8, 2), ("seg-00000005", 2, 0)]
    assert gen.check_sums(library.folder(5)) == ()
    assert not (library.index / MERGED).exists()
    assert found(library) == {word: [*range(1, 7), 9, 10, *ids[8:]] for word, ids in before.items()}


def test_segments_are_merged_within_a_factor_of_four_and_never_all_each_time(
    library: Library,
) -> None:
    written = {"0": 0}
    for number in range(40):
        fill(library, f"d{number}")
        merge(library)
        manifest = gen.read_manifest(library.folder(number + 1))
        for entry in manifest.segments:
            written.setdefault(entry.name, entry.rows)
    assert len(segments(library)) <= 10
    # 80 passages: each was written once as new, and once for each power of four up to them
    assert sum(written.values()) <= 80 * 4
    assert library.searcher().passage_ids() == list(range(1, 81))


def test_what_is_mostly_deleted_is_written_anew_and_its_words_with_it(library: Library) -> None:
    library.put("a.txt", *[f"Passage {n} stays." for n in range(7)])
    library.put("b.txt", *[f"Passage {n} goes." for n in range(3)])
    library.publish()
    library.remove("b.txt")
    library.publish()
    assert segments(library) == [("seg-00000001", 10, 3)]
    assert library.searcher().lexical.document_frequency("passag") == 10
    assert merge(library)
    library.put("c.txt", "Passage 1 comes.")
    library.publish()
    assert segments(library) == [("seg-00000002-merged", 7, 0), ("seg-00000003", 1, 0)]
    lexical = library.searcher().lexical
    assert (lexical.document_frequency("passag"), len(lexical)) == (8, 8)
    manifest = gen.read_manifest(library.folder(3))
    assert manifest.lexical_deleted == 0


def test_changes_that_came_meanwhile_are_in_what_takes_it_up(library: Library) -> None:
    library.put("a.txt", *[f"Passage {n} stays." for n in range(7)])
    library.put("b.txt", *[f"Passage {n} goes." for n in range(3)])
    library.put("e.txt", "Ladders go later.")
    library.publish()
    library.remove("b.txt")
    library.publish()

    def meanwhile() -> bool:
        if len(library.store.generations()) == 2:
            library.put("c.txt", "Bees came.")
            library.publish()
            library.remove("e.txt")
            library.publish()
        return True

    assert merge(library, meanwhile)
    library.put("d.txt", "Wasps came.")
    library.publish()
    opened = library.searcher()
    assert sorted(opened.passage_ids()) == library.store.generation_passages(5)
    assert len(opened.lexical) == 9
    assert opened.lexical.holding(["ladder"], 10) == []
    assert len(opened.lexical.holding(["bee"], 10)) == 1
    assert len(opened.lexical.holding(["wasp"], 10)) == 1
    assert segments(library) == [("seg-00000002-merged", 8, 1), ("seg-00000005", 2, 0)]


def test_what_no_merge_has_is_done_by_a_change_at_last(library: Library) -> None:
    library.put("a.txt", *[f"Passage {n} stays." for n in range(4)])
    library.put("b.txt", *[f"Passage {n} goes." for n in range(6)])
    library.publish()
    library.remove("b.txt")
    library.publish()
    assert segments(library) == [("seg-00000002", 4, 0)]
    assert library.searcher().lexical.document_frequency("passag") == 4


def test_a_merge_of_what_was_withdrawn_is_not_taken(library: Library) -> None:
    fill(library, "bees", "stair", "wine", "tides")
    assert merge(library)
    library.store.withdrawals.take_out(["wine"], by="", reason="")
    left = library.store.withdrawals.unfinished()
    changed = [library.store.withdrawals.counted(one) for one in library.store.generations()]
    library.builder.renew(changed[-1], anew=True)
    library.store.withdrawals.finish(left, changed)
    assert sorted(path.name for path in library.index.iterdir()) == ["gen-00000004"]
    fill(library, "ropes")
    assert library.searcher().lexical.document_frequency("wine") == 0


def test_a_merge_breaks_off_where_something_is_withdrawn_meanwhile(library: Library) -> None:
    fill(library, "bees", "stair", "wine", "tides")

    def withdraw() -> bool:
        library.store.withdrawals.take_out(["wine"], by="", reason="")
        left = library.store.withdrawals.unfinished()
        changed = [library.store.withdrawals.counted(one) for one in library.store.generations()]
        library.builder.renew(changed[-1], anew=True)
        library.store.withdrawals.finish(left, changed)
        return True

    assert not merge(library, withdraw)
    assert sorted(path.name for path in library.index.iterdir()) == ["gen-00000004"]


def test_it_ends_when_it_is_told_to_and_leaves_nothing(library: Library) -> None:
    fill(library, "bees", "stair", "wine", "tides")
    assert not merge(library, lambda: False)
    assert not [p for p in library.index.iterdir() if not p.name.startswith("gen-")]
    assert HELD == []


def test_a_disk_that_refuses_is_told_and_leaves_nothing(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(library, "bees", "stair", "wine", "tides")

    def full(*_: object, **__: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(merging, "write_segment", full)
    with pytest.raises(Unwritable, match=r"could not be merged: .*No space left"):
        merge(library)
    assert not [p for p in library.index.iterdir() if not p.name.startswith("gen-")]


def test_a_torn_merge_is_not_taken(library: Library) -> None:
    fill(library, "bees", "stair", "wine", "tides")
    assert merge(library)
    path = next((library.index / MERGED).glob("seg-*/vectors.faiss"))
    path.write_bytes(path.read_bytes()[:-1])
    fill(library, "ropes")
    assert [rows for _, rows, _ in segments(library)] == [2, 2, 2, 2, 2]
    assert library.searcher().passage_ids() == list(range(1, 11))


def test_what_a_killed_merge_left_is_cleared_by_the_next(library: Library) -> None:
    fill(library, "bees", "stair", "wine", "tides")
    left: Path = library.index / f"{merging.WORK}old"
    left.mkdir()
    assert merge(library)
    assert not left.exists()
