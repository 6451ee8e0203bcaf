"""What a backup holds, as it says of itself: one file of JSON a snapshot, written last."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from corpus.errors import Damaged, NewerLibrary, NotFound, UsageError

FORMAT = 1
MANIFEST = "backup.json"
SNAPSHOTS = "snapshots"
ORIGINALS = "originals"
VECTORS = "vectors.db"
LIBRARY = "library.db"
MARK = "patella-backup.txt"


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a snapshot, by its path there."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Gone:
    """A document that was withdrawn: by whom, and why."""

    document_id: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A library as it was at one moment; its originals and vectors lie beside all snapshots."""

    name: str
    created_at: str
    patella: str
    data_dir: str
    generation: int | None
    digest: str
    documents: int
    private: bool
    """Whether accounts and questions that were asked are in it."""
    originals: tuple[str, ...]
    withdrawn: tuple[Gone, ...]
    """Documents that no older snapshot may bring back."""
    files: tuple[Entry, ...]


def entry(root: Path, path: Path) -> Entry:
    """Describe a file of the snapshot at ``root``."""
    with path.open("rb") as file:
        sha = hashlib.file_digest(file, "sha256").hexdigest()
    return Entry(path.relative_to(root).as_posix(), path.stat().st_size, sha)


def dump(snapshot: Snapshot) -> bytes:
    """Return the manifest's bytes; its last line is a sum of those before."""
    body = json.dumps({"format": FORMAT, **asdict(snapshot)}, indent=1, ensure_ascii=False)
    return f"{body}\n{hashlib.sha256(body.encode()).hexdigest()}\n".encode()


def load(folder: Path) -> Snapshot:
    """Read the manifest of a snapshot. Raises Damaged, NewerLibrary."""
    try:
        body, _, told = (folder / MANIFEST).read_text("utf-8").rstrip("\n").rpartition("\n")
        if hashlib.sha256(body.encode()).hexdigest() != told:
            raise ValueError("it is not as it was written")
        raw = json.loads(body)
        if raw.pop("format") > FORMAT:
            raise NewerLibrary(
                f"The backup {folder.name} was made by a newer Patella.", hint="Upgrade Patella."
            )
        files = tuple(Entry(**one) for one in raw.pop("files"))
        raw["originals"] = tuple(raw["originals"])
        gone = tuple(Gone(**one) for one in raw.pop("withdrawn"))
        return Snapshot(**raw, files=files, withdrawn=gone)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Damaged(
            f"The snapshot {folder.name} is damaged: {error}.",
            hint="Choose another one: --snapshot NAME",
        ) from error


def names(root: Path) -> tuple[str, ...]:
    """Return the names of the snapshots of the backup at ``root``, oldest first."""
    folder = root / SNAPSHOTS
    if not folder.is_dir():
        return ()
    return tuple(sorted(p.name for p in folder.iterdir() if p.name[:1].isdigit()))


def find(root: Path, name: str = "") -> Snapshot:
    """Return a snapshot by its name, or the newest. Raises UsageError, NotFound, Damaged."""
    known = names(root)
    if not known:
        raise UsageError(f"There is no backup in {root}.", hint="Make one: patella backup FOLDER")
    if name and name not in known:
        raise NotFound(f"The backup has no snapshot {name!r}.", hint=f"It has {', '.join(known)}.")
    return load(root / SNAPSHOTS / (name or known[-1]))
