"""The original files, kept beside the library file under the hash of their bytes."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from corpus.database import sync, translated
from corpus.errors import NotFound
from corpus.failpoints import reach

_SHA = re.compile(r"[0-9a-f]{64}")


def is_sha(name: str) -> bool:
    """Tell whether a file's name is a hash."""
    return bool(_SHA.fullmatch(name))


def sha256_bytes(data: bytes) -> str:
    """Return the hexadecimal SHA-256 of ``data``."""
    return hashlib.sha256(data).hexdigest()


def gone() -> NotFound:
    """Return what is raised where a file is lost."""
    return NotFound("The original file is no longer kept.", hint="Run: patella doctor")


def unaltered(data: bytes, sha: str) -> bytes:
    """Return ``data`` if it is what was kept under ``sha``. Raises NotFound."""
    if sha256_bytes(data) != sha:
        raise NotFound("The kept original file is damaged.", hint="Run: patella doctor")
    return data


class Originals:
    """A folder of files named by their SHA-256, in folders of its first two digits."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, sha: str) -> Path:
        """Return where the file of hash ``sha`` lies, or would."""
        return self.root / sha[:2] / sha

    def put(self, data: bytes) -> str:
        """Keep ``data``, synced to disk before this returns; return its hash."""
        sha = sha256_bytes(data)
        if self.check(frozenset({sha})):
            write_durably(self.path(sha), data)
        return sha

    def get(self, sha: str) -> bytes:
        """Return the bytes of hash ``sha``. Raises NotFound where they are gone or altered."""
        try:
            data = self.path(sha).read_bytes()
        except OSError as error:
            raise gone() from error
        return unaltered(data, sha)

    def remove(self, sha: str) -> None:
        """Delete the file of hash ``sha``, durably; one that is not there is no fault."""
        path = self.path(sha)
        with translated(path):
            path.unlink(missing_ok=True)
            if path.parent.is_dir():
                sync_folder(path.parent)

    def check(self, needed: frozenset[str]) -> tuple[str, ...]:
        """Return those hashes whose file is missing or altered."""
        wrong = []
        for sha in sorted(needed):
            try:
                self.get(sha)
            except NotFound:
                wrong.append(sha)
        return tuple(wrong)

    def kept(self) -> Iterator[str]:
        """Give the hashes of the files that lie here."""
        for path in sorted(self.root.glob("??/*")):
            if is_sha(path.name):
                yield path.name

    def let_go(self, needed: Callable[[], frozenset[str]]) -> None:
        """Remove what lies on this machine beside a shared place, and is no longer ``needed``."""

    def sweep(self, needed: frozenset[str]) -> int:
        """Remove files that are not ``needed``, and what unfinished writing left; return how many.

        Nothing may be written here meanwhile.
        """
        gone = 0
        with translated(self.root):
            for sha in set(self.kept()) - needed:
                self.path(sha).unlink()
                gone += 1
                reach("collect.originals")
            for path in self.root.glob("??/.new-*"):
                path.unlink()
        return gone


def write_durably(path: Path, data: bytes) -> None:
    """Write beside, sync, rename, sync the folder: ``path`` is whole, or it is not there."""
    with translated(path):
        new_folder = not path.parent.is_dir()
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            reach("original.written")
            Path(name).replace(path)
            reach("original.renamed")
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        sync_folder(path.parent)
        if new_folder:
            sync_folder(path.parent.parent)


def sync_folder(path: Path) -> None:
    """Make renames within the folder ``path`` durable."""
    sync(path)
