"""What the next generation would change: documents by their versions, here and there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from corpus.database import AMONG, Database
from corpus.records import Document
from corpus.rows import DOCUMENT_COLUMNS, IN_GENERATION, document_of


@dataclass(frozen=True, slots=True)
class Standing:
    """A version of a document as one side holds it."""

    document_id: str
    version_id: int
    title: str
    passages: int


_STANDING = (
    "v.document_id, v.id, coalesce(nullif(v.metadata ->> 'title', ''), v.path),"
    " (SELECT count(*) FROM passages p WHERE p.version_id = v.id)"
)


class Changes:
    """The part of the library file that compares what is stored with what is served."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def stored(self) -> dict[str, Standing]:
        """Return what the next generation will hold, by document."""
        return self._standing("versions v JOIN working d ON d.version_id = v.id", None)

    def served(self, generation: int) -> dict[str, Standing]:
        """Return what a generation holds, by document."""
        return self._standing(f"versions v WHERE {IN_GENERATION}", generation)

    def _standing(self, where: str, generation: int | None) -> dict[str, Standing]:
        with self._db.reading() as db:
            rows: list[Any] = db.execute(
                f"SELECT {_STANDING} FROM {where}", {"g": generation}
            ).fetchall()
        return {str(row[0]): Standing(*row) for row in rows}

    def documents(self) -> tuple[Document, ...]:
        """List all documents that are stored, hidden ones too, as they were last read."""
        with self._db.reading() as db:
            rows = db.execute(
                f"SELECT {DOCUMENT_COLUMNS} FROM documents d JOIN versions v ON v.id = d.version_id"
            ).fetchall()
        return tuple(map(document_of, rows))

    def pages_without_text(self, version_ids: Iterable[int]) -> dict[int, int]:
        """Return for each version how many of its pages hold no text."""
        with self._db.reading() as db:
            rows = db.execute(
                "SELECT v.id, json_array_length(v.page_labels) - (SELECT count(DISTINCT b.value ->> 4)"
                " FROM json_each(v.blocks) b WHERE CAST(b.value ->> 4 AS BIGINT) > 0) FROM versions v"
                f" WHERE v.id {AMONG} AND v.page_labels <> '[]'",
                (json.dumps(list(version_ids)),),
            ).fetchall()
        return {int(row[0]): int(row[1]) for row in rows}

    def fingerprint(self) -> str:
        """Return a name for just what the next generation will hold."""
        with self._db.reading() as db:
            rows = db.execute("SELECT id, version_id FROM working ORDER BY id").fetchall()
        body = json.dumps([[row["id"], row["version_id"]] for row in rows])
        return hashlib.sha256(body.encode()).hexdigest()
