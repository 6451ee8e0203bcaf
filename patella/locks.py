"""Locks between processes: files that the system itself lets go when their holder ends, however it ends."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from corpus.database import now, translated
from corpus.errors import Locked
from corpus.store import Store
from patella.settings import Settings


@contextlib.contextmanager
def hold(path: Path, *, seconds: float, busy: str, hint: str = "") -> Iterator[None]:
    """Hold the lock at ``path``, or raise Locked after so many seconds.

    ``busy`` says in words what is going on then; who holds the lock is added. A lock of a process
    that was killed is free: the file stays, and its note of an owner is written over.
    """
    owner = path.with_suffix(".owner")
    lock = FileLock(path, timeout=seconds)
    with translated(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire()
        except Timeout as error:
            raise Locked(
                f"{busy}{_holder(owner)}.", hint=hint or "Wait for it to end, then try again."
            ) from error
    try:
        with contextlib.suppress(OSError):
            owner.write_text(f"process {os.getpid()}, since {now()}", "utf-8")
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def hold_library(
    settings: Settings, store: Store | None, *, busy: str, hint: str = ""
) -> Iterator[None]:
    """Hold a library against other writers: its data directory, and where a server keeps it that too.

    Raises Locked after the setting's seconds.
    """
    seconds = settings.lock_seconds
    with (
        hold(settings.lock_file, seconds=seconds, busy=busy, hint=hint),
        store.sharing.alone("writer", seconds=seconds, busy=busy, hint=hint)
        if store
        else contextlib.nullcontext(),
    ):
        yield


def _holder(owner: Path) -> str:
    """Return who holds the lock, as far as it was noted."""
    try:
        return f" ({owner.read_text('utf-8')})"
    except (OSError, UnicodeDecodeError):
        return ""
