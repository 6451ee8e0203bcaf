"""Saved questions: what an editor wants a library to answer, and how it did when it was saved."""

from __future__ import annotations

from dataclasses import dataclass

from corpus.records import State


@dataclass(frozen=True, slots=True)
class SavedQuestion:
    """A question with the state and the first quoted document expected of its answer."""

    id: int
    text: str
    state: State
    document_id: str
    """Empty where no document is expected."""
    by: str
    saved_at: str
    """ISO 8601, UTC."""
