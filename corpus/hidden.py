"""Hidden documents: stored, and left out of the next generations until they are shown again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from corpus.database import Database, column_names, now

_OWN = frozenset({"id", "number", "first_generation", "last_generation", "version_id"})
"""Columns that a copy of a version and its passages does not take over."""


@dataclass(frozen=True, slots=True)
class HiddenDocument:
    """A document that is left out, by whom and since when (ISO 8601, UTC)."""

    document_id: str
    by: str
    at: str


class Hidden:
    """The part of the library file that knows which documents are hidden."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def list(self) -> tuple[HiddenDocument, ...]:
        """List hidden documents by id."""
        with self._db.reading() as db:
            rows = db.execute(
                "SELECT document_id, hidden_by, hidden_at FROM hidden ORDER BY document_id"
            ).fetchall()
        return tuple(HiddenDocument(*row) for row in rows)

    def known(self, document_ids: Iterable[str]) -> frozenset[str]:
        """Return those of the ids that are documents of the working set, hidden or not."""
        with self._db.reading() as db:
            return frozenset(
                document_id
                for document_id in document_ids
                if db.execute(
                    "SELECT 1 FROM documents WHERE id = ? AND version_id IS NOT NULL",
                    (document_id,),
                ).fetchone()
            )

    def hide(self, document_ids: Iterable[str], *, by: str) -> tuple[str, ...]:
        """Leave documents out of the next generations; return those that were not hidden before."""
        with self._db.writing() as db:
            return tuple(
                document_id
                for document_id in document_ids
                if db.execute(
                    "INSERT INTO hidden VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                    (document_id, by, now()),
                ).rowcount
            )

    def show(self, document_ids: Iterable[str]) -> tuple[str, ...]:
        """Take ``hide`` back; return those that were hidden.

        A version that a publish has closed meanwhile cannot be served again: generations are an
        interval of each version. It is copied as the document's next one.
        """
        shown = []
        with self._db.writing() as db:
            for document_id in document_ids:
                if db.execute("DELETE FROM hidden WHERE document_id = ?", (document_id,)).rowcount:
                    shown.append(document_id)
                    row = db.execute(
                        "SELECT v.id FROM documents d JOIN versions v ON v.id = d.version_id"
                        " WHERE d.id = ? AND v.last_generation IS NOT NULL",
                        (document_id,),
                    ).fetchone()
                    if row:
                        _copy(db, document_id, row["id"])
        return tuple(shown)


def _copy(db: Any, document_id: str, version_id: int) -> None:
    columns = _columns(db, "versions")
    row = db.execute(
        f"INSERT INTO versions (number, {columns}) SELECT (SELECT max(number) + 1 FROM versions"
        f" WHERE document_id = ?), {columns} FROM versions WHERE id = ? RETURNING id",
        (document_id, version_id),
    ).fetchone()
    copied = int(row[0])
    columns = _columns(db, "passages")
    db.execute(
        f"INSERT INTO passages (version_id, {columns}) SELECT CAST(? AS BIGINT), {columns}"
        " FROM passages WHERE version_id = ? ORDER BY ordinal",
        (copied, version_id),
    )
    db.execute(
        "INSERT INTO signatures SELECT ?, mark FROM signatures WHERE version_id = ?",
        (copied, version_id),
    )
    # the sum of the one that it was copied of: it says the same
    db.execute(
        "INSERT INTO version_sums SELECT ?, sum FROM version_sums WHERE version_id = ?",
        (copied, version_id),
    )
    db.execute("UPDATE documents SET version_id = ? WHERE id = ?", (copied, document_id))


def _columns(db: Any, table: str) -> str:
    return ", ".join(f'"{name}"' for name in column_names(db, table) if name not in _OWN)
