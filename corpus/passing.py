"""Which passages pass filters, and their texts: what a search is narrowed by."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from corpus import coding
from corpus.database import AMONG, Database
from corpus.filters import Filters, condition
from corpus.rows import IN_GENERATION, LIVE_COLUMNS, LivePassage, live_passage_of


@dataclass(frozen=True, slots=True)
class Sign:
    """What stands over a passage: its document, headings, and the questions listed for it."""

    document_id: str
    title: str
    kind: str
    heading: tuple[str, ...]
    questions: tuple[str, ...]
    language: str = ""
    """That its document states; empty where it states none."""


class Passing:
    """The passages of a library file, looked through by what their documents say of themselves."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def ids(self, generation: int, filters: Filters) -> list[int]:
        """Return the ids of a generation's passages whose documents pass ``filters``, in order."""
        wanted, values = condition(filters)
        with self._db.reading() as db:
            rows = db.execute(
                "SELECT p.id FROM versions v JOIN passages p ON p.version_id = v.id"
                f" WHERE {IN_GENERATION} AND {wanted} ORDER BY p.id",
                {"g": generation, **values},
            ).fetchall()
        return [int(row["id"]) for row in rows]

    def languages(self, ids: Sequence[int]) -> list[str]:
        """Return the languages that the documents of the passages named state, each once, in order."""
        with self._db.reading() as db:
            rows = db.execute(
                "SELECT DISTINCT coalesce(metadata ->> 'language', '') FROM versions WHERE id IN"
                f" (SELECT version_id FROM passages WHERE id {AMONG})"
                " ORDER BY 1",
                (json.dumps([int(i) for i in ids]),),
            ).fetchall()
        return [str(row[0]) for row in rows]

    def texts(self, ids: Sequence[int]) -> Iterator[tuple[int, str]]:
        """Give id and text of the passages named, in the order of their ids."""
        with self._db.reading() as db:
            yield from db.execute(
                f"SELECT id, text FROM passages WHERE id {AMONG} ORDER BY id",
                (json.dumps([int(i) for i in ids]),),
            )

    def last(self) -> int:
        """Return the greatest id that a passage has; 0 where there is none."""
        with self._db.reading() as db:
            return int(db.execute("SELECT coalesce(max(id), 0) FROM passages").fetchone()[0])

    def after(self, passage_id: int, *, most: int) -> list[LivePassage]:
        """Return what the index needs of the passages stored after one, whoever will serve them."""
        with self._db.reading() as db:
            rows = db.execute(
                f"SELECT {LIVE_COLUMNS} FROM passages p JOIN versions v ON v.id = p.version_id"
                " WHERE p.id > ? ORDER BY p.id LIMIT ?",
                (passage_id, most),
            ).fetchall()
        return [live_passage_of(row) for row in rows]

    def signs(self, generation: int) -> tuple[Sign, ...]:
        """Return what stands over each passage of a generation, in the order of the documents."""
        with self._db.reading() as db:
            rows = db.execute(
                "SELECT v.document_id, coalesce(v.metadata ->> 'title', '') AS title,"
                " coalesce(v.metadata ->> 'kind', 'unknown') AS kind, p.heading, p.questions,"
                " coalesce(v.metadata ->> 'language', '') AS language"
                " FROM versions v JOIN passages p ON p.version_id = v.id"
                f" WHERE {IN_GENERATION} ORDER BY v.document_id, p.ordinal",
                {"g": generation},
            ).fetchall()
        # by code points, whatever order a database has of its own
        rows.sort(key=lambda row: str(row["title"]))
        return tuple(
            Sign(
                row["document_id"],
                row["title"],
                row["kind"],
                coding.load_strings(row["heading"]),
                tuple(one.text for one in coding.load_questions(row["questions"])),
                row["language"],
            )
            for row in rows
        )
