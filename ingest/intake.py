"""Bringing one file into the library: what was known of it before, and what to do with it now."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path

from corpus.errors import Barred, ReadError, TooLarge
from corpus.failpoints import reach
from corpus.files import Failure, Location, Source
from corpus.originals import Originals, sha256_bytes
from corpus.records import Extract, sha256_text
from corpus.store import NewVersion, Store
from ingest.kinds import PDF_LIMIT, TEXT_LIMIT
from ingest.near import mark_of
from ingest.opening import Opener
from ingest.read import READER_VERSION
from ingest.reading import Job, Made, Reading
from ingest.reports import FileReport, FileState
from ingest.sidecar import NOTHING, Beside, load_sidecar
from ingest.sources import FoundFile, Scan

CHUNK_VERSION = 1
"""Counts up when the same text is cut into other passages."""

MAX_BYTES = max(PDF_LIMIT, TEXT_LIMIT)
"""Larger files are not even loaded."""

_RACY_NS = 2_000_000_000
"""A file changed this shortly before it was last looked at may have changed again unseen."""


EditorsFile = Callable[[str], Path | None]
"""Gives for a document's id the file of an editor's values for it, if there is one."""


def no_file(_: str) -> None:
    """Give none."""


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


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file as it was loaded: its bytes and their hash, and its reading if that was begun."""

    data: bytes = b""
    sha: str = ""
    looked: int = 0
    """When the loading began, in nanoseconds."""
    beside: Beside = NOTHING
    made: Future[Made] | None = None
    error: ReadError | None = None


