"""Document versions: stored whole or not at all, under ids that last, with exact offsets."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from corpus.errors import LibraryError, NotFound, QuoteMismatch
from corpus.records import Block, Extract, Generation, Metadata, PassageDraft, sha256_text
from corpus.store import LivePassage, NewVersion, Store, slug
from tests.library_helpers import new_version, put, remove

BOTH_STORES = True


def rows(store: Store, table: str) -> int:
    with store.transaction() as db:
        return int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608


def publish(store: Store) -> Generation:
    documents, passages, digest = store.working_digest()
    made = Generation(store.next_generation(), "2026", documents, passages, "m", digest)
    store.publish(made)
    return made


def test_a_version_comes_back_as_it_was_put(store: Store) -> None:
    meta = Metadata(title="Sitting", kind="guideline", topics=("knee",))
    new = new_version("a/Sitting down.md", "Sitting hurts. Why?", "Stand up.", metadata=meta)
    extract = replace(new.extract, page_labels=("i", "1"), warnings=("Page 2 is blank.",))
    second = replace(new.passages[1], page=2, heading=("What", "To do"), prefix="Sitting")
    document_id = store.put_version(
        replace(new, extract=extract, passages=(new.passages[0], second))
    )
    assert document_id == "sitting-down"
    publish(store)
    document = store.document("sitting-down", generation=1)
    assert document.metadata == meta
    assert (document.number, document.format, document.title) == (1, "text", "Sitting")
    assert (document.path, document.paths) == ("a/Sitting down.md", ("a/Sitting down.md",))
    assert (document.pages, document.page_labels) == (2, ("i", "1"))
    assert (document.warnings, document.passages) == (("Page 2 is blank.",), 2)
    assert document.original_sha == new.original_sha
    assert document.text_sha == sha256_text("Sitting hurts. Why?\n\nStand up.")
    assert document.indexed_at.endswith("Z")
    assert store.version(document.version_id) == document
    text, blocks = store.text(document.version_id)
    assert text == "Sitting hurts. Why?\n\nStand up."
    assert blocks == (Block("paragraph", 0, 19), Block("paragraph", 21, 30))
    one, two = store.document_passages(document.version_id)
    assert (one.text, one.start, one.end, one.ordinal) == ("Sitting hurts. Why?", 0, 19, 0)
    assert (one.sentences, one.page, one.page_label) == (((0, 14), (15, 19)), None, "")
    assert (two.text, two.heading, two.prefix) == ("Stand up.", ("What", "To do"), "Sitting")
    assert (two.ordinal, two.page, two.page_label) == (1, 2, "1")
    assert two.document_id == "sitting-down"


def test_a_document_without_a_title_is_called_by_its_path(store: Store) -> None:
    store.put_version(new_version("b.txt", "Words."))
    publish(store)
    assert store.document("b", generation=1).title == "b.txt"


def test_documents_are_listed_by_title(store: Store) -> None:
    for name, title in [("a", "zebra"), ("b", "Apple"), ("c", "apple")]:
        store.put_version(new_version(f"{name}.txt", f"{name}.", title=title))
    publish(store)
    assert [d.id for d in store.documents(1)] == ["b", "c", "a"]


def test_a_passage_that_is_not_its_text_is_refused(store: Store) -> None:
    new = new_version("a.txt", "The knee hurts.")
    wrong = replace(new.passages[0], text="The knee helps.")
    with pytest.raises(QuoteMismatch, match=r"a\.txt"):
        store.put_version(replace(new, passages=(wrong,)))
    moved = replace(new.passages[0], start=1)
    with pytest.raises(QuoteMismatch):
        store.put_version(replace(new, passages=(moved,)))
    assert rows(store, "documents") == rows(store, "versions") == 0


def test_an_error_in_the_middle_leaves_nothing(store: Store) -> None:
    store.put_version(new_version("a.txt", "Old words."))
    new = new_version("b.txt", "One.", "Two.")
    # SQLite refuses this value when the first passage is in already
    broken = replace(new.passages[1], page={"no": "number"})  # type: ignore[arg-type]
    bad = replace(new, passages=(new.passages[0], broken))
    for document_id in (None, "a"):
        with pytest.raises((LibraryError, sqlite3.Error)):
            store.put_version(bad, document_id=document_id)
    assert (rows(store, "documents"), rows(store, "versions"), rows(store, "passages")) == (1, 1, 1)
    assert [p.text for p in store.working_passages()] == ["Old words."]


def test_a_group_of_calls_is_kept_whole_or_not_at_all(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.transaction():
        put(store, "a.txt", "Words.")
        raise ZeroDivisionError
    assert store.working_ids() == []
    assert store.files.list() == ()


# -- ids


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Sitting down", "sitting-down"),
        ("Café_2 (final)", "cafe-2-final"),
        ("--Runner's knee--", "runner-s-knee"),
        ("膝", ""),
        ("x" * 59 + " y", "x" * 59),
        ("x" * 80, "x" * 60),
    ],
)
def test_a_slug(name: str, expected: str) -> None:
    assert slug(name) == expected


def test_a_file_without_latin_letters_is_a_document(store: Store) -> None:
    assert store.put_version(new_version("膝.md", "Words.")) == "document"


def test_documents_of_one_name_are_told_apart_by_their_bytes(store: Store) -> None:
    first = store.put_version(new_version("a/knee.txt", "One."))
    second = store.put_version(new_version("b/knee.txt", "Two.", original=b"two"))
    third = store.put_version(new_version("c/knee.txt", "Three.", original=b"two"))
    assert first == "knee"
    assert second == "knee-3fc4ccfe"
    assert third == "knee-3fc4ccfe-2"


def test_a_removed_document_comes_back_under_its_id(store: Store) -> None:
    put(store, "knee.txt", "One.")
    assert put(store, "b/knee.txt", "Two.") == "knee-1eb32d1e"
    publish(store)
    remove(store, "knee.txt")
    remove(store, "b/knee.txt")
    publish(store)
    assert store.documents(2) == ()
    assert put(store, "b/knee.txt", "Two.") == "knee-1eb32d1e"
    assert put(store, "knee.txt", "One.") == "knee"
    publish(store)
    assert [(d.id, d.number) for d in store.documents(3)] == [("knee-1eb32d1e", 2), ("knee", 2)]


def test_the_id_of_a_removed_document_is_not_given_to_another(store: Store) -> None:
    put(store, "knee.txt", "One.")
    publish(store)
    remove(store, "knee.txt")
    assert put(store, "knee.txt", "Quite another text.").startswith("knee-")


def test_a_document_removed_before_it_was_published_leaves_its_id_free(store: Store) -> None:
    put(store, "knee.txt", "One.")
    remove(store, "knee.txt")
    assert rows(store, "documents") == 0
    assert put(store, "knee.txt", "Another text.") == "knee"


def test_only_documents_without_a_file_are_dropped(store: Store) -> None:
    put(store, "a.txt", "One.")
    put(store, "b.txt", "Two.")
    publish(store)
    store.files.drop_location(1, "b.txt")
    assert store.drop_unlocated() == ("b",)
    assert store.drop_unlocated() == ()
    assert [p.text for p in store.working_passages()] == ["One."]


def test_a_version_that_was_never_published_is_forgotten_when_replaced(store: Store) -> None:
    put(store, "a.txt", "One.")
    put(store, "a.txt", "Two.")
    assert (rows(store, "versions"), rows(store, "passages")) == (1, 1)
    publish(store)
    put(store, "a.txt", "Three.")
    assert rows(store, "versions") == 2


def test_passage_ids_are_never_given_twice(store: Store) -> None:
    put(store, "a.txt", "One.", "Two.")
    first = store.working_ids()
    put(store, "a.txt", "Three.")
    assert first == [1, 2]
    assert store.working_ids() == [3]


# -- finding what is there


def test_what_was_read_already_is_known_by_its_bytes_and_recipe(store: Store) -> None:
    new = new_version("a.txt", "One.", recipe="r/1")
    store.put_version(new)
    assert store.working_document(new.original_sha, "r/1") == "a"
    assert store.working_document(new.original_sha, "r/2") is None
    assert store.working_document("0" * 64, "r/1") is None
    assert store.working_recipes() == {"a": "r/1"}
    assert store.working_passage_count("a") == 1
    assert store.working_passage_count("nobody") == 0
    assert store.originals() == {new.original_sha}


def test_what_the_index_needs_of_passages(store: Store) -> None:
    put(store, "a.txt", "One.", "Two.", title="Knees")
    put(store, "b.txt", "Three.")
    live = list(store.working_passages())
    assert live[0] == LivePassage(1, "Knees", "Knees", "One.", sha256_text("Knees\nOne."))
    assert live[2] == LivePassage(3, "", "", "Three.", sha256_text("Three."))
    assert store.live_passages([3, 1, 99]) == [live[0], live[2]]


def test_passages_are_found_only_in_their_generation(store: Store) -> None:
    put(store, "a.txt", "One.", "Two.", title="Knees")
    publish(store)
    put(store, "a.txt", "Two.", title="Knees")
    publish(store)
    old = store.passages([2, 1, 3, 99], generation=1)
    assert {i: (p.text, d.number) for i, (p, d) in old.items()} == {1: ("One.", 1), 2: ("Two.", 1)}
    new = store.passages([1, 2, 3], generation=2)
    assert {i: (p.text, d.number) for i, (p, d) in new.items()} == {3: ("Two.", 2)}
    assert store.passages([], generation=2) == {}


def test_what_is_not_there_is_not_found(store: Store) -> None:
    put(store, "a.txt", "One.")
    publish(store)
    with pytest.raises(NotFound, match="no document 'b'"):
        store.document("b", generation=1)
    for call in (store.version, store.text, store.document_passages):
        with pytest.raises(NotFound, match="no version 99"):
            call(99)
    with pytest.raises(NotFound, match="no generation 9"):
        store.point_to(9)
    assert store.span(99, 0, 4) == ""


# -- offsets

TEXT = "Café — cafe\u0301 🦵🏽 hurts. 👩‍⚕️ says: 膝が痛い.\n\nNext 𝑥."


def test_offsets_count_code_points(store: Store) -> None:
    sentences = ((0, 22), (23, 39))
    draft = PassageDraft(0, 39, TEXT[:39], "", (), sentences)
    last = PassageDraft(41, 48, "Next 𝑥.", "", (), ((41, 48),))
    extract = Extract(TEXT, (Block("paragraph", 0, 48),), Metadata(), "text")
    store.put_version(NewVersion("a.txt", "0" * 64, "r", extract, (draft, last)))
    publish(store)
    version = store.document("a", generation=1).version_id
    assert store.text(version)[0] == TEXT
    assert store.span(version, 7, 12) == "cafe\u0301"
    assert store.span(version, 13, 15) == "🦵🏽"
    assert store.span(version, 13, 14) == "🦵"
    assert store.span(version, 41, 48) == "Next 𝑥."
    assert store.span(version, 0, len(TEXT)) == TEXT
    assert store.span(version, 5, 5) == ""
    for start in range(len(TEXT)):
        for end in (start, start + 1, start + 5, len(TEXT)):
            assert store.span(version, start, end) == TEXT[start:end]
    assert store.wrong_passages() == ()
    one, _ = store.document_passages(version)
    assert [TEXT[a:b] for a, b in one.sentences] == [
        "Café — cafe\u0301 🦵🏽 hurts.",
        "👩‍⚕️ says: 膝が痛い.",
    ]


def test_a_span_that_ends_before_it_starts_is_empty(store: Store) -> None:
    put(store, "a.txt", "The knee.")
    assert store.span(1, 5, 2) == ""


# -- checks


def test_an_altered_text_is_found_out(store: Store, tmp_path: Path) -> None:
    put(store, "a.txt", "The knee hurts.", "Rest it.")
    assert (store.wrong_texts(), store.wrong_passages(), store.integrity()) == ((), (), "ok")
    with store.transaction() as db:
        db.execute("UPDATE versions SET text = 'The knee helps.' || substr(text, 16)")
    assert (store.wrong_texts(), store.wrong_passages()) == ((1,), (1,))


def test_reports_of_runs_are_kept_up_to_a_hundred(store: Store) -> None:
    assert store.last_run() == ""
    for n in range(103):
        store.put_run("2026", f"run {n}")
    assert store.last_run() == "run 102"
    assert rows(store, "runs") == 100


def test_a_document_is_found_by_its_bytes_without_a_look_at_all(tmp_path: Path) -> None:
    store = Store(tmp_path / "library.db")
    with store._db.reading() as db:
        asked: list[str] = []
        db.set_trace_callback(asked.append)
        store.working_document("0" * 64, "words/1")
        db.set_trace_callback(None)
        plan = [row["detail"] for row in db.execute(f"EXPLAIN QUERY PLAN {asked[0]}")]
    assert plan[0].startswith("SEARCH v USING INDEX versions_by_original")
    assert plan[1].startswith("SEARCH d USING")
    store.close()
