"""Signatures: a short mark of each version's wording, by which documents nearly the same are found."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from corpus.database import Database


@dataclass(frozen=True, slots=True)
class Signature:
    """The mark of a version of the working set; empty where it was not made yet."""

    version_id: int
    document_id: str
    title: str
    mark: bytes


PARTS = 16
PART = 12
"""Bytes of a part: three of a mark's numbers. Of two texts that share four fifths of their phrases, one
in 100,000 pairs has no part in common."""

_WORKING = (
    "SELECT v.id, d.id, coalesce(v.metadata ->> 'title', ''), coalesce(s.mark, CAST('' AS BLOB))"
    " FROM documents d JOIN versions v ON v.document_id = d.id AND v.id = d.version_id"
    " LEFT JOIN signatures s ON s.version_id = v.id"
)

_INSTEAD = "ON CONFLICT (version_id) DO UPDATE SET mark = excluded.mark"


class Signatures:
    """The part of the library file that knows the marks of versions."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def working(self) -> tuple[Signature, ...]:
        """List the marks of the working set, in the order of the documents' ids."""
        return self._list(f"{_WORKING} ORDER BY d.id", ())

    def of(self, document_ids: Collection[str]) -> tuple[Signature, ...]:
        """List the marks of some documents of the working set, in the order of their ids."""
        wanted = json.dumps(sorted(document_ids))
        where = "WHERE d.id IN (SELECT value FROM json_each(?)) ORDER BY d.id"
        return self._list(f"{_WORKING} {where}", (wanted,))

    def unmarked(self) -> tuple[Signature, ...]:
        """List those of the working set whose mark was not made yet; their marks are empty."""
        where = "WHERE v.id IN (SELECT version_id FROM unmarked) ORDER BY d.id"
        return self._list(f"{_WORKING} {where}", ())

    def sharing(self, mark: bytes) -> tuple[Signature, ...]:
        """List those of the working set whose mark has one of PARTS parts in common with ``mark``."""
        parts = " UNION ".join(
            f"SELECT version_id FROM signatures WHERE length(mark) = 512"
            f" AND substr(mark, {1 + PART * n}, {PART}) = ?"
            for n in range(PARTS)
        )
        values = [mark[PART * n : PART * (n + 1)] for n in range(PARTS)]
        return self._list(f"{_WORKING} WHERE v.id IN ({parts}) ORDER BY d.id", values)

    def _list(self, query: str, values: Sequence[object]) -> tuple[Signature, ...]:
        with self._db.reading() as db:
            return tuple(Signature(*row) for row in db.execute(query, values).fetchall())

    def text(self, version_id: int) -> str:
        """Return a version's text."""
        with self._db.reading() as db:
            row = db.execute("SELECT text FROM versions WHERE id = ?", (version_id,)).fetchone()
        return str(row["text"])

    def put(self, marks: dict[int, bytes]) -> None:
        """Keep the marks of versions, by their ids."""
        with self._db.writing() as db:
            db.executemany(f"INSERT INTO signatures VALUES (?, ?) {_INSTEAD}", marks.items())

    def put_of(self, document_id: str, mark: bytes) -> None:
        """Keep the mark of a document's working version."""
        with self._db.writing() as db:
            db.execute(
                "INSERT INTO signatures SELECT version_id, ? FROM documents WHERE id = ?"
                f" AND version_id IS NOT NULL {_INSTEAD}",
                (mark, document_id),
            )
