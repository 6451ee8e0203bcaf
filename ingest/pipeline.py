"""From sources to the library: what was added, changed, moved or removed, file by file."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from corpus.errors import NoText, ReadError, TooLarge
from corpus.files import KEPT_KINDS, Failure, Location, Source
from corpus.originals import Originals, sha256_bytes
from corpus.store import NewVersion, Store
from ingest import languages
from ingest.archive import read_member
from ingest.chunk import chunk
from ingest.near import near_duplicates
from ingest.overlay import overlaid
from ingest.questions import listed_questions, place_questions
from ingest.read import PDF_LIMIT, READER_VERSION, TEXT_LIMIT, read_bytes
from ingest.sidecar import Sidecar, read_sidecar
from ingest.sources import FoundFile, Scan, scan

FileState = Literal[
    "added", "changed", "unchanged", "moved", "duplicate", "removed", "failed", "skipped"
]

CHUNK_VERSION = 1
"""Counts up when the same text is cut into other passages."""

MAX_BYTES = max(PDF_LIMIT, TEXT_LIMIT)
"""Larger files are not even loaded."""

STILL_WRITTEN = "It is still being written, and is read once it is whole."

_RACY_NS = 2_000_000_000
"""A file changed this shortly before it was last looked at may have changed again unseen."""


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of one file in a run."""

    path: str
    state: FileState
    source: str = ""
    document: str = ""
    pages: int = 0
    passages: int = 0
    seconds: float = 0.0
    reason: str = ""
    hint: str = ""
    warnings: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class ChunkSettings:
    """How passages are cut: the model's token counter, its limit, and a name for both."""

    count_tokens: Callable[[Sequence[str]], Sequence[int]]
    limit: int
    name: str

    @property
    def recipe(self) -> str:
        """Names all that decides a version's text and passages besides the file's bytes."""
        return f"read {READER_VERSION}, chunk {CHUNK_VERSION}, {self.name}, {self.limit}"


Watcher = Callable[[FileReport], None]


class Pipeline:
    """Brings the library's working set up to what its sources hold."""

    def __init__(self, *, store: Store, originals: Originals, chunking: ChunkSettings) -> None:
        self._store = store
        self._originals = originals
        self._chunking = chunking

    def update(
        self,
        sources: Sequence[Source],
        *,
        retry: bool = False,
        rehash: bool = False,
        watch: Watcher | None = None,
        rest: float = 0.0,
    ) -> tuple[FileReport, ...]:
        """Read what is new or changed in ``sources``; a broken file is reported, and the rest goes on.

        ``retry`` tries unchanged files again that failed before; ``rehash`` reads every file
        instead of trusting size and time; files changed less
        than ``rest`` seconds ago wait for the next run. The reports come in the order of sources
        and paths.
        """
        run = _Run(self._store, self._originals, self._chunking, retry=retry, rehash=rehash)
        reports: list[FileReport] = []

        def note(report: FileReport) -> None:
            reports.append(report)
            if watch:
                watch(report)

        scans = [(source, self._scan(source).at_rest(rest)) for source in sources]
        for source, found in scans:
            run.expect(source, found)
        for source, found in scans:
            for file in found.files:
                note(run.file(source, file))
            for report in _aside(source, found):
                note(report)
            for report in run.gone(source, found):
                note(report)
        self._store.drop_unlocated()
        reports = self._near(reports)
        self._store.files.seen(source.id for source in sources)
        self._store.pages.drop_gone()
        return tuple(reports)

    def _near(self, reports: Sequence[FileReport]) -> list[FileReport]:
        """Tell in the reports of what is new or changed which documents are nearly the same."""
        new = {r.document for r in reports if r.state in {"added", "changed"}}
        found = near_duplicates(self._store.signatures, new)
        return [
            replace(r, warnings=(*r.warnings, found[r.document]))
            if r.document in found and r.state in {"added", "changed"}
            else r
            for r in reports
        ]

    def count(self, sources: Sequence[Source]) -> int:
        """Return how many files ``update`` would look at."""
        return sum(len(self._scan(source).files) for source in sources)

    def _scan(self, source: Source) -> Scan:
        pages = self._store.pages.list(source.id) if source.kind in KEPT_KINDS else ()
        return scan(source, pages=pages, originals=self._originals)


