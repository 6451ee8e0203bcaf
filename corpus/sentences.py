"""What is scored sentence by sentence of stored passages: sentences, headings and titles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from corpus import coding
from corpus.database import Database, stream
from corpus.rows import IN_GENERATION

_COLUMNS = """p.id, p.start, p.text, p.sentences, p.heading, coalesce(v.metadata ->> 'title', '') AS title
    FROM passages p JOIN versions v ON v.id = p.version_id"""


class Sentences:
    """The part of the library file that tells what token vectors are made of."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def all(self) -> Iterator[str]:
        """Give those of all stored versions, of whatever generation; some more than once."""
        with self._db.reading() as db:
            for row in stream(db, f"SELECT {_COLUMNS}"):
                yield from _texts(row)

    def of(
        self, generation: int, *, since: int = 0, after: int = 0, most: int
    ) -> dict[int, list[str]]:
        """Return those of ``most`` passages of a generation by their ids, from above ``after``.

        Only of versions that came after generation ``since``.
        """
        with self._db.reading() as db:
            rows = db.execute(
                f"SELECT {_COLUMNS} WHERE p.id > :after AND {IN_GENERATION}"
                " AND v.first_generation > :since ORDER BY p.id LIMIT :most",
                {"g": generation, "since": since, "after": after, "most": most},
            ).fetchall()
        return {row["id"]: _texts(row) for row in rows}


def _texts(row: Any) -> list[str]:
    text, start = row["text"], row["start"]
    heading = coding.load_strings(row["heading"])
    spans = coding.load_spans(row["sentences"])
    found = [text[a - start : b - start] for a, b in spans]
    return [*found, heading[-1] if heading else row["title"], row["title"]]
