"""What each kind of job does to a library, through its writer."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from corpus.database import translated
from corpus.errors import NotFound
from corpus.files import Location, Source
from corpus.jobs import Job, JobFile
from corpus.originals import sha256_bytes
from ingest.reports import FileReport
from ingest.sidecar import SUFFIX, sidecar_of
from patella import sidecars
from patella.engine import Engine
from patella.incoming import Incoming, Kept, put_file
from patella.run_report import RunReport
from patella.writer import Writer

TAKEN = "There is already a file of this name with other content."


@dataclass(slots=True)
class Work:
    """One job being done: what it was handed in with, and which files of a run are its own."""

    engine: Engine
    incoming: Incoming
    job: Job
    input: Mapping[str, Any]
    tell: Callable[[JobFile], None]
    own: set[str] = field(default_factory=set)
    """Paths in the library's own folder that the job brought."""
    new: set[str] = field(default_factory=set)
    """Those of them that were not there before."""
    before: dict[str, str] = field(default_factory=dict)
    """For those that replace what was read before, the hash of that."""

    def do(self, writer: Writer) -> RunReport | None:
        """Do it. Raises PatellaError; a publishing or rollback gives no report."""
        return _KINDS[self.job.kind](self, writer)

    def concerns(self, report: FileReport) -> bool:
        """Tell whether what a run reports of a file belongs to this job.

        A job that brings files looks at the whole folder that they come to: what failed or was left
        out there before is not its doing.
        """
        path = report.path
        if path in self.own or any(path.startswith(f"{own}/") for own in self.own):
            return True
        aside = {"unchanged", "failed", "skipped"} if self.own else {"unchanged"}
        return report.state not in aside

    def tidy(self, files: Sequence[JobFile]) -> None:
        """Take what could not be read out of the library's own folder, or put back what was there."""
        for file in files:
            if file.state == "failed" and file.path in self.own:
                path = self.engine.settings.inbox_dir / file.path
                if file.path in self.before:
                    put_file(path, self.engine.originals.get(self.before[file.path]))
                elif file.path in self.new:
                    self.take_back(self.new - {file.path})
                inbox = _inbox_id(self.engine)
                if inbox is not None:
                    self.engine.store.files.forget_failure(inbox, file.path)

    def take_back(self, read: set[str]) -> None:
        """Take files out of the library's own folder that the job brought and nobody read."""
        for name in self.new - read:
            path = self.engine.settings.inbox_dir / name
            with contextlib.suppress(OSError):
                path.unlink()
                (path.with_name(path.name + SUFFIX)).unlink(missing_ok=True)


# -- the kinds


def _add(work: Work, writer: Writer) -> RunReport:
    kept = [Kept(**one) for one in work.input["files"]]
    for refused in work.input.get("refused", ()):
        work.tell(JobFile(**refused))

    def place(inbox: Path) -> list[str]:
        own = _inbox_id(work.engine)
        left_out = work.engine.store.files.excluded()
        excluded = {path for source_id, path in left_out if source_id == own}
        placed = []
        for one in kept:
            replace = work.input.get("replace") or one.name in excluded
            if _place(work, inbox / one.name, one, replace=bool(replace)):
                placed.append(one.name)
        return placed

    return writer.take_in(place)


def _place(work: Work, path: Path, kept: Kept, *, replace: bool) -> bool:
    data = work.incoming.bytes_of(work.job.id, kept)
    with translated(path):
        there = path.is_file()
        other = there and sha256_bytes(path.read_bytes()) != kept.sha256
    if other and not replace:
        work.tell(
            JobFile(
                kept.name,
                "failed",
                reason=TAKEN,
                hint="Replace that document, or rename the file and send it again.",
            )
        )
        return False
    if values := work.input.get("values"):
        sidecars.merge(sidecar_of(path) or path.with_name(path.name + SUFFIX), values)
    put_file(path, data)
    work.own.add(kept.name)
    if not there:
        work.new.add(kept.name)
    elif other:
        known = work.engine.store.files.locations(_inbox_id(work.engine))
        work.before |= {x.path: x.sha256 for x in known if x.path == kept.name}
    return True


def _add_url(work: Work, writer: Writer) -> RunReport:
    return writer.add([work.input["url"]])


def _replace(work: Work, writer: Writer) -> RunReport:
    [kept] = [Kept(**one) for one in work.input["files"]]
    location, _ = place_of(work.engine, work.input["document"])

    def place(inbox: Path) -> list[str]:
        put_file(inbox / location.path, work.incoming.bytes_of(work.job.id, kept))
        work.own.add(location.path)
        work.before[location.path] = location.sha256
        return [location.path]

    return writer.take_in(place)


def _remove(work: Work, writer: Writer) -> RunReport:
    return writer.remove(work.input["documents"])


def _hide(work: Work, writer: Writer) -> RunReport:
    return writer.hide(work.input["documents"])


def _withdraw(work: Work, writer: Writer) -> None:
    writer.withdraw(work.input["documents"], reason=work.input["reason"])


def _show(work: Work, writer: Writer) -> RunReport:
    return writer.show(work.input["documents"])


def _edit(work: Work, writer: Writer) -> RunReport:
    document_id, values = work.input["document"], work.input["values"]
    location, source = place_of(work.engine, document_id)
    if is_replaceable(location, source):

        def place(inbox: Path) -> list[str]:
            path = inbox / location.path
            sidecars.merge(sidecar_of(path) or path.with_name(path.name + SUFFIX), values)
            work.own.add(location.path)
            return []

        return writer.take_in(place)
    with writer.locked():
        sidecars.merge(work.engine.settings.values_dir / f"{document_id}{SUFFIX}", values)
    return writer.look([source.id], rehash=False)


def _reindex(work: Work, writer: Writer) -> RunReport:
    documents = work.input["documents"]
    if not documents:
        return writer.index(retry=True, rehash=True)
    sources = {one.source_id for one in work.engine.store.files.locations_of(documents)}
    return writer.look(sources)


def _publish(work: Work, writer: Writer) -> None:
    writer.publish(fingerprint=work.input["fingerprint"])


def _roll_back(work: Work, writer: Writer) -> None:
    writer.roll_back(work.input["number"])


_KINDS: dict[str, Callable[[Work, Writer], RunReport | None]] = {
    "add": _add,
    "add_text": _add,
    "add_url": _add_url,
    "replace": _replace,
    "remove": _remove,
    "hide": _hide,
    "show": _show,
    "edit": _edit,
    "reindex": _reindex,
    "publish": _publish,
    "roll_back": _roll_back,
    "withdraw": _withdraw,
}


# -- where a document comes from


def place_of(engine: Engine, document_id: str) -> tuple[Location, Source]:
    """Return a document's first file, in the library's own folder where it has one there.

    Raises NotFound.
    """
    sources = {source.id: source for source in engine.store.files.list()}
    found = [
        (location, sources[location.source_id])
        for location in engine.store.files.locations_of([document_id])
        if location.source_id in sources
    ]
    if not found:
        raise NotFound(f"The library has no document {document_id!r}.", hint="See: patella list")
    return next((one for one in found if is_replaceable(*one)), found[0])


def is_replaceable(location: Location, source: Source) -> bool:
    """Tell whether a file lies in the library's own folder by itself, not in an archive."""
    inner = any(part.lower().endswith(".zip") for part in PurePosixPath(location.path).parts[:-1])
    return source.kind == "inbox" and not inner


def _inbox_id(engine: Engine) -> int | None:
    return next((one.id for one in engine.store.files.list() if one.kind == "inbox"), None)
