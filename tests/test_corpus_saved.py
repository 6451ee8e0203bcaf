"""Saved questions and the history of a library."""

from __future__ import annotations

import pytest

from corpus import saved
from corpus.errors import NotFound, TooMany
from corpus.store import Store

BOTH_STORES = True


def test_a_question_is_saved_with_what_is_expected_and_saved_anew(store: Store) -> None:
    one = store.saved.put("Why?", state="answered", document_id="stairs", by="ada")
    two = store.saved.put("How?", state="none", document_id="", by="ben")
    again = store.saved.put("Why?", state="related", document_id="", by="ben")
    assert (again.id, again.state, again.document_id, again.by) == (one.id, "related", "", "ben")
    assert store.saved.list() == (again, two)
    assert store.saved.delete(one.id) == again
    with pytest.raises(NotFound, match="no saved question 1"):
        store.saved.delete(one.id)


def test_there_is_a_limit_to_saved_questions(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved, "MOST", 2)
    for text in ("a", "b"):
        store.saved.put(text, state="none", document_id="", by="")
    with pytest.raises(TooMany):
        store.saved.put("c", state="none", document_id="", by="")
    store.saved.put("b", state="related", document_id="", by="")


def test_history_is_newest_first_and_names_who_published(store: Store) -> None:
    store.history.put("publish", by="ada", what="Generation 1", generation=1)
    store.history.put("publish", by="ben", what="Generation 2", generation=2, approved_by="ada")
    store.history.put("roll_back", by="cy", what="Generation 1", generation=1, job_id="j")
    moves = store.history.list(most=2)
    assert [(m.action, m.by, m.generation) for m in moves] == [
        ("roll_back", "cy", 1),
        ("publish", "ben", 2),
    ]
    assert [m.by for m in store.history.list(most=2, skip=2)] == ["ada"]
    assert store.history.publishers() == {1: "ada", 2: "ben"}


def test_a_hold_is_kept_until_it_is_released(store: Store) -> None:
    assert store.history.held() is None
    store.history.hold(1, by="ada")
    store.history.hold(2, by="ben")
    held = store.history.held()
    assert held and (held.generation, held.by) == (2, "ben")
    store.history.release()
    assert store.history.held() is None
