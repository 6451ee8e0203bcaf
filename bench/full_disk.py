"""A disk of its own that is really full, or really read-only: a tmpfs, where this user may mount one."""

from __future__ import annotations

import gc
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOMS = (0, 8_000, 60_000, 250_000)
"""Bytes left on the disk: room for nothing, for a row, for a file, for nearly all."""
_SIZE = 64_000_000


def may_mount(root: Path) -> bool:
    """Tell whether a disk can be mounted here."""
    try:
        with mounted(root / "tried"):
            return True
    except OSError:
        return False


@contextmanager
def mounted(place: Path) -> Iterator[Path]:
    """Mount an empty disk at ``place`` for the block. Raises OSError where that is not allowed."""
    place.mkdir(parents=True)
    _mount("mount", "-t", "tmpfs", "-o", f"size={_SIZE}", "none", str(place))
    try:
        yield place
    finally:
        # mapped files of a library that was closed are let go with it
        gc.collect()
        _mount("umount", str(place))
        place.rmdir()


@contextmanager
def full(disk: Path, *, room: int) -> Iterator[None]:
    """Fill ``disk`` but for ``room`` bytes, as far as its pages allow, for the block."""
    ballast = disk / "ballast"
    free = shutil.disk_usage(disk).free
    ballast.write_bytes(bytes(max(free - room, 0)))
    try:
        yield
    finally:
        ballast.unlink()


@contextmanager
def read_only(disk: Path) -> Iterator[None]:
    """Mount ``disk`` read-only for the block."""
    _mount("mount", "-o", "remount,ro", str(disk))
    try:
        yield
    finally:
        _mount("mount", "-o", "remount,rw", str(disk))


def _mount(*command: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise OSError("there is no mount here") from error
    if done.returncode:
        raise OSError(done.stderr.strip())
