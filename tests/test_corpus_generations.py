"""Generations: published sets of versions, served by a pointer, each as it was for ever."""

from __future__ import annotations

import pytest

from corpus.errors import LibraryError, NotFound
from corpus.records import Generation
from corpus.store import Store
from tests.library_helpers import new_version, put, remove

BOTH_STORES = True


def publish(store: Store) -> Generation:
    documents, passages, digest = store.working_digest()
    made = Generation(store.next_generation(), "2026", documents, passages, "m", digest)
    store.publish(made)
    return made


def intervals(store: Store) -> list[tuple[str, int, int | None, int | None]]:
    with store.transaction() as db:
        rows = db.execute(
            "SELECT document_id, number, first_generation, last_generation FROM versions"
            " ORDER BY document_id, number"
        ).fetchall()
    return [tuple(row) for row in rows]


def texts(store: Store, generation: int) -> list[str]:
    found = store.passages(store.generation_passages(generation), generation=generation)
    return [passage.text for _, (passage, _) in sorted(found.items())]


@pytest.fixture
def three(store: Store) -> Store:
    """Three generations: a and b; a changed and c added; b removed."""
    put(store, "a.txt", "Old a.")
    put(store, "b.txt", "B.")
    publish(store)
    put(store, "a.txt", "New a.")
    put(store, "c.txt", "C.")
    publish(store)
    remove(store, "b.txt")
    publish(store)
    return store


def test_before_the_first_there_is_none(store: Store) -> None:
    assert store.current() is None
    assert store.generations() == ()
    assert store.next_generation() == 1
    assert store.working_digest()[:2] == (0, 0)
    assert store.documents(1) == ()


def test_publishing_moves_the_pointer(store: Store) -> None:
    put(store, "a.txt", "One.", "Two.")
    assert store.documents(1) == ()
    made = publish(store)
    assert (made.id, made.documents, made.passages) == (1, 1, 2)
    assert store.current() == made
    assert store.generations() == (made,)
    assert store.next_generation() == 2


def test_versions_carry_the_generations_they_belong_to(three: Store) -> None:
    assert intervals(three) == [
        ("a", 1, 1, 1),
        ("a", 2, 2, None),
        ("b", 1, 1, 2),
        ("c", 1, 2, None),
    ]


def test_an_old_generation_stays_what_it_was(three: Store) -> None:
    assert [(d.id, d.number) for d in three.documents(1)] == [("a", 1), ("b", 1)]
    assert [(d.id, d.number) for d in three.documents(2)] == [("a", 2), ("b", 1), ("c", 1)]
    assert [(d.id, d.number) for d in three.documents(3)] == [("a", 2), ("c", 1)]
    assert texts(three, 1) == ["Old a.", "B."]
    assert texts(three, 2) == ["B.", "New a.", "C."]
    assert texts(three, 3) == ["New a.", "C."]
    assert three.document("a", generation=1).number == 1
    with pytest.raises(NotFound):
        three.document("b", generation=3)


def test_a_removed_document_is_called_by_the_path_it_had(three: Store) -> None:
    assert three.document("b", generation=2).paths == ("b.txt",)


def test_work_that_is_not_published_is_seen_by_no_generation(three: Store) -> None:
    put(three, "a.txt", "Newest a.")
    remove(three, "c.txt")
    assert texts(three, 3) == ["New a.", "C."]
    assert [p.text for p in three.working_passages()] == ["Newest a."]


def test_the_pointer_goes_back_and_publishing_goes_on(three: Store) -> None:
    three.point_to(1)
    current = three.current()
    assert current is not None
    assert current.id == 1
    assert texts(three, current.id) == ["Old a.", "B."]
    put(three, "d.txt", "D.")
    assert publish(three).id == 4
    assert three.current() == three.generations()[3]
    assert texts(three, 1) == ["Old a.", "B."]
    assert texts(three, 2) == ["B.", "New a.", "C."]
    assert texts(three, 3) == ["New a.", "C."]
    assert texts(three, 4) == ["New a.", "C.", "D."]


def test_a_generation_that_is_not_there_is_not_pointed_to(three: Store) -> None:
    with pytest.raises(NotFound, match="no generation 4"):
        three.point_to(4)
    assert three.current() == three.generations()[2]


def test_a_number_is_published_once(three: Store) -> None:
    before = intervals(three)
    put(three, "d.txt", "D.")
    with pytest.raises(LibraryError):
        three.publish(Generation(3, "2026", 0, 0, "m", "d"))
    assert intervals(three)[:4] == before
    assert three.generations()[2].documents == 2


def test_whether_there_is_something_to_publish(store: Store) -> None:
    put(store, "a.txt", "A.")
    assert not store.working_is(1)
    publish(store)
    assert store.working_is(1)
    put(store, "b.txt", "B.")
    assert not store.working_is(1)
    publish(store)
    assert store.working_is(2)
    assert not store.working_is(1)
    put(store, "b.txt", "Another B.")
    assert not store.working_is(2)
    publish(store)
    remove(store, "b.txt")
    assert not store.working_is(3)
    publish(store)
    assert store.working_is(4)
    store.point_to(1)
    # the same document, and yet another generation's interval: both hold a alone
    assert store.working_is(1)
    assert not store.working_is(3)


def test_a_document_without_passages_is_published_too(store: Store) -> None:
    store.put_version(new_version("a.txt"))
    made = publish(store)
    assert (made.documents, made.passages) == (1, 0)
    assert [d.passages for d in store.documents(1)] == [0]


# -- the digest


def test_equal_content_has_an_equal_digest(store: Store, tmp_path) -> None:
    put(store, "a.txt", "One.", "Two.", title="A")
    put(store, "b.txt", "Three.")
    other = Store(tmp_path / "other.db")
    put(other, "c.txt", "Gone.")
    put(other, "b.txt", "Three.")
    publish(other)
    put(other, "a.txt", "Something else.")
    put(other, "a.txt", "One.", "Two.", title="A")
    remove(other, "c.txt")
    assert other.working_digest() == store.working_digest()
    assert store.working_digest()[:2] == (2, 3)
    assert len(store.working_digest()[2]) == 64
    other.close()


def test_an_empty_library_has_a_digest(store: Store) -> None:
    assert store.working_digest() == (
        0,
        0,
        "e5a00aa9991ac8a5ee3109844d84a55583bd20572ad3ffcd42792f3c36b183ad",
    )


@pytest.mark.parametrize(
    ("path", "paragraphs", "title"),
    [
        ("z.txt", ("One.", "Two."), "A"),
        ("a.txt", ("One.", "Two!"), "A"),
        ("a.txt", ("One. Two.",), "A"),
        ("a.txt", ("One.", "Two."), "B"),
        ("a.txt", ("One.",), "A"),
    ],
    ids=["id", "words", "offsets", "encoder input", "fewer"],
)
def test_another_content_has_another_digest(
    store: Store, tmp_path, path, paragraphs, title
) -> None:
    put(store, "a.txt", "One.", "Two.", title="A")
    other = Store(tmp_path / "other.db")
    put(other, path, *paragraphs, title=title)
    assert other.working_digest()[2] != store.working_digest()[2]
    other.close()
