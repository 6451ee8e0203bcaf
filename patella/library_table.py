"""The library as a table: every document that is stored or served, and every file that gave none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from corpus.errors import NotFound, UsageError
from corpus.files import Failure, Location, Source
from corpus.records import Document
from patella.engine import Engine
from patella.job_work import is_replaceable
from patella.status import page_faults
from webapp.workbench_records import LibraryPage, LibraryQuery, LibraryRow, RowState

MOST = 500
STATES: tuple[RowState, ...] = ("published", "new", "changed", "removed", "hidden", "failed")
SORTS = frozenset(
    {"title", "state", "passages", "pages", "reviewed", "published", "kind", "indexed"}
)


class LibraryTable:
    """Lists the rows of a library as it is now."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._store = engine.store

    def find(self, query: LibraryQuery) -> LibraryPage:
        """Return a page of the rows that a query finds. Raises UsageError."""
        if query.sort not in SORTS:
            raise UsageError(f"The library is not sorted by {query.sort!r}.")
        if query.state and query.state not in STATES:
            raise UsageError(f"No document has the state {query.state!r}.")
        rows = self._rows()
        counted = [row for row in rows if _passes(row, replace(query, state=""))]
        states = tuple((s, sum(r.state == s for r in counted)) for s in STATES)
        found = [row for row in counted if query.state in {"", row.state}]
        found.sort(key=lambda row: (row.title.casefold(), row.id))
        if query.sort != "title" or query.descending:
            found.sort(key=lambda row: _key(row, query.sort), reverse=query.descending)
        page, size = max(query.page, 1), min(max(query.size, 1), MOST)
        shown = found[(page - 1) * size : page * size]
        states = tuple((state, n) for state, n in states if n)
        return LibraryPage(self._filled(shown), len(found), page, size, states)

    def row(self, document_id: str) -> LibraryRow:
        """Return one document's row. Raises NotFound."""
        found = [row for row in self._rows() if row.id == document_id]
        if not document_id or not found:
            raise NotFound(f"The library has no document {document_id!r}.")
        return self._filled(found)[0]

    def _rows(self) -> list[LibraryRow]:
        current = self._store.current()
        served = self._store.changes.served(current.id) if current else {}
        hidden = {one.document_id for one in self._store.hidden.list()}
        sources = {source.id: source for source in self._store.files.list()}
        places = self._places(sources)
        stored = self._store.changes.documents()
        rows = []
        for document in stored:
            there = served.get(document.id)
            state: RowState = "published"
            if document.id in hidden:
                state = "hidden"
            elif there is None:
                state = "new"
            elif there.version_id != document.version_id:
                state = "changed"
            rows.append(_row(document, state, places.get(document.id)))
        known = {document.id for document in stored}
        if current and served.keys() - known:
            gone = [d for d in self._store.documents(current.id) if d.id not in known]
            rows += [_row(document, "removed", None) for document in gone]
        return rows + list(self._failures(sources))

    def _places(self, sources: Mapping[int, Source]) -> dict[str, tuple[Location, Source]]:
        """Return for each document its first file, in the library's own folder where it can be."""
        found: dict[str, tuple[Location, Source]] = {}
        for location in self._store.files.locations():
            place = (location, sources[location.source_id])
            known = found.get(location.document_id)
            if known is None or (is_replaceable(*place) and not is_replaceable(*known)):
                found[location.document_id] = place
        return found

    def _failures(self, sources: Mapping[int, Source]) -> Iterable[LibraryRow]:
        failures = self._store.files.failures() + page_faults(self._store.pages.list())
        known = {(x.source_id, x.path) for x in self._store.files.locations()}
        for failure in failures:
            # where an earlier version is kept, the document has its own row
            if (failure.source_id, failure.path) not in known:
                yield _failed(failure, sources.get(failure.source_id))

    def _filled(self, rows: list[LibraryRow]) -> tuple[LibraryRow, ...]:
        """Return rows with what is costly to look up for all of them."""
        wanted = [row.version_id for row in rows if row.version_id is not None and row.pages]
        empty = self._store.changes.pages_without_text(wanted)
        faults = self._faults([row.id for row in rows if row.id])
        return tuple(
            replace(
                row,
                pages_without_text=empty.get(row.version_id or 0, 0),
                reason=faults[row.id].reason if row.id in faults else row.reason,
                hint=faults[row.id].hint if row.id in faults else row.hint,
            )
            for row in rows
        )

    def _faults(self, document_ids: list[str]) -> dict[str, Failure]:
        """Return for documents why their file could not be read again, where that is so."""
        failed = {(x.source_id, x.path): x for x in self._store.files.failures()}
        return {
            x.document_id: failed[x.source_id, x.path]
            for x in self._store.files.locations_of(document_ids)
            if (x.source_id, x.path) in failed
        }


def _row(document: Document, state: RowState, place: tuple[Location, Source] | None) -> LibraryRow:
    meta = document.metadata
    return LibraryRow(
        id=document.id,
        state=state,
        title=document.title,
        location=_where(*place) if place else document.path,
        format=document.format,
        passages=document.passages,
        pages=document.pages,
        published=meta.published,
        reviewed=meta.reviewed,
        next_review=meta.next_review,
        kind=meta.kind,
        publisher=meta.publisher,
        authors=meta.authors,
        licence=meta.licence,
        language=meta.language,
        topics=meta.topics,
        hidden=state == "hidden",
        version=document.number,
        version_id=document.version_id,
        indexed=document.indexed_at,
        reason=" ".join(document.warnings),
        replaceable=place is not None and is_replaceable(*place),
    )


def _failed(failure: Failure, source: Source | None) -> LibraryRow:
    where = Location(failure.source_id, failure.path, "", "", 0, 0, 0)
    return LibraryRow(
        id="",
        state="failed",
        title=Path(failure.path).name or failure.path,
        location=_where(where, source) if source else failure.path,
        format=Path(failure.path).suffix.lstrip(".").lower(),
        reason=failure.reason,
        hint=failure.hint,
    )


def _where(location: Location, source: Source) -> str:
    """Return a file as people know it: an address, a path of the machine, or one of the library."""
    if source.kind == "file":
        return source.address
    if source.kind == "folder":
        return str(Path(source.address, location.path))
    return location.path


def _passes(row: LibraryRow, query: LibraryQuery) -> bool:
    words = query.text.casefold().split()
    held = " ".join([row.title, row.id, row.location, row.publisher]).casefold()
    return (
        all(word in held for word in words)
        and query.kind in {"", row.kind}
        and query.format in {"", row.format}
        and (not query.topic or query.topic.casefold() in map(str.casefold, row.topics))
    )


def _key(row: LibraryRow, sort: str) -> Any:
    if sort == "state":
        return STATES.index(row.state)
    value = getattr(row, sort)
    return value.casefold() if isinstance(value, str) else value
