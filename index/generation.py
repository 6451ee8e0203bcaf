"""A generation on disk: a folder of immutable files under a manifest, written beside and renamed."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.database import sync_all, translated
from corpus.errors import Damaged, NewerLibrary
from corpus.failpoints import reach
from corpus.originals import sync_folder
from corpus.records import Generation

FORMAT = 5
"""2 added the words as they are spelt, 3 the listed questions, 4 stems by each document's language, 5 the
manifest's sum of itself.

An older folder is made again from the stored vectors."""
MANIFEST = "manifest.json"
LEXICAL = "lexical"
_NAMING = ("passages.npy", ".deleted.npy", "title_rows.npy")
"""Small files that say which passage a row is of: altered, they would name another one, so their sums
are looked at whenever a generation is opened."""
_SEEN: dict[tuple[int, int, int, int], str] = {}
_MOST_SEEN = 1_000
_NAME = re.compile(r"gen-(\d{8})")


@dataclass(frozen=True, slots=True)
class SegmentEntry:
    """A vector segment of a generation: its folder, its rows, and how many of them are deleted."""

    name: str
    rows: int
    deleted: int


@dataclass(frozen=True, slots=True)
class FileEntry:
    """The size in bytes and SHA-256 of one file, by its path within the generation."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation's folder holds."""

    generation: int
    model: str
    dimension: int
    passages: int
    digest: str
    lexical_deleted: int
    stemmers: tuple[str, ...]
    """Those by which the passages of the word index were stemmed."""
    segments: tuple[SegmentEntry, ...]
    files: tuple[FileEntry, ...]

    def is_of(self, generation: Generation) -> bool:
        """Tell whether this is the index of ``generation``, and not of another library or model."""
        return (self.generation, self.model, self.digest) == (
            generation.id,
            generation.model,
            generation.digest,
        )

    def sums(self, segment: SegmentEntry) -> frozenset[FileEntry]:
        """Return the files of a segment with their sums."""
        own = f"{segment.name}/"
        return frozenset(entry for entry in self.files if entry.path.startswith(own))


def folder_name(generation: int) -> str:
    """Return the name of a generation's folder."""
    return f"gen-{generation:08d}"


def published(root: Path) -> tuple[int, ...]:
    """Return the numbers of the generations that have a folder under ``root``, oldest first."""
    if not root.is_dir():
        return ()
    found = (_NAME.fullmatch(path.name) for path in root.iterdir())
    return tuple(sorted(int(match.group(1)) for match in found if match))


def write_manifest(folder: Path, manifest: Manifest, *, shared_with: Iterable[Path] = ()) -> None:
    """Write the manifest, with sizes and checksums of all files there, and sync what is new.

    Files that are links to those of a folder of ``shared_with`` are durable there, under the sums
    that its manifest has.
    """
    shared = {path: entry for one in shared_with for path, entry in _shared(folder, one).items()}
    paths = list(_files(folder))
    new = [path for path in paths if path not in shared]
    files = tuple(shared.get(path) or _entry(folder, path) for path in paths)
    body = {
        "format": FORMAT,
        "generation": manifest.generation,
        "model": manifest.model,
        "dimension": manifest.dimension,
        "passages": manifest.passages,
        "digest": manifest.digest,
        "lexical_deleted": manifest.lexical_deleted,
        "stemmers": manifest.stemmers,
        "segments": [[s.name, s.rows, s.deleted] for s in manifest.segments],
        "files": [[f.path, f.size, f.sha256] for f in files],
    }
    body["sum"] = _sum(body)
    (folder / MANIFEST).write_text(json.dumps(body, indent=1), encoding="utf-8")
    reach("publish.manifest")
    sync_all([*new, folder / MANIFEST, *(p for p in folder.rglob("*") if p.is_dir()), folder])
    reach("publish.synced")


def _shared(folder: Path, before: Path) -> dict[Path, FileEntry]:
    """Return the files of a new folder that are those of the generation before, with what it says of them."""
    shared = {}
    for entry in _read(before).files:
        path = folder / entry.path
        with contextlib.suppress(FileNotFoundError):
            if path.samefile(before / entry.path) and path.stat().st_size == entry.size:
                shared[path] = entry
    return shared


