"""Gathering: questions that come while the encoder is busy are encoded together, in its next pass."""

from __future__ import annotations

import itertools
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar, cast

Found = TypeVar("Found")


@dataclass(slots=True, eq=False)
class _Waiting(Generic[Found]):
    text: str
    told: threading.Event = field(default_factory=threading.Event)
    found: Found | None = None
    failed: BaseException | None = None
    leads: bool = False
    """Whether its thread is to make the next pass."""


class Gatherer(Generic[Found]):
    """Makes passes over texts for threads that bring one each, at most ``passes`` at a time.

    Nothing waits for company: a text that finds a pass free goes at once, alone. Those that come
    meanwhile go together, by the thread of one of them, as soon as a pass ends; at most ``most`` of
    them, in powers of two, and at most ``characters`` when each is counted as long as the longest.
    """

    def __init__(
        self,
        run: Callable[[Sequence[str]], Sequence[Found]],
        *,
        passes: int,
        most: int = 16,
        characters: int = 1_500,
    ) -> None:
        self._run = run
        self._passes = passes
        self._most = most
        self._characters = characters
        self._busy = 0
        self._queue: deque[_Waiting[Found]] = deque()
        self._lock = threading.Lock()

    def one(self, text: str) -> Found:
        """Return what a pass finds for a text. Raises what the pass raises."""
        mine: _Waiting[Found] = _Waiting(text)
        with self._lock:
            if self._busy < self._passes:
                self._busy += 1
                mine.leads = True
            else:
                self._queue.append(mine)
        if not mine.leads:
            mine.told.wait()
        if mine.leads:
            self._lead(mine)
        if mine.failed is not None:
            raise mine.failed
        return cast("Found", mine.found)

    def _lead(self, first: _Waiting[Found]) -> None:
        """Make a pass over ``first`` and those that wait longest; have one of the others make the next."""
        with self._lock:
            together = self._with(first)
        try:
            for one, found in zip(together, self._run([o.text for o in together]), strict=True):
                one.found = found
        except Exception as error:  # noqa: BLE001  (it is raised again in each thread that waits)
            for one in together:
                one.failed = error
        finally:
            with self._lock:
                following = self._queue.popleft() if self._queue else None
                if following is None:
                    self._busy -= 1
                else:
                    following.leads = True
            for one in (*together, *([following] if following else [])):
                one.told.set()

    def _with(self, first: _Waiting[Found]) -> list[_Waiting[Found]]:
        """Take from the queue what goes together with ``first``."""
        fit, longest = 1, len(first.text)
        for one in itertools.islice(self._queue, self._most - 1):
            longest = max(longest, len(one.text))
            if longest * (fit + 1) > self._characters:
                break
            fit += 1
        # 1, 2, 4, 8 …: the encoder keeps something for each number that it meets
        number = 1 << (fit.bit_length() - 1)
        return [first, *(self._queue.popleft() for _ in range(number - 1))]
