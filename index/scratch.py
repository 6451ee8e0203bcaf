"""A folder in memory beside one on a disk: many small files are made there, and then kept at once.

An index writer syncs each of its files, one after the other, and a disk takes longer for that than for
all of them together. What is made here is copied to its place, and synced there with the rest.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108  # nosec B108  (a folder of its own is made there)
_PREFIX = "patella-"
_LOCK = ".patella-lock"
_LEAST_FREE = 256_000_000
"""Bytes; and twice what the folder holds, so that merging all of it would have room."""


@contextlib.contextmanager
def beside(folder: Path, *, memory: Path = _MEMORY) -> Iterator[Path | None]:
    """Give a folder in memory in which the files of ``folder`` are links; None where there is no room.

    Whoever changes a file there replaces it, or copies it first. Nothing is kept until ``keep``.
    """
    held = sum(path.stat().st_size for path in folder.iterdir())
    try:
        state = os.statvfs(memory)
        if state.f_bavail * state.f_frsize < max(_LEAST_FREE, 2 * held):
            yield None
            return
        _clear(memory)
        work = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=memory))
    except OSError:
        yield None
        return
    try:
        with (work / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for path in folder.iterdir():
                (work / path.name).symlink_to(path.resolve())
            yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def own(work: Path, names: Iterable[str]) -> None:
    """Have files in memory that may be written to, instead of links."""
    for name in names:
        path = work / name
        content = path.read_bytes()
        path.unlink()
        path.write_bytes(content)


def keep(work: Path, folder: Path) -> None:
    """Bring ``folder`` to what was made of it in memory; what is new there is not synced yet."""
    made = {path.name for path in work.iterdir()} - {_LOCK}
    for path in folder.iterdir():
        if path.name not in made:
            path.unlink()
    for name in made:
        if not (work / name).is_symlink():
            # the place may be a link to a file of the generation before
            (folder / name).unlink(missing_ok=True)
            shutil.copyfile(work / name, folder / name)


def _clear(memory: Path) -> None:
    """Remove what processes left that were killed: nobody holds its lock."""
    for path in memory.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError), (path / _LOCK).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path, ignore_errors=True)
