"""The library's sources, the files they hold, and those that could not be read or were left out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from corpus.database import Database, now

SourceKind = Literal["file", "folder", "inbox", "shipped", "page", "sitemap", "feed", "stdin"]
WEB_KINDS: frozenset[SourceKind] = frozenset({"page", "sitemap", "feed"})
KEPT_KINDS = WEB_KINDS | {"stdin"}
"""Sources whose bytes have no file but the one that the library keeps."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where documents come from; ``address`` is an absolute path, a web address, or a name."""

    id: int
    kind: SourceKind
    address: str
    include: tuple[str, ...] = ()
    """Patterns as in a .gitignore; where there are any, only files that match one are taken."""
    exclude: tuple[str, ...] = ()
    seen_at: str = ""
    """When it was last looked at, ISO 8601, UTC; empty before the first time."""


@dataclass(frozen=True, slots=True)
class Location:
    """A file of a source, and the document that it holds."""

    source_id: int
    path: str
    document_id: str
    sha256: str
    size: int
    mtime_ns: int
    checked_ns: int


@dataclass(frozen=True, slots=True)
class Failure:
    """A file of a source that could not be read, and why."""

    source_id: int
    path: str
    size: int
    mtime_ns: int
    error: str
    reason: str
    hint: str


class Files:
    """The part of the library file that knows sources and their files."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, kind: SourceKind, address: str) -> Source:
        """Return the source at ``address``, added if it is new."""
        with self._db.writing() as db:
            db.execute(
                "INSERT INTO sources (kind, address, added_at) VALUES (?, ?, ?)"
                " ON CONFLICT (address) DO NOTHING",
                (kind, address, now()),
            )
        return next(source for source in self.list() if source.address == address)

    def move_inbox(self, address: str, *, before: str = "") -> None:
        """Say where the library's own folder lies now, as after it was restored elsewhere.

        A library that was moved by hand has one more for each place where it lay: ``before`` is meant,
        or else the newest. One that lay at ``address`` long ago is forgotten.
        """
        inboxes = [source for source in self.list() if source.kind == "inbox"]
        if not inboxes:
            return
        moved = next((one for one in inboxes if one.address == before), inboxes[-1])
        with self._db.writing() as db:
            for one in inboxes:
                if one.address == address and one.id != moved.id:
                    self.remove(one.id)
            db.execute("UPDATE sources SET address = ? WHERE id = ?", (address, moved.id))

    def remove(self, source_id: int) -> None:
        """Forget a source and its files; their documents stay until ``drop_unlocated``."""
        with self._db.writing() as db:
            db.execute("DELETE FROM locations WHERE source_id = ?", (source_id,))
            db.execute("DELETE FROM failures WHERE source_id = ?", (source_id,))
            db.execute("DELETE FROM sources WHERE id = ?", (source_id,))

    def list(self) -> tuple[Source, ...]:
        """List the sources, oldest first."""
        with self._db.reading() as db:
            rows = db.execute(
                "SELECT id, kind, address, choice, seen_at FROM sources ORDER BY id"
            ).fetchall()
        return tuple(map(_source, rows))

    def choose(self, source_id: int, *, include: Sequence[str], exclude: Sequence[str]) -> None:
        """Set which files of a folder are taken; see ``Source``."""
        choice = json.dumps({"include": list(include), "exclude": list(exclude)})
        with self._db.writing() as db:
            db.execute("UPDATE sources SET choice = ? WHERE id = ?", (choice, source_id))

    def seen(self, source_ids: Iterable[int]) -> None:
        """Note that sources were looked at now."""
        with self._db.writing() as db:
            db.executemany(
                "UPDATE sources SET seen_at = ? WHERE id = ?", [(now(), n) for n in source_ids]
            )

    def locations(self, source_id: int | None = None) -> tuple[Location, ...]:
        """List the known files of one source, or of all."""
        where = "" if source_id is None else " WHERE source_id = :s"
        with self._db.reading() as db:
            rows = db.execute(
                "SELECT source_id, path, document_id, sha256, size, mtime_ns, checked_ns"
                f" FROM locations{where} ORDER BY source_id, path",
                {"s": source_id},
            ).fetchall()
        return tuple(Location(*row) for row in rows)

    def locations_of(self, document_ids: Sequence[str]) -> tuple[Location, ...]:
        """List the known files of some documents."""
        with self._db.reading() as db:
            rows = db.execute(
                "SELECT source_id, path, document_id, sha256, size, mtime_ns, checked_ns"
                " FROM locations WHERE document_id IN (SELECT value FROM json_each(?))"
                " ORDER BY source_id, path",
                (json.dumps(list(document_ids)),),
            ).fetchall()
        return tuple(Location(*row) for row in rows)

    def put_location(self, location: Location) -> None:
        """Record what a file holds; a failure recorded for it is forgotten."""
        with self._db.writing() as db:
            db.execute(
                "INSERT INTO locations VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (source_id, path)"
                " DO UPDATE SET document_id = excluded.document_id, sha256 = excluded.sha256,"
                " size = excluded.size, mtime_ns = excluded.mtime_ns, checked_ns = excluded.checked_ns",
                (
                    location.source_id,
                    location.path,
                    location.document_id,
                    location.sha256,
                    location.size,
                    location.mtime_ns,
                    location.checked_ns,
                ),
            )
            db.execute(
                "DELETE FROM failures WHERE source_id = ? AND path = ?",
                (location.source_id, location.path),
            )

    def drop_location(self, source_id: int, path: str) -> None:
        """Forget a file of a source, and a failure recorded for it."""
        with self._db.writing() as db:
            for table in ("locations", "failures"):
                db.execute(
                    f"DELETE FROM {table} WHERE source_id = ? AND path = ?",
                    (source_id, path),
                )

    def forget_failure(self, source_id: int, path: str) -> None:
        """Forget that a file could not be read."""
        with self._db.writing() as db:
            db.execute("DELETE FROM failures WHERE source_id = ? AND path = ?", (source_id, path))

    def exclude(self, source_id: int, path: str) -> None:
        """Leave a file out of the library though it stays in its folder."""
        with self._db.writing() as db:
            self.drop_location(source_id, path)
            db.execute(
                "INSERT INTO excluded VALUES (?, ?) ON CONFLICT DO NOTHING", (source_id, path)
            )

    def include(self, source_id: int, path: str) -> None:
        """Take back ``exclude``."""
        with self._db.writing() as db:
            db.execute("DELETE FROM excluded WHERE source_id = ? AND path = ?", (source_id, path))

    def excluded(self) -> frozenset[tuple[int, str]]:
        """Return the files that are left out, as (source id, path)."""
        with self._db.reading() as db:
            rows = db.execute("SELECT source_id, path FROM excluded").fetchall()
        return frozenset((int(row[0]), str(row[1])) for row in rows)

    def failures(self) -> tuple[Failure, ...]:
        """List the files that could not be read when they were last tried."""
        with self._db.reading() as db:
            rows = db.execute(
                "SELECT source_id, path, size, mtime_ns, error, reason, hint FROM failures"
                " ORDER BY source_id, path"
            ).fetchall()
        return tuple(Failure(*row) for row in rows)

    def put_failure(self, failure: Failure) -> None:
        """Record that a file could not be read."""
        with self._db.writing() as db:
            db.execute(
                "INSERT INTO failures VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (source_id, path)"
                " DO UPDATE SET size = excluded.size, mtime_ns = excluded.mtime_ns,"
                " error = excluded.error, reason = excluded.reason, hint = excluded.hint,"
                " at = excluded.at",
                (
                    failure.source_id,
                    failure.path,
                    failure.size,
                    failure.mtime_ns,
                    failure.error,
                    failure.reason,
                    failure.hint,
                    now(),
                ),
            )


def _source(row: Any) -> Source:
    choice = json.loads(row["choice"])
    return Source(
        row["id"],
        row["kind"],
        row["address"],
        tuple(choice.get("include", ())),
        tuple(choice.get("exclude", ())),
        row["seen_at"],
    )
