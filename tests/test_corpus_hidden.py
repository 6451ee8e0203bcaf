"""Hidden documents are stored, and are no part of the next generations."""

from __future__ import annotations

from tests.library_helpers import Library

BOTH_STORES = True


def served(library: Library) -> list[tuple[str, int]]:
    current = library.store.current()
    assert current
    return [(d.id, d.number) for d in library.store.documents(current.id)]


def test_a_hidden_document_leaves_with_the_next_generation_and_stays_stored(
    library: Library,
) -> None:
    library.put("stairs.txt", "Going down stairs loads the knee.")
    library.put("sitting.txt", "Sitting for long can hurt.")
    library.publish()
    assert library.store.hidden.hide(["stairs", "stairs"], by="ada") == ("stairs",)
    assert served(library) == [("sitting", 1), ("stairs", 1)]
    assert not library.store.working_is(1)
    library.publish()
    assert served(library) == [("sitting", 1)]
    assert len(library.searcher().lexical) == 1
    assert "stairs" in library.store.working_recipes()
    assert [(h.document_id, h.by) for h in library.store.hidden.list()] == [("stairs", "ada")]


def test_a_shown_document_comes_back_as_its_next_version_without_being_embedded_again(
    library: Library,
) -> None:
    library.put("stairs.txt", "Going down stairs loads the knee.", "Go sideways.", title="Stairs")
    library.put("sitting.txt", "Sitting for long can hurt.")
    library.publish()
    library.store.hidden.hide(["stairs"], by="ada")
    library.publish()
    library.encoder.taken()
    assert library.store.hidden.show(["stairs", "sitting"]) == ("stairs",)
    built = library.publish()
    assert library.encoder.taken() == []
    assert (built.embedded, built.added, built.generation.passages) == (0, 2, 3)
    assert served(library) == [("sitting", 1), ("stairs", 2)]
    document = library.store.document("stairs", generation=3)
    assert document.title == "Stairs"
    assert [p.text for p in library.store.document_passages(document.version_id)] == [
        "Going down stairs loads the knee.",
        "Go sideways.",
    ]
    assert [d.id for d in library.store.documents(1)] == ["sitting", "stairs"]
    assert [d.id for d in library.store.documents(2)] == ["sitting"]


def test_hidden_and_shown_before_a_publish_changes_nothing(library: Library) -> None:
    library.put("stairs.txt", "Going down stairs loads the knee.")
    library.publish()
    library.store.hidden.hide(["stairs"], by="ada")
    library.store.hidden.show(["stairs"])
    assert library.store.working_is(1)


def test_what_is_removed_is_no_longer_hidden(library: Library) -> None:
    library.put("stairs.txt", "Going down stairs loads the knee.")
    library.store.hidden.hide(["stairs"], by="ada")
    assert library.store.hidden.known(["stairs", "nothing"]) == {"stairs"}
    library.remove("stairs.txt")
    assert library.store.hidden.list() == ()
    assert library.store.hidden.known(["stairs"]) == frozenset()
