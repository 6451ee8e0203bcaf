"""Work beside a server that waits for moments in which nobody asks."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator

from corpus.errors import PatellaError
from index.merging import Pause
from patella.engine import Engine

logger = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
"""How often a server looks whether something new is served."""
QUIET_SECONDS = 0.3
"""How long ago the last question must have come."""

Work = Callable[[Engine, Pause], object]


class Quiet:
    """Does some work in a thread whenever something new is served, on half a core at most."""

    def __init__(self, engine: Engine, *work: Work) -> None:
        self._engine = engine
        self._work = work
        self._stop = threading.Event()
        self._begun = 0.0

    def stop(self) -> None:
        """End it at the next pause."""
        self._stop.set()

    def run(self) -> None:
        """Do the work for each generation that is served, until it is stopped."""
        seen: object = None
        while not self._stop.wait(LOOK_SECONDS):
            current = None
            try:
                current = self._engine.store.current()
                if current == seen:
                    continue
                for work in self._work:
                    self._begun = time.monotonic()
                    work(self._engine, self.pause)
                seen = current
            except PatellaError as error:
                logger.info("What is done in quiet moments waits: %s", error)

    def pause(self) -> bool:
        """Rest as long as the last part took, and while questions come."""
        self._stop.wait(min(time.monotonic() - self._begun, 1.0))
        while time.monotonic() - self._engine.used < QUIET_SECONDS:
            if self._stop.wait(QUIET_SECONDS):
                break
        self._begun = time.monotonic()
        return not self._stop.is_set()


@contextlib.contextmanager
def quietly(engine: Engine, *work: Work, on: bool = True) -> Iterator[None]:
    """Do ``work`` in quiet moments for as long as this lasts, if it is ``on``."""
    if not on:
        yield
        return
    quiet = Quiet(engine, *work)
    thread = threading.Thread(target=quiet.run, name="quiet", daemon=True)
    thread.start()
    try:
        yield
    finally:
        quiet.stop()
        thread.join(5)
