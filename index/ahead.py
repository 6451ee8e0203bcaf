"""Embedding beside a run that stores documents: a thread makes the vectors that publishing will need.

What it takes is stored already, and vectors are kept by the hash of what they are made of, so a run
that is stopped at any point has lost nothing by it, and ends as it would without it.
"""

from __future__ import annotations

import logging
import threading
import time
from types import TracebackType

from corpus.errors import PatellaError
from corpus.failpoints import reach
from corpus.store import Store
from corpus.vectors import VectorStore
from index.embed import Encoder
from index.embedding import WINDOW, Embedding

logger = logging.getLogger(__name__)

ENOUGH = 128
"""Passages that are worth a pass: fewer are waited for, since texts of one length cost least together."""
PATIENCE = 2.0
"""Seconds after which fewer are taken."""


class Ahead:
    """Embeds what is stored after it was made, until it is closed; used in a ``with`` statement.

    Left without an error it ends the step that it is at; left with one it stops at once. What it has
    not embedded, or could not, is left to publishing, which shows how that goes on and says what is wrong.
    """

    def __init__(self, store: Store, vectors: VectorStore, encoder: Encoder) -> None:
        self._store = store
        self._vectors = vectors
        self._embedding = Embedding(vectors, encoder)
        # of a first run that was broken off nothing may be embedded yet
        self._last = store.passing.last() if store.current() else 0
        self._ended = threading.Event()
        self._stopped = False
        self._thread = threading.Thread(target=self._work, name="embedding ahead")
        self.made = 0

    def __enter__(self) -> Ahead:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopped = error is not None
        self._ended.set()
        try:
            self._thread.join()
        except BaseException:
            self._stopped = True
            self._thread.join()
            raise

    def _work(self) -> None:
        try:
            while not self._stopped and self._step():
                pass
        except _Stopped:
            pass
        except PatellaError as error:
            logger.info("What was stored is embedded later: %s", error)
        finally:
            self._vectors.leave()
            self._store.leave()

    def _step(self) -> bool:
        """Embed what has come, if that is enough; tell whether there may be more."""
        since = time.monotonic()
        while True:
            ended = self._ended.is_set()
            found = self._store.passing.after(self._last, most=WINDOW * self._embedding.workers)
            late = time.monotonic() - since > PATIENCE
            enough = len(found) >= ENOUGH * self._embedding.workers
            if enough or ended or (found and late) or self._stopped:
                break
            self._ended.wait(0.1)
        if not found:
            return not ended
        self._last = found[-1].id
        self.made += self._embedding.fill(
            found, self._still_wanted, go_on=lambda: not self._ended.is_set()
        )
        reach("embed.ahead")
        return not ended

    def _still_wanted(self, _: int) -> None:
        if self._stopped:
            raise _Stopped


class _Stopped(Exception):
    """The run was broken off."""
