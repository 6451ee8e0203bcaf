"""From sources to the library: what was added, changed, moved or removed, file by file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from corpus.failpoints import reach
from corpus.files import KEPT_KINDS, Source
from corpus.originals import Originals
from corpus.store import Store
from ingest.ahead import look_ahead
from ingest.intake import ChunkSettings, EditorsFile, Intake, no_file
from ingest.near import near_duplicates
from ingest.opening import Opener
from ingest.reading import InProcess, Reading
from ingest.reports import FileReport, Watcher
from ingest.sources import Scan, scan

STILL_WRITTEN = "It is still being written, and is read once it is whole."


class Pipeline:
    """Brings the library's working set up to what its sources hold."""

    def __init__(
        self,
        *,
        store: Store,
        originals: Originals,
        chunking: ChunkSettings,
        reading: Reading | None = None,
        opener: Opener | None = None,
        values: EditorsFile = no_file,
    ) -> None:
        """Without ``reading`` and ``opener``, files are read and archives opened in this process.

        ``values`` as Intake has it.
        """
        self._values = values
        self._store = store
        self._originals = originals
        self._chunking = chunking
        self._opener = opener or Opener(apart=False)
        self._reading = reading or InProcess(chunking.count_tokens, chunking.limit)

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
        instead of trusting size and time; files changed less than ``rest`` seconds ago wait for
        the next run. The reports come in the order of sources and paths.
        """
        run = Intake(
            self._store,
            self._originals,
            self._chunking,
            opener=self._opener,
            retry=retry,
            rehash=rehash,
            values=self._values,
        )
        reports: list[FileReport] = []

        def note(report: FileReport) -> None:
            reports.append(report)
            if watch:
                watch(report)

        scans = [(source, self._scan(source).at_rest(rest)) for source in sources]
        for source, found in scans:
            run.expect(source, found)
        ahead = look_ahead(
            ((source, file) for source, found in scans for file in found.files), run, self._reading
        )
        for source, found in scans:
            for file in found.files:
                note(run.file(source, file, next(ahead), self._reading))
            for report in _aside(source, found):
                note(report)
            for report in run.gone(source, found):
                note(report)
        self._store.drop_unlocated()
        reach("ingest.swept")
        reports = self._near(reports)
        self._store.files.seen(source.id for source in sources)
        self._store.pages.drop_gone()
        return tuple(reports)

    def _near(self, reports: Sequence[FileReport]) -> list[FileReport]:
        """Tell in the reports of what is new or changed which documents are nearly the same."""
        states = {"added", "changed", "partial"}
        new = {r.document for r in reports if r.state in states}
        found = near_duplicates(self._store.signatures, new)
        return [
            replace(r, warnings=(*r.warnings, found[r.document]))
            if r.document in found and r.state in states
            else r
            for r in reports
        ]

    def count(self, sources: Sequence[Source]) -> int:
        """Return how many files ``update`` would look at."""
        return sum(len(self._scan(source).files) for source in sources)

    def _scan(self, source: Source) -> Scan:
        pages = self._store.pages.list(source.id) if source.kind in KEPT_KINDS else ()
        return scan(source, opener=self._opener, pages=pages, originals=self._originals)


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