def seal(work: Path, root: Path, generation: int) -> Path:
    """Move a finished folder to its place under ``root``; what lay there (an unfinished publish) goes.

    A reader that opens the place meanwhile finds the old one, the new one, or for a moment none.
    """
    target = root / folder_name(generation)
    with translated(root):
        old = _aside(target)
        reach("seal.aside")
        work.rename(target)
        reach("seal.renamed")
        sync_folder(root)
        if old:
            shutil.rmtree(old, ignore_errors=True)
    reach("seal.done")
    return target


def discard(folder: Path) -> None:
    """Remove a generation's folder: first its name, so that no half of it is taken for a whole."""
    old = _aside(folder)
    reach("collect.aside")
    if old:
        shutil.rmtree(old, ignore_errors=True)
    reach("collect.removed")


def clear(root: Path) -> None:
    """Remove what unfinished work left under ``root``."""
    for pattern in (".new-*", ".old-*"):
        for path in root.glob(pattern):
            shutil.rmtree(path, ignore_errors=True)


def _aside(folder: Path) -> Path | None:
    if not folder.exists():
        return None
    old = folder.with_name(f".old-{folder.name}-{secrets.token_hex(4)}")
    folder.rename(old)
    return old


def read_manifest(folder: Path) -> Manifest:
    """Read a generation's manifest, and check that its files are there in their sizes.

    Raises Damaged where it is not so, NewerLibrary for a format of a newer Patella.
    """
    manifest = _read(folder)
    try:
        for entry in manifest.files:
            state = (folder / entry.path).stat()
            if state.st_size != entry.size:
                raise ValueError(f"{entry.path} has another size")
            if entry.path.endswith(_NAMING) and not _as_seen(folder, entry, state):
                raise ValueError(f"{entry.path} is altered")
    except (OSError, ValueError) as error:
        raise _damaged(folder, error) from error
    return manifest


def _as_seen(folder: Path, entry: FileEntry, state: os.stat_result) -> bool:
    """Tell whether a file has its sum; one that this process has seen so is not read again.

    Generations share their files by links, so the inode stays.
    """
    seen = (state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns)
    if _SEEN.get(seen) == entry.sha256:
        return True
    if _entry(folder, folder / entry.path) != entry:
        return False
    while len(_SEEN) >= _MOST_SEEN:
        _SEEN.pop(next(iter(_SEEN)), None)
    _SEEN[seen] = entry.sha256
    return True


def _damaged(folder: Path, error: Exception) -> Damaged:
    return Damaged(
        f"The index folder {folder.name} is missing or damaged: {error}.",
        hint="Run: patella doctor --mend",
    )


def _read(folder: Path) -> Manifest:
    try:
        raw: dict[str, Any] = json.loads((folder / MANIFEST).read_text("utf-8"))
        if raw["format"] > FORMAT:
            raise NewerLibrary(
                f"The index has format {raw['format']}, and this Patella reads up to {FORMAT}.",
                hint="Upgrade Patella, or run: patella doctor --mend",
            )
        if raw["format"] < FORMAT:
            raise ValueError("it was made by an older Patella")
        if raw.pop("sum") != _sum(raw):
            raise ValueError("its manifest is altered")
        return Manifest(
            generation=raw["generation"],
            model=raw["model"],
            dimension=raw["dimension"],
            passages=raw["passages"],
            digest=raw["digest"],
            lexical_deleted=raw["lexical_deleted"],
            stemmers=tuple(map(str, raw["stemmers"])),
            segments=tuple(SegmentEntry(*item) for item in raw["segments"]),
            files=tuple(FileEntry(*item) for item in raw["files"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(folder, error) from error


def _sum(body: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def check_sums(folder: Path) -> tuple[str, ...]:
    """Return the files of a generation whose bytes are no longer those that were published."""
    manifest = read_manifest(folder)
    return tuple(
        entry.path for entry in manifest.files if _entry(folder, folder / entry.path) != entry
    )


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        # tantivy's locks are empty files that come and go with a writer
        if path.is_file() and path.name != MANIFEST and not path.name.endswith(".lock"):
            yield path


def _entry(folder: Path, path: Path) -> FileEntry:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return FileEntry(path.relative_to(folder).as_posix(), path.stat().st_size, digest)


def link_or_copy(source: Path, target: Path) -> None:
    """Give an immutable file a second name, or a copy where the file system has no links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
