"""All that a version says and is cut into under one sum: rot inside the library file is told by it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from corpus import coding
from corpus.database import Connection, Database
from corpus.records import Extract, PassageDraft, sha256_text
from corpus.rows import passage_values

_PASSAGE = (
    '"ordinal", "start", "end", "page", "encoder_sha", "prefix", "heading", "sentences", "text",'
    ' "questions"'
)
SUM = f"""sha256_of(CAST(json_array(v.document_id, v.format, v.path, v.original_sha, v.text_sha,
    v.recipe, v.metadata, v.blocks, v.page_labels, v.warnings, v.text,
    (SELECT json_group_array(json_array({_PASSAGE})) FROM
        (SELECT {_PASSAGE} FROM passages WHERE version_id = v.id ORDER BY ordinal))) AS BLOB))"""
"""Over a row ``v`` of versions and its passages: all but its number, its ids and its generations."""
_POSTGRES = f"""encode(sha256(convert_to(CAST(json_build_array(v.document_id, v.format, v.path,
    v.original_sha, v.text_sha, v.recipe, v.metadata, v.blocks, v.page_labels, v.warnings, v.text,
    (SELECT json_agg(json_build_array({_PASSAGE}) ORDER BY ordinal) FROM passages
        WHERE version_id = v.id)) AS text), 'UTF8')), 'hex')"""
"""The same for PostgreSQL, which spells JSON in its own way: the sums of one version differ."""


def _sum(db: Connection) -> str:
    return SUM if isinstance(db, sqlite3.Connection) else _POSTGRES


def seal(db: Connection, version_id: int) -> None:
    """Keep the sum of a version that was just written, in its transaction."""
    db.execute(
        f"INSERT INTO version_sums SELECT v.id, {_sum(db)} FROM versions v WHERE v.id = ?",
        (version_id,),
    )


def seal_all(db: Connection) -> None:
    """Keep the sums of all versions anew, in a transaction: they came from another database."""
    db.execute("DELETE FROM version_sums")
    db.execute(f"INSERT INTO version_sums SELECT v.id, {_sum(db)} FROM versions v")


@dataclass(frozen=True, slots=True)
class Altered:
    """A version that is not as it was written, and what is needed to read its original again."""

    version_id: int
    document_id: str
    path: str
    original_sha: str


class _OtherwiseError(Exception):
    """What was read is not what the sum was made of."""


class Sums:
    """The part of a library file that knows what each version was when it was written."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def altered(self) -> tuple[Altered, ...]:
        """Return the versions whose text, passages or metadata are not what was written."""
        with self._db.reading() as db:
            told = "v.document_id, v.path, v.original_sha"
            if isinstance(db, sqlite3.Connection):
                # what rots in a file may be no text any more
                told = ", ".join(f"CAST({name} AS BLOB)" for name in told.split(", "))
            rows = db.execute(
                f"SELECT v.id, {told} FROM versions v"
                " LEFT JOIN version_sums s ON s.version_id = v.id"
                f" WHERE coalesce(s.sum, '') <> {_sum(db)} ORDER BY v.id"
            ).fetchall()
        return tuple(Altered(row[0], *(_text(value) for value in tuple(row)[1:])) for row in rows)

    def rewrite(self, version_id: int, extract: Extract, passages: Sequence[PassageDraft]) -> bool:
        """Write a version again as it was read from its original; only if that gives its sum."""
        try:
            with self._db.writing() as db:
                _rewrite(db, version_id, extract, passages)
        except _OtherwiseError:
            return False
        return True


def _rewrite(
    db: Connection, version_id: int, extract: Extract, passages: Sequence[PassageDraft]
) -> None:
    db.execute(
        "UPDATE versions SET format = ?, text_sha = ?, metadata = ?, blocks = ?, page_labels = ?,"
        " warnings = ?, text = ? WHERE id = ?",
        (
            extract.format,
            sha256_text(extract.text),
            coding.dump_metadata(extract.metadata),
            coding.dump_blocks(extract.blocks),
            coding.dump(extract.page_labels),
            coding.dump(extract.warnings),
            extract.text,
            version_id,
        ),
    )
    # each keeps its id: the index knows passages by it
    ids = [
        row[0]
        for row in db.execute(
            "SELECT id FROM passages WHERE version_id = ? ORDER BY id", (version_id,)
        )
    ]
    if len(ids) != len(passages):
        raise _OtherwiseError
    for ordinal, (passage_id, draft) in enumerate(zip(ids, passages, strict=True)):
        db.execute(
            'UPDATE passages SET ordinal = ?, start = ?, "end" = ?, page = ?, encoder_sha = ?,'
            " prefix = ?, heading = ?, sentences = ?, text = ?, questions = ? WHERE id = ?",
            (*passage_values(ordinal, draft), passage_id),
        )
    row = db.execute(
        f"SELECT s.sum = {_sum(db)} FROM versions v JOIN version_sums s ON s.version_id = v.id"
        " WHERE v.id = ?",
        (version_id,),
    ).fetchone()
    if not (row and row[0]):
        raise _OtherwiseError


def _text(value: bytes | str | None) -> str:
    return value if isinstance(value, str) else (value or b"").decode("utf-8", "replace")
