"""A crew of workers on other machines: work is handed out, and what a lost worker had is given to another.

It knows workers by a protocol (``Remote``); ``patella/ray_cluster.py`` has those of Ray.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, Protocol

from corpus.errors import LibraryError, Lost, ModelError

AT_ONCE = 2
"""Of each kind of work, given to one worker: the next waits there when one is done."""
MOST_LOSSES = 5
"""Workers that may be lost at one piece of work, before it is taken to be what ends them."""
PATIENCE = 300.0
"""Seconds without any worker before the run gives up: a machine that is replaced takes minutes."""
GREET_AGAIN = 1.0
"""Seconds between two looks for a worker that was lost."""

READ, ENCODE, ENCODE_TOKENS = "read", "encode", "encode_tokens"


class Remote(Protocol):
    """A worker (``patella/ray_worker.py``) that is asked from here."""

    def ask(self, method: str, *given: Any) -> Future[Any]:
        """Call a method. The future raises Lost where the worker ended first, or what was raised there."""


@dataclass(frozen=True, slots=True)
class Fit:
    """What decides the results of a worker: all of a crew, and who asks them, need the same."""

    recipe: str
    """Reader, cutting and model (``ChunkSettings.recipe``)."""
    encoder: str
    dimension: int


@dataclass(slots=True)
class _Task:
    method: str
    given: tuple[Any, ...]
    answer: Future[Any] = field(default_factory=Future)
    losses: int = 0


@dataclass(slots=True)
class _Member:
    remote: Remote
    busy: dict[str, int] = field(default_factory=dict)
    here: bool = False
    """Whether it has greeted since it was last lost."""


class Crew:
    """Hands out work to workers, in the order in which it came. To be closed.

    All is decided in one thread, which is told by events what happens.
    """

    def __init__(self, remotes: Sequence[Remote], fit: Fit, *, patience: float = PATIENCE) -> None:
        self._members = [_Member(one) for one in remotes]
        self._fit = fit
        self._patience = patience
        self._events: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._waiting: dict[str, deque[_Task]] = {}
        self._greet_at: list[tuple[float, _Member]] = []
        self._alone_since = time.monotonic()
        self._failed: Exception | None = None
        self.lost = 0
        """Workers that ended while they were at work."""
        for member in self._members:
            self._greet(member)
        self._thread = threading.Thread(target=self._work, name="crew", daemon=True)
        self._thread.start()

    @property
    def size(self) -> int:
        """Return how many workers there are, or will be."""
        return len(self._members)

    def ask(self, method: str, *given: Any) -> Future[Any]:
        """Have a method called by the worker that has least to do.

        The future raises what the method does; Lost where the work ended several workers;
        LibraryError, ModelError where there are no workers to do it.
        """
        task = _Task(method, given)
        self._events.put(partial(self._take, task))
        return task.answer

    def close(self) -> None:
        """Stop handing out; what is not done fails."""
        self._events.put(None)
        self._thread.join()

    # -- all below runs in the crew's own thread

    def _work(self) -> None:
        while True:
            try:
                event = self._events.get(timeout=GREET_AGAIN)
            except Empty:
                event = _nothing
            if event is None:
                self._fail(LibraryError("The work of the run was ended."))
                return
            event()
            self._look_round()
            self._hand_out()

    def _take(self, task: _Task) -> None:
        if self._failed:
            task.answer.set_exception(self._failed)
        else:
            self._waiting.setdefault(task.method, deque()).append(task)

    def _hand_out(self) -> None:
        for method, tasks in self._waiting.items():
            while tasks:
                free = [m for m in self._members if m.here and m.busy.get(method, 0) < AT_ONCE]
                if not free:
                    break
                member = min(free, key=lambda m: m.busy.get(method, 0))
                self._give(member, tasks.popleft())

    def _give(self, member: _Member, task: _Task) -> None:
        member.busy[task.method] = member.busy.get(task.method, 0) + 1
        self._call(member, task.method, task.given, partial(self._done, member, task))

    def _call(
        self,
        member: _Member,
        method: str,
        given: tuple[Any, ...],
        then: Callable[[Future[Any]], None],
    ) -> None:
        found = member.remote.ask(method, *given)
        found.add_done_callback(lambda future: self._events.put(partial(then, future)))

    def _done(self, member: _Member, task: _Task, found: Future[Any]) -> None:
        member.busy[task.method] -= 1
        error = found.exception()
        if isinstance(error, Lost):
            self._lose(member)
            task.losses += 1
            if task.losses < MOST_LOSSES and not self._failed:
                self._waiting.setdefault(task.method, deque()).appendleft(task)
                return
        if error:
            task.answer.set_exception(error)
        else:
            task.answer.set_result(found.result())

    def _lose(self, member: _Member) -> None:
        if member.here:
            member.here = False
            self.lost += 1
            self._greet(member)

    def _greet(self, member: _Member) -> None:
        self._call(member, "greet", (), partial(self._greeted, member))

    def _greeted(self, member: _Member, found: Future[Any]) -> None:
        error = found.exception()
        if isinstance(error, Lost):
            self._greet_at.append((time.monotonic() + GREET_AGAIN, member))
        elif error:
            self._fail(error if isinstance(error, Exception) else LibraryError(str(error)))
        elif found.result() != self._fit:
            self._fail(
                ModelError(
                    f"A worker has {_told(found.result())}, and this machine {_told(self._fit)}.",
                    hint="Install the same version of Patella and the same model on all machines.",
                )
            )
        else:
            member.here = True

    def _look_round(self) -> None:
        now = time.monotonic()
        due = [member for at, member in self._greet_at if at <= now]
        self._greet_at = [(at, member) for at, member in self._greet_at if at > now]
        for member in due:
            self._greet(member)
        if any(one.here for one in self._members):
            self._alone_since = now
        elif now - self._alone_since > self._patience:
            self._fail(
                LibraryError(
                    f"No worker answered for {self._patience:g} seconds.",
                    hint="Has the cluster free CPUs (ray status)? What was stored is kept: run it again.",
                )
            )

    def _fail(self, error: Exception) -> None:
        """Have all that waits, and all that comes, end with ``error``."""
        self._failed = self._failed or error
        for tasks in self._waiting.values():
            while tasks:
                tasks.popleft().answer.set_exception(self._failed)


def _nothing() -> None:
    """Stand for no event."""


def _told(fit: Fit) -> str:
    return f"{fit.recipe}; {fit.encoder}"
