"""The versions of a document that were ever served, as a reader of it is told."""

from __future__ import annotations

from corpus.database import Database
from corpus.records import Document
from corpus.rows import DOCUMENT_COLUMNS, document_of


class Versions:
    """The part of a library file that remembers versions."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def of(self, document_id: str) -> tuple[Document, ...]:
        """Return the versions of a document that some generation held, newest first."""
        with self._db.reading() as db:
            rows = db.execute(
                f"SELECT {DOCUMENT_COLUMNS} FROM versions v WHERE v.document_id = ?"
                " AND v.first_generation IS NOT NULL ORDER BY v.number DESC",
                (document_id,),
            ).fetchall()
        return tuple(document_of(row) for row in rows)
