"""Saved questions: what an editor wants a library to answer, and how it did when it was saved."""

from __future__ import annotations

from dataclasses import dataclass

from corpus.database import Database, now
from corpus.errors import NotFound, TooMany
from corpus.records import State

MOST = 1_000
"""Saved questions of a library: each is asked twice before a publishing."""
_COLUMNS = "id, text, state, document_id, saved_by, saved_at"


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


class SavedQuestions:
    """The part of the library file that keeps them."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def list(self) -> tuple[SavedQuestion, ...]:
        """List them, oldest first."""
        with self._db.reading() as db:
            rows = db.execute(f"SELECT {_COLUMNS} FROM saved_questions ORDER BY id").fetchall()
        return tuple(SavedQuestion(*row) for row in rows)

    def put(self, text: str, *, state: State, document_id: str, by: str) -> SavedQuestion:
        """Save a question; one of the same words gets these expectations and keeps its number.

        Raises TooMany.
        """
        with self._db.writing() as db:
            known = db.execute("SELECT count(*) FROM saved_questions WHERE text <> ?", (text,))
            if known.fetchone()[0] >= MOST:
                raise TooMany(
                    f"There are {MOST} saved questions, which is as many as are kept.",
                    hint="Delete some that are no longer needed.",
                )
            db.execute(
                "INSERT INTO saved_questions (text, state, document_id, saved_by, saved_at)"
                " VALUES (?, ?, ?, ?, ?) ON CONFLICT (text) DO UPDATE SET"
                " state = excluded.state, document_id = excluded.document_id,"
                " saved_by = excluded.saved_by, saved_at = excluded.saved_at",
                (text, state, document_id, by, now()),
            )
            row = db.execute(
                f"SELECT {_COLUMNS} FROM saved_questions WHERE text = ?", (text,)
            ).fetchone()
        return SavedQuestion(*row)

    def delete(self, question_id: int) -> SavedQuestion:
        """Delete one, and return what it was. Raises NotFound."""
        with self._db.writing() as db:
            row = db.execute(
                f"SELECT {_COLUMNS} FROM saved_questions WHERE id = ?", (question_id,)
            ).fetchone()
            if row is None:
                raise NotFound(
                    f"There is no saved question {question_id}.", hint="See: patella questions"
                )
            db.execute("DELETE FROM saved_questions WHERE id = ?", (question_id,))
        return SavedQuestion(*row)
