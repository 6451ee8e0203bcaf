"""Checking a backup, and making a library of it again."""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from corpus.database import sync, translated
from corpus.errors import Conflict, Damaged, NotFound, UsageError
from corpus.originals import Originals, sync_folder, write_durably
from corpus.store import Store
from patella import backup_records as records
from patella.backup_records import Snapshot
from patella.settings import Settings

_DATABASES = ("accounts.db", "asked.db")


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restored library holds: ``withdrawn`` are documents that were withdrawn since, and left out."""

    snapshot: str
    created_at: str
    generation: int | None
    documents: int
    originals: int
    private: bool
    withdrawn: tuple[str, ...]


def faults(root: Path, snapshot: Snapshot) -> tuple[str, ...]:
    """Read a snapshot from end to end; return in words what is wrong with it."""
    folder = root / records.SNAPSHOTS / snapshot.name
    found = []
    for one in snapshot.files:
        try:
            if records.entry(folder, folder / one.path) != one:
                found.append(f"{one.path} is altered")
        except OSError:
            found.append(f"{one.path} is missing")
    lost = Originals(root / records.ORIGINALS).check(frozenset(snapshot.originals))
    found += [f"the original {sha[:12]} is missing or altered" for sha in lost]
    return tuple(found)


def restore(root: Path, settings: Settings, *, name: str = "") -> Restored:
    """Make a library in the settings' data directory of a snapshot, the newest without ``name``.

    The library file comes last: what was stopped before is no library, and can be done again.
    Raises Conflict where there is a library, Damaged where the backup is not whole.
    """
    data = settings.data_dir
    if settings.store_url:
        raise UsageError(
            "A backup is restored to files, and the library is kept in PostgreSQL.",
            hint="Restore it without store_url to another folder, and then bring it over: patella adopt",
        )
    if settings.library_file.exists():
        raise Conflict(
            f"There is a library in {data} already.",
            hint="Move it away first, or restore to another folder: patella --data-dir NEW restore …",
        )
    snapshot = records.find(root, name)
    wrong = faults(root, snapshot)
    if wrong:
        raise Damaged(
            f"The snapshot {snapshot.name} is not whole: {wrong[0]}"
            + (f", and {len(wrong) - 1} more." if wrong[1:] else "."),
            hint="Choose another one: --snapshot NAME",
        )
    folder = root / records.SNAPSHOTS / snapshot.name
    with translated(data):
        data.mkdir(parents=True, exist_ok=True)
        _originals(root, snapshot, settings)
        for one in snapshot.files:
            if one.path != records.LIBRARY:
                _file(folder / one.path, data / one.path)
        vectors = root / records.VECTORS
        if vectors.is_file():
            # they can be made again: a damaged file is found by doctor, and made anew
            _file(vectors, settings.vectors_file)
        work = data / f".restoring-{records.LIBRARY}"
        _file(folder / records.LIBRARY, work)
        gone = _adapt(work, settings, snapshot=snapshot, newest=records.find(root))
        work.replace(settings.library_file)
        sync_folder(data)
    return Restored(
        snapshot.name,
        snapshot.created_at,
        snapshot.generation,
        snapshot.documents,
        len(snapshot.originals),
        snapshot.private,
        gone,
    )


def _originals(root: Path, snapshot: Snapshot, settings: Settings) -> None:
    kept, ours = Originals(root / records.ORIGINALS), Originals(settings.originals_dir)
    for sha in snapshot.originals:
        with contextlib.suppress(NotFound):
            ours.get(sha)
            continue
        write_durably(ours.path(sha), kept.get(sha))


def _file(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target)
    if target.name in _DATABASES:
        target.chmod(0o600)
    sync(target)
    sync_folder(target.parent)


def _adapt(
    library: Path, settings: Settings, *, snapshot: Snapshot, newest: Snapshot
) -> tuple[str, ...]:
    """Point the library to its new place, and leave out what was withdrawn after the snapshot."""
    before = Path(snapshot.data_dir, settings.inbox_dir.name)
    store = Store(library)
    gone = []
    try:
        store.files.move_inbox(str(settings.inbox_dir), before=str(before))
        known = {one.document_id for one in store.withdrawals.list()}
        for one in newest.withdrawn:
            if one.document_id not in known:
                # what came after the snapshot is not in it
                with contextlib.suppress(NotFound):
                    store.withdrawals.take_out(
                        [one.document_id], by=one.by, reason=one.reason, again=True
                    )
                    gone.append(one.document_id)
    finally:
        store.close()
    return tuple(gone)
