"""The versions of a document that were ever served, as a reader of it is told."""

from __future__ import annotations

from corpus import coding
from corpus.database import Database, stream
from corpus.records import Document, sha256_text
from corpus.rows import DOCUMENT_COLUMNS, IN_GENERATION, digested, document_of
from corpus.tally import HASHED, Tally, digest_of, tallied

_HASHED = f"{HASHED} WHERE {IN_GENERATION}"


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

    def digest(self, generation: int) -> str:
        """Return the digest of what a generation holds now: what it was published with, if all is well.

        Generations that an older Patella published have the digest that it made.
        """
        tally = self.tally(generation)
        if tally is not None:
            return digest_of(tally)
        with self._db.reading() as db:
            rows = db.execute(
                f"{_HASHED} ORDER BY v.document_id, p.ordinal", {"g": generation}
            ).fetchall()
        return sha256_text(coding.dump([digested(row) for row in rows]))

    def tally(self, generation: int) -> Tally | None:
        """Return the sum of what a generation holds now; None where it was published without one."""
        with self._db.reading() as db:
            if not db.execute(
                "SELECT 1 FROM tallies WHERE generation = ?", (generation,)
            ).fetchone():
                return None
            return tallied(stream(db, f"{_HASHED} ORDER BY v.id, p.ordinal", {"g": generation}))[0]
