"""Counts that several server processes share: slots of a file that each of them has mapped."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import mmap
import os
import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

SLOTS = 1 << 15
"""About so many addresses are told apart, for each length of time."""
NEAR = 8
"""Slots that a key may stand in; where all are taken, the one longest not counted gives way."""
_SLOT = struct.Struct("<QQQQ")  # key, number of the window, count, count of the window before


class SharedCounts:
    """Counts of keys in windows of time, the same for all processes that name one file.

    A window slides: what was counted in the one before counts for the share of it that is not over.
    Keys are held as hashes. Safe to share between threads and processes.
    """

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.ftruncate(self._file, SLOTS * _SLOT.size)
        self._map = mmap.mmap(self._file, SLOTS * _SLOT.size)
        self._lock = threading.Lock()

    def close(self) -> None:
        """Let go of the file."""
        self._map.close()
        os.close(self._file)

    def acquire(self, key: str, *, limit: int, seconds: int, amount: int = 1) -> bool:
        """Count ``amount`` for a key if no more than ``limit`` are then counted; tell whether it was."""
        with self._held():
            place, before, left, count = self._find(key, seconds)
            if before * left / seconds + count + amount > limit:
                return False
            self._write(place, key, seconds, count + amount, before)
            return True

    def read(self, key: str, *, seconds: int) -> tuple[int, float, int, float]:
        """Return the last window's count and the seconds that it counts on, and the same of this one."""
        with self._held():
            _, before, left, count = self._find(key, seconds)
        return before, left if before else 0.0, count, left + seconds if count else 0.0

    def forget(self, key: str, *, seconds: int) -> None:
        """Count a key from nothing again."""
        with self._held():
            place, *_ = self._find(key, seconds)
            self._write(place, key, seconds, 0, 0)

    def clear(self) -> None:
        """Count everything from nothing again."""
        with self._held():
            self._map[:] = bytes(len(self._map))

    @contextlib.contextmanager
    def _held(self) -> Iterator[None]:
        with self._lock:
            fcntl.lockf(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN)

    def _find(self, key: str, seconds: int) -> tuple[int, int, float, int]:
        """Return a key's place, the last window's count, the seconds left of this one, and its count."""
        now = self._clock()
        window, left = int(now // seconds), seconds - now % seconds
        mark = _mark(key, seconds)
        places = [((mark >> 20) + step) % SLOTS * _SLOT.size for step in range(NEAR)]
        taken = [_SLOT.unpack_from(self._map, place) for place in places]
        for place, (held, held_window, count, before) in zip(places, taken, strict=True):
            if held == mark:
                if held_window == window:
                    return place, before, left, count
                return place, count if held_window == window - 1 else 0, left, 0
        # windows are of many lengths: what was counted longest ago, by the clock
        oldest = min(
            range(NEAR), key=lambda i: (taken[i][0] != 0, taken[i][1] * _length(taken[i][0]))
        )
        return places[oldest], 0, left, 0

    def _write(self, place: int, key: str, seconds: int, count: int, before: int) -> None:
        window = int(self._clock() // seconds)
        _SLOT.pack_into(self._map, place, _mark(key, seconds), window, count, before)


def _mark(key: str, seconds: int) -> int:
    """Return a number for a key and a length of time, never 0; its last 20 bits are the length."""
    digest = int.from_bytes(hashlib.sha256(f"{seconds}|{key}".encode()).digest()[:8], "big")
    return (digest >> 20 << 20) | min(seconds, (1 << 20) - 1)


def _length(mark: int) -> int:
    return mark & ((1 << 20) - 1)
