"""Where files come from: single files, folders, the library's inbox, and the shipped library."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from stat import S_ISREG

from corpus import shipped
from corpus.errors import ReadError, UsageError
from corpus.files import KEPT_KINDS, WEB_KINDS, Source
from corpus.originals import Originals
from corpus.pages import Page
from ingest import archive, sidecar
from ingest.ignore import Choice
from ingest.kinds import SUFFIXES
from ingest.opening import Opener

SHIPPED_ADDRESS = "shipped"
NO_FILE = "It is no plain file but a pipe, a device, or a link that leads to none."
LONE_SIDECAR = "It is metadata for a file that is not here: check its name."


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file of a source as the file system tells it; ``path`` is relative to the source."""

    path: str
    absolute: Path
    size: int
    mtime_ns: int
    """For a page, which has no time of its own, a number made from its hash."""
    name: str = ""
    """By which a reader is chosen, where that is not the file's own name."""
    url: str = ""
    """The canonical address of a page of the web."""
    charset: str = ""
    """The encoding that its server states."""
    member: str = ""
    """The path within ``absolute``, where that is an archive."""
    sidecar: Path | None = None
    """The file of metadata beside it; its size is counted in, and the later of both times is taken."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something known of a source that could not be looked at: it counts neither as read nor as removed."""

    path: str
    reason: str
    hint: str


@dataclass(frozen=True, slots=True)
class Scan:
    """What a source holds now.

    ``skipped`` are files of kinds that are not read. ``problem`` is set where the source itself is
    gone or cannot be listed: nothing is then known of its files, and none counts as removed.
    """

    files: tuple[FoundFile, ...]
    skipped: tuple[str, ...] = ()
    misnamed: tuple[str, ...] = ()
    """Files whose names are not text, with what is not shown as escapes."""
    problem: ReadError | None = None
    faults: tuple[Fault, ...] = ()
    gone: tuple[tuple[str, str], ...] = ()
    """What is gone for good, with the reason."""
    waiting: tuple[str, ...] = ()
    """Files that are still being written: neither read nor removed."""
    left_out: tuple[tuple[str, str], ...] = ()
    """Files, and folders with a slash behind them, that patterns leave out, with the reason."""

    @property
    def present(self) -> Present:
        """Return the paths that are not to count as removed."""
        known = [f.path for f in self.files] + [f.path for f in self.faults]
        # Of an archive that cannot be opened, nobody knows what it holds.
        return Present(
            frozenset(known).union(self.waiting), tuple(f"{f.path}/" for f in self.faults)
        )

    def at_rest(self, seconds: float) -> Scan:
        """Return the same with files that changed less than ``seconds`` ago put among those that wait."""
        if not seconds:
            return self
        now = time.time_ns()
        waiting = {f.path for f in self.files if 0 <= now - f.mtime_ns < seconds * 1e9}
        files = tuple(f for f in self.files if f.path not in waiting)
        return replace(self, files=files, waiting=tuple(sorted(waiting)))


@dataclass(frozen=True, slots=True)
class Present:
    """Paths, and all that lies under some of them."""

    paths: frozenset[str]
    folders: tuple[str, ...] = ()

    def __contains__(self, path: str) -> bool:
        return path in self.paths or path.startswith(self.folders)


def classify(path: Path) -> tuple[str, str]:
    """Return (kind, absolute address) of a path given by a person. Raises UsageError if it's not there."""
    try:
        absolute = path.expanduser().resolve()
        if absolute.is_dir():
            return "folder", str(absolute)
        if absolute.is_file():
            return "file", str(absolute)
    except OSError as error:
        raise UsageError(f"{path} cannot be opened: {error.strerror}.") from error
    raise UsageError(f"There is no file or folder {path}.", hint="Check the spelling of the path.")


def scan(
    source: Source,
    *,
    opener: Opener,
    pages: Sequence[Page] = (),
    originals: Originals | None = None,
) -> Scan:
    """List the files of a source, in the order of their paths; ``opener`` looks into its archives.

    ``pages`` and ``originals`` are what the library keeps of a source without files of its own.
    """
    if source.kind in KEPT_KINDS and originals is not None:
        return _scan_pages(source, pages, originals)
    if source.kind == "file":
        return _scan_file(Path(source.address), opener)
    if source.kind == "shipped":
        files = [
            found
            for name in shipped.FOLDERS
            for found in _scan_folder(shipped.ROOT / name, opener, prefix=f"{name}/").files
        ]
        return Scan(tuple(files))
    root = Path(source.address)
    if not root.is_dir():
        return Scan(
            (),
            problem=ReadError(
                f"The folder {root} is not there.",
                hint="Its documents are kept. Bring it back, or: patella remove " + str(root),
            ),
        )
    choice = Choice(root, include=source.include, exclude=source.exclude)
    try:
        return _scan_folder(root, opener, choice=choice)
    except ReadError as error:
        # without knowing what is to be left out, nothing is taken and nothing removed
        return Scan((), problem=error)