def _aside(source: Source, found: Scan) -> list[FileReport]:
    reports = [
        FileReport(path, "skipped", source.address, reason="This kind of file is not read.")
        for path in found.skipped
    ]
    aside = found.left_out + tuple((path, STILL_WRITTEN) for path in found.waiting)
    reports += [FileReport(path, "skipped", source.address, reason=why) for path, why in aside]
    reports += [
        FileReport(
            path,
            "failed",
            source.address,
            reason="Its name is not valid text.",
            hint="Rename the file.",
        )
        for path in found.misnamed
    ]
    reports += [
        FileReport(fault.path, "failed", source.address, reason=fault.reason, hint=fault.hint)
        for fault in found.faults
    ]
    if found.problem:
        reports.append(
            FileReport(
                source.address,
                "failed",
                source.address,
                reason=str(found.problem),
                hint=found.problem.hint,
            )
        )
    return reports


class _Run:
    """One pass over the sources: what was known before it, and what to do with each file."""

    def __init__(
        self,
        store: Store,
        originals: Originals,
        chunking: ChunkSettings,
        *,
        retry: bool,
        rehash: bool,
    ) -> None:
        self._store = store
        self._originals = originals
        self._chunking = chunking
        self._retry = retry
        self._rehash = rehash
        self._known = {(x.source_id, x.path): x for x in store.files.locations()}
        self._failed = {(x.source_id, x.path): x for x in store.files.failures()}
        self._recipes = store.working_recipes()
        self._excluded = store.files.excluded()
        self._vanished: dict[str, Location] = {}

    def expect(self, source: Source, found: Scan) -> None:
        """Note which known files are gone, so that a renamed one is recognised."""
        if found.problem:
            return
        present = found.present
        for location in self._known.values():
            if location.source_id == source.id and location.path not in present:
                self._vanished[location.document_id] = location

    def file(self, source: Source, file: FoundFile) -> FileReport:
        """Bring one file into the library, and tell what became of it."""
        begun = time.perf_counter()
        key = (source.id, file.path)
        if key in self._excluded:
            return FileReport(
                file.path,
                "skipped",
                source.address,
                reason="An editor removed it from the library.",
                hint=f"To bring it back: patella add {file.url or file.absolute}",
            )
        known = self._known.get(key)
        if known and self._untouched(known, file):
            return self._report(source, file, "unchanged", known.document_id, begun)
        before = self._failed.get(key)
        if before and not self._retry and _same_stat(before, file):
            return FileReport(
                file.path, "failed", source.address, reason=before.reason, hint=before.hint
            )
        try:
            return self._read(source, file, known, begun)
        except ReadError as error:
            return self._fail(source, file, error, begun)

    def _untouched(self, known: Location, file: FoundFile) -> bool:
        return (
            not self._rehash
            and _same_stat(known, file)
            and known.mtime_ns + _RACY_NS < known.checked_ns
            and self._recipes.get(known.document_id) == self._recipe(read_sidecar(file.sidecar))
        )

    def _recipe(self, sidecar: Sidecar) -> str:
        """Name what decides a version's text and passages besides its file's bytes."""
        beside = f", beside {sidecar.sha256[:16]}" if sidecar.sha256 else ""
        return self._chunking.recipe + beside

    def _read(
        self, source: Source, file: FoundFile, known: Location | None, begun: float
    ) -> FileReport:
        data, looked = _load(file)
        sha = sha256_bytes(data)
        sidecar = read_sidecar(file.sidecar)
        recipe = self._recipe(sidecar)
        if known and known.sha256 == sha and self._recipes.get(known.document_id) == recipe:
            if self._originals.check(frozenset({sha})):
                self._originals.put(data)
            self._place(source, file, sha, known.document_id, looked)
            return self._report(source, file, "unchanged", known.document_id, begun)
        twin = self._store.working_document(sha, recipe)
        if twin:
            gone = self._vanished.pop(twin, None)
            with self._store.transaction():
                if gone:
                    self._store.files.drop_location(gone.source_id, gone.path)
                self._place(source, file, sha, twin, looked)
            return self._report(source, file, "moved" if gone else "duplicate", twin, begun)
        new = self._version(file, data, sha, sidecar)
        self._originals.put(data)
        target = known.document_id if known and not self._shared(known) else None
        with self._store.transaction():
            document_id = self._store.put_version(new, document_id=target)
            self._place(source, file, sha, document_id, looked)
        self._recipes[document_id] = recipe
        return FileReport(
            file.path,
            "changed" if known else "added",
            source.address,
            document_id,
            len(new.extract.page_labels),
            len(new.passages),
            time.perf_counter() - begun,
            warnings=new.extract.warnings,
        )

    def _version(self, file: FoundFile, data: bytes, sha: str, sidecar: Sidecar) -> NewVersion:
        extract = read_bytes(data, name=file.name or file.absolute.name)
        notes = languages.language_notes(extract.metadata.language, model=self._chunking.name)
        extract = replace(extract, warnings=extract.warnings + notes)
        if file.url:
            extract = replace(extract, metadata=replace(extract.metadata, url=file.url))
        metadata, stated = overlaid(extract.metadata, sidecar.fields, name=sidecar.name)
        extract = replace(extract, metadata=metadata)
        passages = chunk(
            extract,
            title=extract.metadata.title,
            count_tokens=self._chunking.count_tokens,
            limit=self._chunking.limit,
        )
        if not passages:
            raise NoText(
                "There is nothing in it to quote.", hint="Check that the file has text in it."
            )
        listed, warnings = listed_questions(sidecar.fields)
        passages, told = place_questions(passages, extract.questions + listed)
        extract = replace(
            extract, warnings=extract.warnings + sidecar.warnings + stated + warnings + told
        )
        return NewVersion(file.path, sha, self._recipe(sidecar), extract, passages)

    def _shared(self, known: Location) -> bool:
        """Tell whether another file holds the same document: then a change makes a new one."""
        return any(
            other.document_id == known.document_id
            and (other.source_id, other.path) != (known.source_id, known.path)
            for other in self._store.files.locations()
        )

    def _place(
        self, source: Source, file: FoundFile, sha: str, document_id: str, looked: int
    ) -> None:
        location = Location(
            source.id, file.path, document_id, sha, file.size, file.mtime_ns, looked
        )
        self._store.files.put_location(location)
        self._known[source.id, file.path] = location

    def _fail(self, source: Source, file: FoundFile, error: ReadError, begun: float) -> FileReport:
        hint = error.hint
        if (source.id, file.path) in self._known:
            hint = f"{hint} The version read before stays in the library.".strip()
        self._store.files.put_failure(
            Failure(
                source.id,
                file.path,
                file.size,
                file.mtime_ns,
                type(error).__name__,
                str(error),
                hint,
            )
        )
        return FileReport(
            file.path,
            "failed",
            source.address,
            seconds=time.perf_counter() - begun,
            reason=str(error),
            hint=hint,
        )

    def _report(
        self, source: Source, file: FoundFile, state: FileState, document_id: str, begun: float
    ) -> FileReport:
        return FileReport(
            file.path,
            state,
            source.address,
            document_id,
            seconds=time.perf_counter() - begun,
        )

    def gone(self, source: Source, found: Scan) -> list[FileReport]:
        """Forget the files of a source that are no longer there."""
        if found.problem:
            return []
        present = found.present
        reports = []
        reasons = dict(found.gone) | dict(found.left_out)
        for location in self._store.files.locations(source.id):
            if location.path not in present:
                self._store.files.drop_location(source.id, location.path)
                reports.append(
                    FileReport(
                        location.path,
                        "removed",
                        source.address,
                        location.document_id,
                        reason=reasons.get(location.path, ""),
                    )
                )
        for failure in self._store.files.failures():
            if failure.source_id == source.id and failure.path not in present:
                self._store.files.drop_location(source.id, failure.path)
        return reports


def _same_stat(known: Location | Failure, file: FoundFile) -> bool:
    return known.size == file.size and known.mtime_ns == file.mtime_ns


def _load(file: FoundFile) -> tuple[bytes, int]:
    """Return a file's bytes, and when the reading began. Raises ReadError in words."""
    if file.size > MAX_BYTES:
        raise TooLarge(
            f"It has {file.size / 1e6:.0f} MB, over the limit of {MAX_BYTES / 1e6:.0f} MB.",
            hint="Split it into smaller files.",
        )
    looked = time.time_ns()
    try:
        if file.member:
            return read_member(file.absolute, file.member), looked
        return Path(file.absolute).read_bytes(), looked
    except OSError as error:
        raise ReadError(
            f"It cannot be read: {error.strerror}.", hint="Check that you may open the file."
        ) from error
