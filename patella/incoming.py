"""Incoming: what was sent over the web, safe on disk before it is accepted, until a job takes it in."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import time
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from corpus.database import translated
from corpus.errors import TooLarge, TooMany, UsageError
from corpus.originals import sync_folder, write_durably
from ingest.archive import SUFFIX as ARCHIVE
from ingest.kinds import SUFFIXES
from ingest.sidecar import SUFFIX as SIDECAR
from patella.settings import Settings
from webapp.workbench_records import Upload

LONGEST_NAME = 120
"""Characters of a file's name; file systems take 255 bytes."""
_CHUNK = 1 << 20
_SENDING_SECONDS = 3600
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"|?*\\/]+')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that was sent: the name that it will have, and what lies under ``stored``."""

    name: str
    stored: str
    sha256: str
    size: int

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)


def safe_name(name: str) -> str:
    """Return the last part of ``name`` as a plain file name that every system takes.

    Raises UsageError where nothing is left of it, or it would be a sidecar.
    """
    last = re.split(r"[/\\]", name)[-1]
    plain = unicodedata.normalize("NFC", last.encode("utf-8", "replace").decode("utf-8"))
    plain = "".join(c for c in plain if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co"})
    plain = _UNSAFE.sub("-", plain).strip().lstrip(".").rstrip(". ")
    path = PurePosixPath(plain)
    if not path.stem or _RESERVED.fullmatch(path.stem.split(".")[0]):
        raise UsageError(
            f"{name[:80]!r} is no name for a file.", hint="Rename the file and send it again."
        )
    if plain.lower().endswith((SIDECAR, ".meta.yml")):
        raise UsageError(
            f"{plain[:80]} is a file of metadata, not a document.",
            hint="Set the document's values at the desk instead.",
        )
    return path.stem[: LONGEST_NAME - len(path.suffix)] + path.suffix


def is_read(name: str) -> bool:
    """Tell by its name whether there is a reader for a file."""
    return PurePosixPath(name).suffix.lower() in SUFFIXES | {ARCHIVE}


class Incoming:
    """A folder with a folder for each job whose files are not yet taken in."""

    def __init__(self, settings: Settings) -> None:
        self._root = settings.incoming_dir
        self._most_bytes = settings.upload_megabytes * 1_000_000
        self._most_files = settings.upload_files

    def keep(self, job_id: str, uploads: Sequence[Upload]) -> tuple[Kept, ...]:
        """Write uploads to disk, synced, under names of their own; all are kept, or none.

        Raises UsageError, TooLarge, TooMany, Unwritable.
        """
        if len(uploads) > self._most_files:
            raise TooMany(
                f"{len(uploads)} files were sent, and at most {self._most_files} are taken at once.",
                hint="Send them in several goes.",
            )
        names = _distinct([safe_name(upload.name) for upload in uploads])
        folder = self._root / job_id
        try:
            with translated(folder):
                folder.mkdir(parents=True)
                kept = tuple(
                    self._write(folder / f"{number:04d}", name, upload.stream)
                    for number, (name, upload) in enumerate(zip(names, uploads, strict=True))
                )
                sync_folder(folder)
                sync_folder(self._root)
        except BaseException:
            self.drop(job_id)
            raise
        return kept

    def _write(self, path: Path, name: str, stream: BinaryIO) -> Kept:
        digest, size = hashlib.sha256(), 0
        with path.open("xb") as file:
            while part := stream.read(_CHUNK):
                size += len(part)
                if size > self._most_bytes:
                    raise TooLarge(
                        f"{name} has more than {self._most_bytes // 1_000_000} MB, which is the"
                        " largest that is taken over the web.",
                        hint="Split it, or add it with: patella add FILE",
                    )
                digest.update(part)
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
        return Kept(name, path.name, digest.hexdigest(), size)

    def bytes_of(self, job_id: str, kept: Kept) -> bytes:
        """Return what was kept. Raises Unwritable where it is gone."""
        path = self._root / job_id / kept.stored
        with translated(path):
            return path.read_bytes()

    def drop(self, job_id: str) -> None:
        """Delete what was kept for a job."""
        shutil.rmtree(self._root / job_id, ignore_errors=True)

    def sweep(self, wanted: Collection[str]) -> None:
        """Delete what was kept for jobs that are not among ``wanted``, and is not just being sent."""
        if self._root.is_dir():
            for folder in self._root.iterdir():
                old = time.time() - folder.stat().st_mtime > _SENDING_SECONDS
                if old and folder.name not in wanted:
                    shutil.rmtree(folder, ignore_errors=True)


def put_file(path: Path, data: bytes) -> bool:
    """Write a file durably unless it has these bytes already; tell whether it was written."""
    with translated(path):
        if path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data:
            return False
    write_durably(path, data)
    with translated(path):
        # it is made for its owner alone; the folder's own rules say who else reads it
        path.chmod(0o644)
    return True


def _distinct(names: Sequence[str]) -> list[str]:
    """Return the names with a number in those that came before, in whatever case."""
    seen: set[str] = set()
    found = []
    for name in names:
        path, chosen, count = PurePosixPath(name), name, 1
        while chosen.casefold() in seen:
            count += 1
            chosen = f"{path.stem}-{count}{path.suffix}"
        seen.add(chosen.casefold())
        found.append(chosen)
    return found
