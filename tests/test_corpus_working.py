"""The working set: its difference from the newest generation, and a digest that changes add up to."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from corpus.records import Generation, Metadata
from corpus.store import Store
from tests.library_helpers import new_version, put, remove
from tests.test_corpus_generations import publish
from tests.test_corpus_migrations import OLD

BOTH_STORES = True


def anew(store: Store) -> str:
    """Return the digest that the working set has when nothing is known of the one before."""
    with store.transaction() as db:
        kept = db.execute("SELECT * FROM tallies").fetchall()
        db.execute("DELETE FROM tallies")
        found = store.working_digest()
        db.executemany("INSERT INTO tallies VALUES (?, ?, ?)", map(tuple, kept))
    assert store.working_digest() == found
    return found[2]


def test_a_chance_history_adds_up_to_what_counting_anew_gives(store: Store) -> None:
    chance = random.Random(4)
    for _ in range(8):
        for _ in range(chance.randint(0, 4)):
            name = f"{chance.choice('abcdef')}.txt"
            if chance.random() < 0.3:
                remove(store, name)
            else:
                put(store, name, *[f"Words {chance.randint(0, 9)}."] * chance.randint(1, 3))
            one = chance.choice("abcdef")
            if store.hidden.known([one]):
                (store.hidden.hide([one], by="ada") if chance.random() < 0.3 else None)
                (store.hidden.show([one]) if chance.random() < 0.5 else None)
        digest = anew(store)
        told = publish(store)
        assert told.digest == digest == store.versions.digest(told.id)
        assert told.passages == len(store.generation_passages(told.id)) == len(store.working_ids())
        assert told.documents == len(store.documents(told.id))
        assert store.working_is(told.id) and not store.working.difference()


def test_only_what_changed_is_in_the_difference(store: Store) -> None:
    put(store, "a.txt", "One.")
    put(store, "b.txt", "Two.", "Three.")
    assert store.working.difference().added == (1, 2)
    publish(store)
    put(store, "b.txt", "Two.", "Four.")
    difference = store.working.difference()
    assert (difference.added, difference.gone) == ((3,), (2,))
    assert store.working.passages_of(difference.added) == [4, 5]
    store.hidden.hide(["a"], by="ada")
    assert store.working.difference().gone == (1, 2)
    store.hidden.show(["a"])
    assert store.working.difference().gone == (2,)


def test_a_document_loses_its_place_when_its_last_file_holds_another(store: Store) -> None:
    one = put(store, "a.txt", "One.")
    other = put(store, "b.txt", "Two.")
    place = next(x for x in store.files.locations() if x.path == "a.txt")
    with store.transaction() as db:
        db.execute("UPDATE locations SET document_id = ? WHERE path = ?", (other, place.path))
    assert store.drop_unlocated() == (one,)
    assert store.drop_unlocated() == ()


def test_nothing_of_the_rest_of_the_library_is_read(tmp_path: Path) -> None:
    store = Store(tmp_path / "library.db")
    put(store, "a.txt", "One.")
    publish(store)
    queries: list[str] = []
    with store._db.own() as db, store.transaction():
        db.set_trace_callback(queries.append)
        put(store, "b.txt", "Two.")
        publish(store)
        store.drop_unlocated()
        store.signatures.sharing(bytes(512))
        db.set_trace_callback(None)
        plans = [
            row[3]
            for query in queries
            if query.lstrip().startswith(("SELECT", "UPDATE", "DELETE", "INSERT"))
            for row in db.execute(f"EXPLAIN QUERY PLAN {query}").fetchall()
        ]
    scanned = {plan.split()[1] for plan in plans if plan.startswith("SCAN ")}
    # lists that are empty again after each run, small tables, values that are bound, and the
    # passages of one version, which its sum is made of
    assert scanned <= {
        *("t", "loose", "touched", "pointer", "sources", "hidden", "json_each", "j"),
        "(subquery-1)",
    }


def test_for_whom_documents_are_is_counted_along(store: Store) -> None:
    for name, values in {"a": ("adults",), "b": ("adults", "knee"), "c": ()}.items():
        version = new_version(f"{name}.txt", "Words.", metadata=Metadata(applies_to=values))
        store.put_version(version)
    assert publish(store).id == 1
    assert store.working.applying(1) == {"adults": 2, "knee": 1}
    version = new_version("b.txt", "Other words.", metadata=Metadata(applies_to=("knee", "knee")))
    store.put_version(version, document_id="b")
    publish(store)
    assert store.working.applying(2) == {"adults": 1, "knee": 1}
    with store.transaction() as db:
        db.execute("DELETE FROM tallies")
    assert store.working.applying(2) == {"adults": 1, "knee": 1}
    assert store.working.applying(1) == {"adults": 2, "knee": 1}


@pytest.mark.parametrize("change", [False, True])
def test_an_older_library_keeps_its_digests_and_goes_on_with_new_ones(
    tmp_path: Path, change: bool
) -> None:
    shutil.copy(OLD, tmp_path / "library.db")
    store = Store(tmp_path / "library.db")
    two = store.generations()[1]
    assert store.versions.digest(2) == two.digest
    assert store.working_is(2)
    assert not store.working.difference()
    assert [each.document_id for each in store.signatures.unmarked()] == ["cafe", "stairs"]
    if change:
        put(store, "new.txt", "A new page.")
        assert [
            len(x) for x in (store.working.difference().added, store.working.difference().gone)
        ] == [1, 0]
        three: Generation = publish(store)
        assert (three.documents, three.digest) == (3, anew(store))
        assert store.versions.digest(2) == two.digest
        assert store.versions.digest(3) == three.digest
    store.close()