class Intake:
    """One pass over the sources: what was known before it, and what to do with each file."""

    def __init__(
        self,
        store: Store,
        originals: Originals,
        chunking: ChunkSettings,
        *,
        opener: Opener,
        retry: bool,
        rehash: bool,
        values: EditorsFile = no_file,
    ) -> None:
        """``values`` gives an editor's sidecar for a document whose file has none beside it."""
        self._values = values
        self._opener = opener
        self._store = store
        self._originals = originals
        self._chunking = chunking
        self._retry = retry
        self._rehash = rehash
        self._known: dict[tuple[int, str], Location] = {}
        self._failed = {(x.source_id, x.path): x for x in store.files.failures()}
        self._recipes: dict[str, str] = {}
        self._excluded = store.files.excluded()
        self._vanished: dict[str, Location] = {}
        self._in_flight: set[tuple[str, str]] = set()

    def expect(self, source: Source, found: Scan) -> None:
        """Look up what was known of a source's files, and which are gone: a renamed one is recognised.

        To be called for each source before any of their files.
        """
        present = found.present
        for location in self._store.files.locations(source.id):
            self._known[source.id, location.path] = location
            if not found.problem and location.path not in present:
                self._vanished[location.document_id] = location

    def file(
        self, source: Source, file: FoundFile, prepared: Prepared | None, reading: Reading
    ) -> FileReport:
        """Bring one file into the library, and tell what became of it.

        Files are to come in a fixed order; ``prepared`` is what was made ready of it before.
        """
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
            return self._read(source, file, prepared or self._load(known, file), reading, begun)
        except ReadError as error:
            return self._fail(source, file, error, begun)

    def _untouched(self, known: Location, file: FoundFile) -> bool:
        return (
            not self._rehash
            and _same_stat(known, file)
            and known.mtime_ns + _RACY_NS < known.checked_ns
            and self._recipe_of(known.document_id) == self._recipe(file, self._beside(known, file))
        )

    def _beside(self, known: Location | None, file: FoundFile) -> Beside:
        editors = self._values(known.document_id) if known and not file.sidecar else None
        return load_sidecar(file.sidecar or editors)

    def _recipe(self, file: FoundFile, beside: Beside) -> str:
        """Name what decides a version's text and passages besides its file's bytes."""
        told = f", beside {beside.sha256[:16]}" if beside.sha256 else ""
        told += f", charset {file.charset}" if file.charset else ""
        return self._chunking.recipe + told

    def prepare(self, source: Source, file: FoundFile, reading: Reading) -> Prepared | None:
        """Load a file and hand it in for reading before its turn, as far as it may need that.

        What becomes of it is decided at its turn all the same.
        """
        if self._settled(source, file):
            return None
        known = self._known.get((source.id, file.path))
        try:
            prepared = self._load(known, file)
        except ReadError as error:
            return Prepared(error=error)
        wanted = (prepared.sha, self._recipe(file, prepared.beside))
        if (
            wanted in self._in_flight
            or self._is_known(known, *wanted)
            or self._store.working_document(*wanted)
        ):
            return prepared
        self._in_flight.add(wanted)
        return replace(prepared, made=reading.submit(self._job(file, prepared)))

    def _job(self, file: FoundFile, prepared: Prepared) -> Job:
        name = file.name or file.absolute.name
        model = self._chunking.name
        return Job(prepared.data, name, file.url, prepared.beside, model, file.charset)

    def _settled(self, source: Source, file: FoundFile) -> bool:
        key = (source.id, file.path)
        known, before = self._known.get(key), self._failed.get(key)
        return bool(
            key in self._excluded
            or (known and self._untouched(known, file))
            or (before and not self._retry and _same_stat(before, file))
        )

    def _load(self, known: Location | None, file: FoundFile) -> Prepared:
        beside = self._beside(known, file)
        data, looked = _load(file, self._opener)
        return Prepared(data, sha256_bytes(data), looked, beside)

    def _is_known(self, known: Location | None, sha: str, recipe: str) -> bool:
        return bool(known and known.sha256 == sha and self._recipe_of(known.document_id) == recipe)

    def _recipe_of(self, document_id: str) -> str:
        """Return the recipe that a document's working version was read by."""
        if document_id not in self._recipes:
            self._recipes[document_id] = self._store.working_recipe(document_id)
        return self._recipes[document_id]

    def _read(
        self, source: Source, file: FoundFile, prepared: Prepared, reading: Reading, begun: float
    ) -> FileReport:
        if prepared.error:
            raise prepared.error
        known = self._known.get((source.id, file.path))
        data, sha, looked = prepared.data, prepared.sha, prepared.looked
        recipe = self._recipe(file, prepared.beside)
        self._in_flight.discard((sha, recipe))
        self._bar(sha, sha)
        if known and self._is_known(known, sha, recipe):
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
        made = (prepared.made or reading.submit(self._job(file, prepared))).result()
        begun = time.perf_counter() - made.seconds
        self._bar(sha, sha256_text(made.extract.text))
        self._originals.put(data)
        target = known.document_id if known and not self._shared(known) else None
        new = NewVersion(file.path, sha, recipe, made.extract, made.passages)
        mark = mark_of(made.extract.text)
        with self._store.transaction():
            document_id = self._store.put_version(new, document_id=target)
            self._store.signatures.put_of(document_id, mark)
            self._place(source, file, sha, document_id, looked)
            reach("ingest.placed")
        reach("ingest.kept")
        self._recipes[document_id] = recipe
        return _new(source, file, document_id, made, changed=known is not None, begun=begun)

    def _bar(self, sha: str, content: str) -> None:
        """Raise Barred where content (bytes or text, by its hash) was withdrawn; no copy of it is kept."""
        withdrawal = self._store.withdrawals.barred(content)
        if withdrawal:
            self._originals.remove(sha)
            raise Barred(
                f"It was withdrawn. {withdrawal.words()}",
                hint=f"To let it be added again: patella withdraw --undo {withdrawal.document_id}",
            )

    def _shared(self, known: Location) -> bool:
        """Tell whether another file holds the same document: then a change makes a new one."""
        return any(
            other.document_id == known.document_id
            and (other.source_id, other.path) != (known.source_id, known.path)
            for other in self._store.files.locations_of([known.document_id])
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


def _load(file: FoundFile, opener: Opener) -> tuple[bytes, int]:
    """Return a file's bytes, and when the reading began. Raises ReadError in words."""
    if file.size > MAX_BYTES:
        raise TooLarge(
            f"It has {file.size / 1e6:.0f} MB, over the limit of {MAX_BYTES / 1e6:.0f} MB.",
            hint="Split it into smaller files.",
        )
    looked = time.time_ns()
    try:
        if file.member:
            return opener.read_member(file.absolute, file.member), looked
        return Path(file.absolute).read_bytes(), looked
    except OSError as error:
        raise ReadError(
            f"It cannot be read: {error.strerror}.", hint="Check that you may open the file."
        ) from error


def _new(
    source: Source, file: FoundFile, document_id: str, made: Made, *, changed: bool, begun: float
) -> FileReport:
    extract = made.extract
    state: FileState = "changed" if changed else "added"
    reason = hint = ""
    if extract.pages_without_text or extract.incomplete:
        state = "partial"
        reason, hint = _what_is_missing(extract)
    return FileReport(
        file.path,
        state,
        source.address,
        document_id,
        len(extract.page_labels),
        len(made.passages),
        time.perf_counter() - begun,
        reason=reason,
        hint=hint,
        warnings=extract.warnings,
        pages_without_text=extract.pages_without_text,
    )


def _what_is_missing(extract: Extract) -> tuple[str, str]:
    """Return in words what a file has that the library has not, and what to do."""
    missing = len(extract.pages_without_text)
    if not missing:
        return "A part of it could not be read.", "Open it in another program and save it again."
    pages = "1 page has" if missing == 1 else f"{missing} pages have"
    return (
        f"{pages} no text that could be read, of {len(extract.page_labels)}.",
        "If they are scanned, run text recognition (OCR) over the file, then: patella index.",
    )
