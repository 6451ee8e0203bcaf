"""Work in processes of their own that are killed: at a named point, or at a moment of chance."""

from __future__ import annotations

import contextlib
import errno
import multiprocessing
import os
import resource
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.crash_work import Work, ask, do, open_engine
from bench.disk import Disk
from corpus import failpoints
from corpus.errors import PatellaError
from patella.engine import shipped_words
from patella.locks import hold

shipped_words()  # once, in the process that all others are forked from

_NOBODY = 65534

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["bench.crash_process"])


@dataclass(frozen=True, slots=True)
class Stop:
    """Where a process is to be killed: the ``number``-th time that it comes to ``point``."""

    point: str
    number: int = 1
    image: Path | None = None
    """A folder in which the disk is left as it would be if the power had failed at that moment."""
    seed: int = 0
    """What of the unsynced writes is kept there: 0 for nothing."""


@dataclass(frozen=True, slots=True)
class Done:
    """What work that was let run came to: how often each point, and how long it wrote."""

    seen: Counter[str]
    seconds: float
    """From the first point to the end."""


def run(work: Work) -> Done:
    """Do the work to its end. Raises RuntimeError if it failed."""
    receiver, sender = _CONTEXT.Pipe(duplex=False)
    process = _CONTEXT.Process(target=_calm, args=(work, sender))
    process.start()
    sender.close()
    process.join()
    if process.exitcode:
        raise RuntimeError(f"{work.kind} ended with {process.exitcode}")
    seen, seconds = receiver.recv()
    return Done(Counter(seen), seconds)


def killed_at(work: Work, stop: Stop) -> bool:
    """Do the work and have it killed at a point; tell whether it came to it."""
    process = _CONTEXT.Process(target=_stopped, args=(work, stop))
    process.start()
    process.join()
    if process.exitcode not in (0, -signal.SIGKILL):
        raise RuntimeError(f"{work.kind} ended with {process.exitcode} before {stop.point}")
    return process.exitcode == -signal.SIGKILL


def killed_after(work: Work, share: float, seconds: float) -> tuple[bool, bool]:
    """Kill the work a ``share`` of ``seconds`` after its first write.

    Returns whether it was hit, and whether it was then within its writing.
    """
    open_now = _CONTEXT.Value("b", 0)
    process = _CONTEXT.Process(target=_watched, args=(work, open_now))
    process.start()
    while process.is_alive() and not open_now.value:
        time.sleep(0.0005)
    process.join(timeout=share * seconds)
    within = bool(open_now.value)
    if process.is_alive() and process.pid:
        # it may end between the question and the kill
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
    process.join()
    if process.exitcode not in (0, -signal.SIGKILL):
        raise RuntimeError(f"{work.kind} ended with {process.exitcode}")
    hit = process.exitcode == -signal.SIGKILL
    return hit, hit and within


def failing(work: Work, *, limit: int = -1, point: str = "") -> tuple[bool, str]:
    """Do the work while no file may grow over ``limit`` bytes, or with an I/O error at ``point``.

    Returns whether the process ended by itself, and the error in words, if there was one.
    """
    return _told(_fails, work, limit, point)


def as_nobody(work: Work) -> str:
    """Do the work as a user who may write nothing; return the error in words."""
    return _told(_powerless, work)[1]


def _told(target: Any, *given: Any) -> tuple[bool, str]:
    receiver, sender = _CONTEXT.Pipe(duplex=False)
    process = _CONTEXT.Process(target=target, args=(*given, sender))
    process.start()
    sender.close()
    process.join()
    if process.exitcode:
        return False, f"ended with {process.exitcode}"
    return True, str(receiver.recv())


@contextlib.contextmanager
def holding(data: Path) -> Iterator[int]:
    """Have a process hold the library's lock; gives its number."""
    held = _CONTEXT.Event()
    process = _CONTEXT.Process(target=_hold, args=(data, held))
    process.start()
    held.wait(30)
    try:
        yield process.pid or 0
    finally:
        process.kill()
        process.join()


def _hold(data: Path, held: Any) -> None:
    with hold(data / "library.lock", seconds=5, busy="The library is held"):
        held.set()
        time.sleep(60)


def _fails(work: Work, limit: int, point: str, sender: Any) -> None:
    def told(now: str) -> None:
        if now == point:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    if limit >= 0:
        hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    failpoints.watch(told if point else None)
    _say(work, sender)


def _powerless(work: Work, sender: Any) -> None:
    if os.geteuid() == 0:
        os.seteuid(_NOBODY)
    _say(work, sender)


def _say(work: Work, sender: Any) -> None:
    """Do the work and send the error in words; only errors that the command line puts into words."""
    words = ""
    try:
        do(work)
    except (PatellaError, OSError) as error:
        words = f"{type(error).__name__}: {error}"
    sender.send(words)


class Reader:
    """A process that asks a library all the time, and holds what it says against its sources."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._ended = _CONTEXT.Event()
        self._receiver, self._sender = _CONTEXT.Pipe(duplex=False)
        self._process = _CONTEXT.Process(target=_ask_on, args=(data, self._ended, self._sender))
        self.asked = 0
        self.checked = 0
        self.generations = 0
        self.wrong: list[str] = []

    def __enter__(self) -> Reader:
        self._process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        if self._receiver.poll(30):
            self.asked, self.checked, self.generations, self.wrong = self._receiver.recv()
        else:
            self.wrong.append("the reader ended without a word")
        self._process.join()


def _ask_on(data: Path, ended: Any, sender: Any) -> None:
    """Ask until it is enough; a new engine now and then, as a new process would have."""
    asked = checked = 0
    wrong: list[str] = []
    generations: set[int] = set()
    engine = open_engine(data)
    while not ended.is_set():
        try:
            checked += ask(engine, asked % 90)
            generations.add(engine.generation().id)
        except Exception as error:  # noqa: BLE001  (whatever it is, it is a fault to be told)
            wrong.append(f"question {asked}: {type(error).__name__}: {error}")
        asked += 1
        if asked % 20 == 0:
            engine.close()
            engine = open_engine(data)
        time.sleep(0.01)
    sender.send((asked, checked, len(generations), wrong[:20]))


def _calm(work: Work, sender: Any) -> None:
    seen: Counter[str] = Counter()
    times: list[float] = []

    def told(point: str) -> None:
        seen[point] += 1
        times.append(time.monotonic())

    failpoints.watch(told)
    do(work)
    sender.send((dict(seen), time.monotonic() - times[0] if times else 0.0))


def _stopped(work: Work, stop: Stop) -> None:
    disk = Disk(work.data) if stop.image else None
    seen: Counter[str] = Counter()

    def told(point: str) -> None:
        seen[point] += 1
        if point == stop.point and seen[point] == stop.number:
            if disk and stop.image:
                disk.power_fails(stop.image, seed=stop.seed)
            os.kill(os.getpid(), signal.SIGKILL)
            threading.Event().wait()  # a moment may pass until the signal arrives

    failpoints.watch(told)
    do(work)


def _watched(work: Work, open_now: Any) -> None:
    def told(_: str) -> None:
        open_now.value = 1

    failpoints.watch(told)
    do(work)
    open_now.value = 0
