"""Reading processes that outlive a run: starting one takes longer than reading a changed file."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ingest.reading import Reading

    # it brings every reader, which a question needs none of
    from ingest.sandbox import Sandbox

IDLE_SECONDS = 300.0
"""Kept for so long after a run; then their memory is given back."""


class Lender(Protocol):
    """Lends a run what reads its files, and keeps that for the next one."""

    def lent(
        self, key: object, make: Callable[[], Sandbox]
    ) -> contextlib.AbstractContextManager[Reading]: ...

    def ready(self, key: object, make: Callable[[], Sandbox]) -> None: ...

    def close(self) -> None: ...


class Readers:
    """Lends a sandbox for a run, and keeps its processes for the next one. To be closed.

    A run that asks while another has them gets processes of its own.
    """

    def __init__(self, *, idle_seconds: float = IDLE_SECONDS) -> None:
        self._idle = idle_seconds
        self._lock = threading.Lock()
        self._kept: tuple[object, Sandbox] | None = None
        self._clock: threading.Timer | None = None
        self._closed = False

    @contextlib.contextmanager
    def lent(self, key: object, make: Callable[[], Sandbox]) -> Iterator[Sandbox]:
        """Lend the sandbox that was made for ``key`` before, or what ``make`` returns."""
        sandbox = self._take(key) or make()
        try:
            yield sandbox
        except BaseException:
            # what a run that broke off had handed in is not to meet the next one's files
            sandbox.close()
            raise
        self._put_back(key, sandbox)

    def ready(self, key: object, make: Callable[[], Sandbox]) -> None:
        """Start a process, where none is kept, for the run that is about to begin."""
        sandbox = self._take(key) or make()
        sandbox.warm()
        self._put_back(key, sandbox)

    def close(self) -> None:
        """End all processes that are kept; those that are lent end when they come back."""
        with self._lock:
            self._closed = True
        self._drop()

    def _take(self, key: object) -> Sandbox | None:
        with self._lock:
            kept, self._kept = self._kept, None
            if self._clock:
                self._clock.cancel()
        if kept and kept[0] == key:
            return kept[1]
        if kept:
            kept[1].close()
        return None

    def _put_back(self, key: object, sandbox: Sandbox) -> None:
        with self._lock:
            spare = self._kept[1] if self._kept else None
            self._kept = (key, sandbox)
            if self._closed:
                spare, self._kept = sandbox, None
            else:
                self._clock = threading.Timer(self._idle, self._drop)
                self._clock.daemon = True
                self._clock.start()
        if spare:
            spare.close()

    def _drop(self) -> None:
        with self._lock:
            kept, self._kept = self._kept, None
            if self._clock:
                self._clock.cancel()
        if kept:
            kept[1].close()
