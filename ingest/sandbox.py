"""The sandbox: files are read in processes of their own, under limits on time, memory and output.

A file that goes over a limit, or that ends its process, is failed in words; a fresh process reads on.
Only JSON comes back (``ingest/wire.py``), so that a parser taken over by a file can do no more than
misread that file.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType

from corpus.errors import Broken, LibraryError, Lost, PatellaError, TooLarge
from ingest import wire
from ingest.child import Child, code_in_words
from ingest.reading import InProcess, Job, Made

MOST_OUTPUT = 400_000_000
"""Bytes of an answer: a text of the largest size, with the places of its sentences."""
AHEAD = 4
"""Files handed in for each process."""
NO_SANDBOX = "No process to read files in could be started: files are read without limits on time and memory."


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file is given, and how many are read at a time."""

    workers: int = 4
    seconds: float = 600.0
    megabytes: int = 2_000
    output: int = MOST_OUTPUT


@dataclass(frozen=True, slots=True)
class Counter:
    """Where a reading process finds its token counter: ``module:name``, called with ``argument``."""

    place: str
    argument: str


class Sandbox:
    """Reads files in worker processes, which are started when they are needed and then kept.

    Where none can be started at all, files are read by ``instead``, and ``told`` says so once.
    To be closed, or used in a ``with`` statement.
    """

    def __init__(
        self,
        limits: Limits,
        counter: Counter,
        *,
        limit: int,
        instead: InProcess,
        told: Callable[[str], None] | None = None,
    ) -> None:
        self._limits = limits
        self._setup = {
            "counter": counter.place,
            "argument": counter.argument,
            "limit": limit,
            "megabytes": limits.megabytes,
            "seconds": limits.seconds,
        }
        self._instead = instead
        self._told = told
        self._threads = ThreadPoolExecutor(limits.workers, thread_name_prefix="reading")
        self._lock = threading.Lock()
        self._first = threading.Lock()
        self._idle: list[Child] = []
        self._all: set[Child] = set()
        self._worked = False
        self._unavailable = False
        self._closed = False

    @property
    def notices(self) -> tuple[str, ...]:
        """Tell where no process could be started, so that files are read in this one."""
        return (NO_SANDBOX,) if self._unavailable else ()

    @property
    def ahead(self) -> int:
        return 1 if self._unavailable else AHEAD * self._limits.workers

    def submit(self, job: Job) -> Future[Made]:
        """Read a file. The future raises ReadError, or LibraryError where no process can be had."""
        if self._unavailable:
            return self._instead.submit(job)
        return self._threads.submit(self._read, job)

    def warm(self) -> None:
        """Have a process started, without waiting for it."""
        with contextlib.suppress(RuntimeError):
            self._threads.submit(self._begin)

    def _begin(self) -> None:
        with contextlib.suppress(LibraryError):
            if worker := self._take():
                self._put_back(worker)

    def close(self) -> None:
        """End all processes at once; what is not read by then is not read."""
        with self._lock:
            self._closed = True
            workers = list(self._all)
        for worker in workers:
            worker.kill()
        self._threads.shutdown(wait=True, cancel_futures=True)

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _read(self, job: Job) -> Made:
        worker = self._take()
        if worker is None:
            return self._instead.submit(job).result()
        try:
            answer = worker.ask(
                *wire.dump_job(job), seconds=self._limits.seconds, most=self._limits.output
            )
        except Lost as error:
            raise _lost(error, self._limits) from error
        finally:
            self._put_back(worker)
        try:
            return wire.load_answer(answer)
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise _broken("Its reader gave no sense") from error

    def _take(self) -> Child | None:
        """Return a worker that is free, a new one, or None where none can be had on this system."""
        while True:
            with self._lock:
                if self._closed:
                    raise LibraryError("The reading was ended.")
                worker = self._idle.pop() if self._idle else None
            if worker is None:
                break
            if worker.runs():
                return worker
            self._drop(worker)
        if self._worked:
            worker = self._start() or self._start()
            if worker is None:
                raise LibraryError(
                    "No process to read files in could be started.",
                    hint="Free some memory, or set read_workers to 1; then: patella index",
                )
            return worker
        return self._start_first()

    def _start_first(self) -> Child | None:
        with self._first:  # whether one can be started at all is found out once
            if self._unavailable:
                return None
            worker = self._start()
            if worker is None and self._closed:
                raise LibraryError("The reading was ended.")
            if worker is None and not self._worked:
                self._unavailable = True
                if self._told:
                    self._told(NO_SANDBOX)
            return worker

    def _start(self) -> Child | None:
        try:
            worker = Child("ingest.sandbox_worker")
        except OSError:
            return None
        with self._lock:
            self._all.add(worker)
            closed = self._closed
        if not closed and worker.begin(self._setup):
            self._worked = True
            return worker
        self._drop(worker)
        return None

    def _put_back(self, worker: Child) -> None:
        with self._lock:
            if worker.alive and not self._closed:
                self._idle.append(worker)
                return
        self._drop(worker)

    def _drop(self, worker: Child) -> None:
        with self._lock:
            self._all.discard(worker)
        worker.kill()


def _lost(error: Lost, limits: Limits) -> PatellaError:
    """Tell in words why a file gave no answer."""
    match error.how:
        case "late":
            return TooLarge(
                f"Reading it took longer than {limits.seconds:g} seconds and was stopped.",
                hint="Split it into smaller files, or raise the setting read_seconds; then:"
                " patella index --retry",
            )
        case "long":
            return TooLarge(
                f"It unpacks to more than {limits.output / 1e6:,.0f} MB of text.",
                hint="Split it into smaller files.",
            )
        case "away":
            return _broken("Its reader could not be reached")
    if error.code == -signal.SIGKILL:
        return TooLarge(
            "The system ended the process that read it: most likely memory ran out.",
            hint="Free some memory, or split the file; then: patella index --retry",
        )
    return Broken(
        f"It ended the process that read it ({code_in_words(error.code)}): it is damaged, or takes"
        " more memory than a file is given.",
        hint="Open it in another program and save it again, or split it.",
    )


def _broken(what: str) -> Broken:
    return Broken(
        f"{what}: it is damaged, or made to do harm.",
        hint="Open it in another program and save it again.",
    )