def _scan_pages(source: Source, pages: Sequence[Page], originals: Originals) -> Scan:
    files = tuple(
        FoundFile(
            page.path,
            originals.path(page.sha256),
            page.size,
            # the same number for the same bytes, and long past as times go
            int(page.sha256[:14], 16),
            name=page.name,
            url=page.path if source.kind in WEB_KINDS else "",
            charset=page.charset,
        )
        for page in pages
        if page.state == "here"
    )
    faults = tuple(
        Fault(page.path, page.reason, page.hint)
        for page in pages
        if page.state == "failed" or (page.state == "listing" and page.reason)
    )
    gone = tuple((page.path, page.reason) for page in pages if page.state == "gone")
    return Scan(files, faults=faults, gone=gone)


def _scan_file(path: Path, opener: Opener) -> Scan:
    if not path.parent.is_dir():
        return Scan(
            (),
            problem=ReadError(
                f"The folder {path.parent} is not there.",
                hint="Its document is kept. Bring it back, or: patella remove " + str(path),
            ),
        )
    try:
        if not path.is_file():
            return Scan(())
        if path.suffix.lower() == archive.SUFFIX:
            return _scan_archive(path, path.name, opener)
        return Scan((_found(path, path.name),))
    except OSError as error:
        return Scan((), problem=_cannot_list(path, error))


def _scan_folder(
    root: Path, opener: Opener, *, prefix: str = "", choice: Choice | None = None
) -> Scan:
    files: list[FoundFile] = []
    skipped: list[str] = []
    misnamed: list[str] = []
    faults: list[Fault] = []
    problems: list[OSError] = []
    left_out: list[tuple[str, str]] = []
    beside: dict[Path, str] = {}
    for path in _walk(root, problems, choice, left_out):
        name = prefix + path.relative_to(root).as_posix()
        shown = name.encode("utf-8", "backslashreplace").decode("utf-8")
        if shown != name:
            misnamed.append(shown)
            continue
        if path.name.endswith(sidecar.SUFFIX):
            beside[path] = name
            continue
        if path.suffix.lower() == archive.SUFFIX and path.is_file():
            held = _scan_archive(path, name, opener)
            files += held.files
            skipped += held.skipped
            faults += held.faults
            continue
        if path.suffix.lower() not in SUFFIXES:
            skipped.append(name)
            continue
        try:
            files.append(_found(path, name))
        except OSError:
            left_out.append((name, NO_FILE))
    problem = _cannot_list(root, problems[0]) if problems else None
    used = {found.sidecar for found in files}
    left_out += [
        (name, LONE_SIDECAR)
        for path, name in beside.items()
        if path not in used and sidecar.is_lone(path)
    ]
    key = lambda found: found.path  # noqa: E731
    return Scan(
        tuple(sorted(files, key=key)),
        tuple(sorted(skipped)),
        tuple(sorted(misnamed)),
        problem,
        faults=tuple(faults),
        left_out=tuple(sorted(left_out)),
    )


def _scan_archive(path: Path, name: str, opener: Opener) -> Scan:
    """List the files in an archive: ``archive.zip/inner.pdf``, each as old as the archive is."""
    try:
        held = opener.look_into(path)
        if held is None:
            return Scan((_found(path, name),))
        mtime_ns = path.stat().st_mtime_ns
    except (ReadError, OSError) as error:
        hint = error.hint if isinstance(error, ReadError) else "Check that you may open the file."
        return Scan((), faults=(Fault(name, str(error), hint),))
    files = tuple(
        FoundFile(
            f"{name}/{one.path}",
            path,
            one.size,
            mtime_ns,
            name=PurePosixPath(one.path).name,
            member=one.path,
        )
        for one in held.members
    )
    nested = tuple(
        Fault(f"{name}/{inner}", "It is an archive in an archive.", archive.UNPACK_HINT)
        for inner in held.nested
    )
    return Scan(files, tuple(f"{name}/{other}" for other in held.skipped), faults=nested)


def _walk(
    root: Path, problems: list[OSError], choice: Choice | None, left_out: list[tuple[str, str]]
) -> Iterator[Path]:
    """Give the plain files under ``root``; hidden ones and linked folders are passed over.

    What ``choice`` leaves out is put into ``left_out``; a folder of that sort is not looked into.
    """

    def taken(path: Path, *, end: str = "") -> bool:
        name = path.relative_to(root).as_posix() + end
        why = choice.why_not(name) if choice else ""
        if why:
            left_out.append((name.encode("utf-8", "backslashreplace").decode("utf-8"), why))
        return not why

    for folder, names, files in os.walk(root, onerror=problems.append):
        shown = sorted(name for name in names if not name.startswith("."))
        names[:] = [name for name in shown if taken(Path(folder, name), end="/")]
        for name in files:
            path = Path(folder, name)
            if name.startswith("."):
                continue
            if name.endswith(sidecar.SUFFIX) or taken(path):
                yield path


def _found(path: Path, name: str) -> FoundFile:
    stat = path.stat()
    if not S_ISREG(stat.st_mode):
        # a pipe or a device, or a link to one: reading it might never end
        raise OSError(f"{path} is no plain file")
    beside = sidecar.sidecar_of(path)
    if beside is None:
        return FoundFile(name, path, stat.st_size, stat.st_mtime_ns)
    other = beside.stat()
    size, time = stat.st_size + other.st_size, max(stat.st_mtime_ns, other.st_mtime_ns)
    return FoundFile(name, path, size, time, sidecar=beside)


def _cannot_list(path: Path, error: OSError) -> ReadError:
    return ReadError(
        f"{error.filename or path} cannot be listed: {error.strerror}.",
        hint="Check its permissions; documents known from it are kept.",
    )
