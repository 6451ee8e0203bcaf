"""Pages: what the library keeps of web sources and of standard input, which have no files."""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields
from typing import Literal

from corpus.database import Database

PageState = Literal["here", "failed", "gone", "listing"]
"""How the last look went. ``listing`` is a sitemap or feed itself, which is no document."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a source, as it was when last looked at; times are ISO 8601, UTC."""

    source_id: int
    address: str
    """As it was given, or as the sitemap or feed lists it."""
    path: str
    """What it is known by: the canonical address."""
    name: str
    """A file name with a suffix, for the choice of a reader."""
    sha256: str = ""
    """Of the bytes that were last got, kept among the originals; empty before the first."""
    size: int = 0
    etag: str = ""
    last_modified: str = ""
    listed_modified: str = ""
    """When the sitemap says that it was changed."""
    checked_at: str = ""
    changed_at: str = ""
    """When other bytes than before were first seen."""
    missing: int = 0
    """How often in a row the server had no such page."""
    state: PageState = "here"
    reason: str = ""
    hint: str = ""
    charset: str = ""
    """The encoding that the server states, if it is another than UTF-8."""


_COLUMNS = ", ".join(field.name for field in fields(Page))


class Pages:
    """The part of the library file that knows pages."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def list(self, source_id: int | None = None) -> tuple[Page, ...]:
        """List the pages of one source, or of all, in the order of their paths."""
        where = "" if source_id is None else " WHERE source_id = :s"
        with self._db.reading() as db:
            rows = db.execute(
                f"SELECT {_COLUMNS} FROM pages{where} ORDER BY source_id, path, address",
                {"s": source_id},
            ).fetchall()
        return tuple(Page(*row) for row in rows)

    def put(self, page: Page) -> None:
        """Record what was seen of a page."""
        marks = ", ".join("?" * len(fields(Page)))
        values = ", ".join(f"{field.name} = excluded.{field.name}" for field in fields(Page))
        with self._db.writing() as db:
            db.execute(
                f"INSERT INTO pages ({_COLUMNS}) VALUES ({marks})"
                f" ON CONFLICT (source_id, address) DO UPDATE SET {values}",
                astuple(page),
            )

    def drop_gone(self) -> None:
        """Forget sources of one page that is gone for good; others remember theirs as gone."""
        with self._db.writing() as db:
            db.execute(
                "DELETE FROM sources WHERE kind = 'page' AND id IN"
                " (SELECT source_id FROM pages WHERE state = 'gone')"
            )

    def originals(self) -> frozenset[str]:
        """Return the hashes of the bytes that pages need."""
        with self._db.reading() as db:
            rows = db.execute(
                "SELECT DISTINCT sha256 FROM pages WHERE sha256 <> '' AND state <> 'gone'"
            ).fetchall()
        return frozenset(str(row[0]) for row in rows)
