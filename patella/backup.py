"""Backing up a library while it is used: snapshots in a folder, which share originals and vectors."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from corpus.database import SqliteFile, now, sync, translated
from corpus.errors import Damaged, LibraryError, NotFound, UsageError
from corpus.originals import Originals, sync_folder, write_durably
from corpus.store import Store
from patella import __version__
from patella import backup_records as records
from patella.backup_records import Snapshot
from patella.engine import Engine
from patella.locks import hold
from patella.opening import open_vectors
from patella.publishing import operator
from patella.settings import FILE, Settings

KEEP = 7
_ATTEMPTS = 3
"""A library may change so that an original goes while it is copied: then it is copied anew."""


@dataclass(frozen=True, slots=True)
class BackedUp:
    """What was written: ``missing`` are originals that the library itself has lost."""

    snapshot: str
    generation: int | None
    documents: int
    originals_copied: int
    originals_there: int
    vectors_added: int
    private: bool
    missing: tuple[str, ...]
    removed: tuple[str, ...]
    """Older snapshots that gave way."""


def back_up(engine: Engine, target: Path, *, keep: int = KEEP, private: bool = False) -> BackedUp:
    """Add a snapshot to the backup at ``target``; readers and writers go on meanwhile.

    It is there whole, or not at all. Originals that are there already are not copied again.
    ``private`` takes accounts, tokens, the audit log and kept questions as well. Raises UsageError
    for a folder that is none of ours, Locked, Unwritable.
    """
    if engine.store.sharing.widely:
        raise UsageError(
            "This library is kept in PostgreSQL, and not in a file that can be copied.",
            hint="Use PostgreSQL's own backup, such as pg_dump, and copy the originals.",
        )
    _claim(engine.settings, target)
    busy = "Another process is writing to this backup"
    with hold(target / "backup.lock", seconds=engine.settings.lock_seconds, busy=busy):
        snapshots = target / records.SNAPSHOTS
        with translated(target):
            for pattern in (".new-*", ".old-*"):
                for path in snapshots.glob(pattern):
                    shutil.rmtree(path)
            work = Path(tempfile.mkdtemp(dir=snapshots, prefix=".new-"))
        try:
            done = _write(engine, target, work, private=private)
        finally:
            shutil.rmtree(work, ignore_errors=True)
        removed = _give_way(target, keep)
    engine.store.history.put(
        "backup", by=operator(), what=f"{target}: {done.snapshot}", generation=None
    )
    return replace(done, removed=removed)


def _claim(settings: Settings, target: Path) -> None:
    """Make the folder ours, or see that it is. Raises UsageError where it holds something else."""
    inside, data = target.resolve(), settings.data_dir.resolve()
    if inside == data or data in inside.parents or inside in data.parents:
        raise UsageError(
            "A backup lies outside the library's own folder.",
            hint="Choose a folder on another disk: patella backup /mnt/disk/patella",
        )
    with translated(target):
        mark = target / records.MARK
        if target.is_dir() and any(target.iterdir()) and not mark.is_file():
            raise UsageError(
                f"{target} holds other files, and no backup of Patella.",
                hint="Choose an empty folder, or a new one.",
            )
        (target / records.SNAPSHOTS).mkdir(parents=True, exist_ok=True)
        if not mark.is_file():
            write_durably(mark, b"A backup made by patella backup. To use it: patella restore\n")


def _write(engine: Engine, target: Path, work: Path, *, private: bool) -> BackedUp:
    originals = Originals(target / records.ORIGINALS)
    copied, there, missing = _library_and_originals(engine, work, originals)
    settings = engine.settings
    previous = _newest(target)
    for name, folder in _folders(settings):
        _copy_folder(folder, work / name, previous / name if previous else None)
    with contextlib.suppress(FileNotFoundError):
        shutil.copy2(settings.data_dir / FILE, work / FILE)
    if private:
        _private(settings, work)
    vectors = open_vectors(settings, engine.encoder)
    try:
        added, _ = vectors.copy_to(target / records.VECTORS)
    finally:
        vectors.close()
    snapshot = _describe(work, settings, private=private, number=_next_number(target))
    with translated(target):
        write_durably(work / records.MANIFEST, records.dump(snapshot))
        _sync(work)
        work.rename(target / records.SNAPSHOTS / snapshot.name)
        sync_folder(target / records.SNAPSHOTS)
    return BackedUp(
        snapshot.name,
        snapshot.generation,
        snapshot.documents,
        copied,
        there,
        added,
        private,
        missing,
        (),
    )


def _library_and_originals(
    engine: Engine, work: Path, originals: Originals
) -> tuple[int, int, tuple[str, ...]]:
    """Copy the library file and what it needs; return the originals copied, there before, and lost."""
    for attempt in range(1, _ATTEMPTS + 1):
        engine.store.copy_to(work / records.LIBRARY)
        copied = there = 0
        missing = []
        for sha in sorted(_needed(work / records.LIBRARY)):
            if originals.path(sha).is_file():
                there += 1
                continue
            try:
                originals.put(engine.originals.get(sha))
                copied += 1
            except NotFound:
                missing.append(sha)
        # what is no longer needed may have gone while it was copied
        if not missing or attempt == _ATTEMPTS or set(missing) <= engine.store.originals():
            break
    return copied, there, tuple(missing)


def _needed(library: Path) -> frozenset[str]:
    store = Store(library)
    try:
        return store.originals()
    finally:
        store.close()


def _folders(settings: Settings) -> Iterator[tuple[str, Path]]:
    for folder in (settings.inbox_dir, settings.values_dir, settings.incoming_dir):
        yield folder.name, folder


def _copy_folder(source: Path, target: Path, before: Path | None) -> None:
    """Copy files; those that the snapshot before has unchanged are shared with it."""
    if not source.is_dir():
        return
    for path in sorted(source.rglob("*")):
        place = target / path.relative_to(source)
        # a file may go while the folder is read: jobs end
        with contextlib.suppress(FileNotFoundError):
            if path.is_symlink():
                continue
            if path.is_dir():
                place.mkdir(parents=True, exist_ok=True)
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            known = before / path.relative_to(source) if before else None
            if known and _same(path, known):
                try:
                    os.link(known, place)
                    continue
                except OSError:
                    pass
            shutil.copy2(path, place)


def _same(path: Path, known: Path) -> bool:
    try:
        one, other = path.stat(), known.stat()
    except FileNotFoundError:
        return False
    return (one.st_size, one.st_mtime_ns) == (other.st_size, other.st_mtime_ns)


def _private(settings: Settings, work: Path) -> None:
    for path in (settings.accounts_file, settings.asked_file):
        if path.is_file():
            database = SqliteFile(path)
            try:
                database.copy_to(work / path.name)
            finally:
                database.close()
            (work / path.name).chmod(0o600)


def _describe(work: Path, settings: Settings, *, private: bool, number: int) -> Snapshot:
    store = Store(work / records.LIBRARY)
    try:
        if store.integrity() != "ok":
            raise Damaged(
                "The library file is damaged: no snapshot is made of it, and those before stay.",
                hint="Run: patella doctor",
            )
        current, originals = store.current(), store.originals()
        withdrawn = store.withdrawals.list()
    finally:
        store.close()
    at = now()
    return Snapshot(
        name=f"{number:06d}-{at.replace(':', '-')}",
        created_at=at,
        patella=__version__,
        data_dir=str(settings.data_dir),
        generation=current.id if current else None,
        digest=current.digest if current else "",
        documents=current.documents if current else 0,
        private=private,
        originals=tuple(sorted(originals)),
        withdrawn=tuple(records.Gone(x.document_id, x.by, x.reason) for x in withdrawn),
        files=tuple(
            records.entry(work, path)
            for path in sorted(work.rglob("*"))
            if path.is_file() and path.name != records.MANIFEST
        ),
    )


def _next_number(target: Path) -> int:
    """Return a number above all: a clock that was set back must not make the newest the oldest."""
    return max((int(name[:6]) for name in records.names(target)), default=0) + 1


def _newest(target: Path) -> Path | None:
    known = records.names(target)
    return target / records.SNAPSHOTS / known[-1] if known else None


def _sync(work: Path) -> None:
    for path in work.rglob("*"):
        sync(path)
    sync_folder(work)


def _give_way(target: Path, keep: int) -> tuple[str, ...]:
    """Remove the oldest snapshots beyond ``keep``, and the originals that no other needs."""
    known = records.names(target)
    old = known[: max(len(known) - max(keep, 1), 0)]
    folder = target / records.SNAPSHOTS
    with translated(target):
        for name in old:
            aside = folder / f".old-{name}"
            (folder / name).rename(aside)
            shutil.rmtree(aside)
    needed: set[str] = set()
    try:
        for name in records.names(target):
            needed.update(records.load(folder / name).originals)
    except LibraryError:
        # which originals a damaged one needs is not known: all stay
        return old
    Originals(target / records.ORIGINALS).sweep(frozenset(needed))
    return old
