"""Signatures: a short mark of each version's wording, by which documents nearly the same are found."""

from __future__ import annotations

from dataclasses import dataclass

from corpus.database import Database


@dataclass(frozen=True, slots=True)
class Signature:
    """The mark of a version of the working set; empty where it was not made yet."""

    version_id: int
    document_id: str
    title: str
    mark: bytes


class Signatures:
    """The part of the library file that knows the marks of versions."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def working(self) -> tuple[Signature, ...]:
        """List the marks of the working set, in the order of the documents' ids."""
        with self._db.reading() as db:
            rows = db.execute(
                "SELECT v.id, d.id, coalesce(v.metadata ->> 'title', ''), coalesce(s.mark, x'')"
                " FROM documents d JOIN versions v ON v.id = d.version_id"
                " LEFT JOIN signatures s ON s.version_id = v.id ORDER BY d.id"
            ).fetchall()
        return tuple(Signature(*row) for row in rows)

    def text(self, version_id: int) -> str:
        """Return a version's text."""
        with self._db.reading() as db:
            row = db.execute("SELECT text FROM versions WHERE id = ?", (version_id,)).fetchone()
        return str(row["text"])

    def put(self, marks: dict[int, bytes]) -> None:
        """Keep the marks of versions, by their ids."""
        with self._db.writing() as db:
            db.executemany("INSERT OR REPLACE INTO signatures VALUES (?, ?)", marks.items())
