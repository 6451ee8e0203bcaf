"""Whether a source is still what was indexed: told from the disk alone, never from the network."""

from __future__ import annotations

import contextlib
import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from corpus import shipped
from corpus.files import KEPT_KINDS, Location, Source
from corpus.pages import Page
from corpus.records import Document, SourceState
from corpus.store import Store

HOLD_SECONDS = 5.0
"""How long a look at a file is believed."""
LARGEST_HASHED = 64 * 1024 * 1024
"""Bytes; a larger file that was touched counts as changed without being read."""
_KEPT = 5_000

_Stat = tuple[int, int]


class Freshness:
    """Compares documents with the files that they were read from; safe to share between threads.

    A look costs a ``stat``; only a file whose size or time differs is read and hashed, once for each
    size and time.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._looked: OrderedDict[tuple[str, str], tuple[float, SourceState]] = OrderedDict()
        self._hashed: OrderedDict[tuple[Path, _Stat], str] = OrderedDict()
        self._lock = threading.Lock()

    def tell(self, documents: Iterable[Document]) -> dict[int, Document]:
        """Return the documents by version id, each with the state of its source."""
        wanted = {document.version_id: document for document in documents}
        now = time.monotonic()
        known: dict[int, SourceState] = {}
        with self._lock:
            for version, document in wanted.items():
                held = self._looked.get((document.id, document.original_sha))
                if held and now - held[0] < HOLD_SECONDS:
                    known[version] = held[1]
        missing = [document for version, document in wanted.items() if version not in known]
        if missing:
            known |= self._look(missing, now)
        return {v: replace(document, source=known[v]) for v, document in wanted.items()}

    def _look(self, documents: list[Document], now: float) -> dict[int, SourceState]:
        sources = {source.id: source for source in self._store.files.list()}
        located: dict[str, list[Location]] = {}
        for location in self._store.files.locations_of([d.id for d in documents]):
            located.setdefault(location.document_id, []).append(location)
        found: dict[int, SourceState] = {}
        places = {(x.source_id, x.path) for group in located.values() for x in group}
        pages = self._pages({source for source, _ in places if is_kept(sources.get(source))})
        for document in documents:
            state = self._state(document, located.get(document.id, []), sources, pages)
            found[document.version_id] = state
            with self._lock:
                self._looked[(document.id, document.original_sha)] = (now, state)
                while len(self._looked) > _KEPT:
                    self._looked.popitem(last=False)
        return found

    def _pages(self, source_ids: set[int]) -> dict[tuple[int, str], Page]:
        """Return the pages of some sources by source and path, as they were when last looked at."""
        return {(n, page.path): page for n in source_ids for page in self._store.pages.list(n)}

    def _state(
        self,
        document: Document,
        locations: list[Location],
        sources: dict[int, Source],
        pages: dict[tuple[int, str], Page],
    ) -> SourceState:
        """Return the best that any of a document's files and pages says of it."""
        states: set[SourceState] = set()
        for location in locations:
            page = pages.get((location.source_id, location.path))
            if page is not None:
                states.add(state_of_page(page, document.original_sha))
            path = path_of(location, sources.get(location.source_id))
            if path is not None:
                states.add(self._compare(path, location, document.original_sha))
        order: tuple[SourceState, ...] = ("same", "changed", "missing")
        return next((state for state in order if state in states), "unknown")

    def _compare(self, path: Path, location: Location, indexed: str) -> SourceState:
        try:
            stat = path.stat()
        except FileNotFoundError:
            # a whole folder that is not there is a disk that is not mounted: nothing is known
            return "missing" if path.parent.is_dir() else "unknown"
        except (OSError, ValueError):
            return "unknown"
        if (stat.st_size, stat.st_mtime_ns) == (location.size, location.mtime_ns):
            return "same" if location.sha256 == indexed else "changed"
        if stat.st_size > LARGEST_HASHED:
            return "changed"
        sha = self._sha(path, (stat.st_size, stat.st_mtime_ns))
        return "unknown" if not sha else "same" if sha == indexed else "changed"

    def _sha(self, path: Path, stat: _Stat) -> str:
        with self._lock:
            if held := self._hashed.get((path, stat)):
                return held
        sha = ""
        with contextlib.suppress(OSError), path.open("rb") as file:
            sha = hashlib.file_digest(file, "sha256").hexdigest()
        if sha:
            with self._lock:
                self._hashed[(path, stat)] = sha
                while len(self._hashed) > _KEPT:
                    self._hashed.popitem(last=False)
        return sha


def is_kept(source: Source | None) -> bool:
    """Tell whether a source's bytes have no file but the one that the library keeps."""
    return source is not None and source.kind in KEPT_KINDS


def state_of_page(page: Page, indexed: str) -> SourceState:
    """Return what the last look at a page said of a document; nothing is fetched."""
    if page.missing:
        return "missing"
    return "same" if page.sha256 == indexed else "changed"


def path_of(location: Location, source: Source | None) -> Path | None:
    """Return the file of a location; None where it does not come from a disk."""
    if source is None:
        return None
    if source.kind == "file":
        return Path(source.address)
    if source.kind in {"folder", "inbox"}:
        return Path(source.address, location.path)
    return shipped.ROOT / location.path if source.kind == "shipped" else None
