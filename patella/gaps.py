"""Gaps: what was asked and not answered, or did not help, grouped by meaning; kept only where that is set."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np

from corpus.asked import AskedFile, AskedQuestion, Day, today
from corpus.errors import LibraryError
from corpus.records import State
from patella.engine import Engine
from webapp.workbench_records import Gap

logger = logging.getLogger(__name__)

ALIKE = 0.75
"""Cosine from which two questions count as of one meaning; measured on paraphrases (docs/operating.md)."""
MOST = 2_000
"""Questions that are grouped: the most asked ones."""
AGAIN_SECONDS = 60.0
"""The same words within so long are one asking: a page and its print, or a reload."""
DAYS = 30
_REMEMBERED = 500


class Gaps:
    """Keeps what was asked, if the setting says so, and groups it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._file = AskedFile(engine.settings.asked_file)
        self._lock = threading.Lock()
        self._lately: OrderedDict[str, float] = OrderedDict()
        self._vectors: dict[str, np.ndarray] = {}
        self._expired = ""

    @property
    def keeps(self) -> bool:
        """Whether questions are kept."""
        return self._engine.settings.keep_questions

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def count(self, question: str, state: State) -> None:
        """Count a question that was asked, where questions are kept. A full disk is only logged."""
        words = _plain(question)
        if not self.keeps or not words or self._was_just_asked(words):
            return
        try:
            self._expire()
            self._file.count(words, state)
        except LibraryError as error:
            # an answer must not fail because it could not be counted
            logger.warning("What was asked could not be kept: %s", error)

    def judge(self, question: str, *, helpful: bool, state: State, reason: str = "") -> None:
        """Keep whether an answer helped; question and reason only where questions are kept."""
        words = _plain(question) if self.keeps else ""
        self._expire()
        self._file.judge(words, state, helpful=helpful, reason=_plain(reason) if self.keeps else "")

    def gaps(self) -> tuple[Gap, ...]:
        """Group questions by meaning, most asked first."""
        if not self._engine.settings.asked_file.exists():
            return ()
        self._expire()
        asked = self._file.gaps(most=MOST)
        saved = {_plain(one.text).casefold() for one in self._engine.store.saved.list()}
        groups = self._grouped(asked)
        found = [_gap(group, saved) for group in groups]
        return tuple(sorted(found, key=lambda one: (-one.count - one.unhelpful, one.text)))

    def days(self) -> tuple[Day, ...]:
        """Return the last days, oldest first, days without questions too; none where not kept."""
        if not self.keeps:
            return ()
        first = dt.date.fromisoformat(today()) - dt.timedelta(days=DAYS - 1)
        counted = {one.date: one for one in self._file.days(since=first.isoformat())}
        wanted = [(first + dt.timedelta(days=n)).isoformat() for n in range(DAYS)]
        return tuple(counted.get(day, Day(day)) for day in wanted)

    def forget(self) -> int:
        """Delete all that was kept; return how many questions there were."""
        with self._lock:
            self._lately.clear()
            self._vectors.clear()
        return self._file.forget()

    def _was_just_asked(self, words: str) -> bool:
        now = time.monotonic()
        with self._lock:
            before = self._lately.pop(words, None)
            self._lately[words] = now
            while len(self._lately) > _REMEMBERED:
                self._lately.popitem(last=False)
        return before is not None and now - before < AGAIN_SECONDS

    def _expire(self) -> None:
        days = self._engine.settings.question_days
        if days and self._expired != today():
            self._expired = today()
            first = dt.date.fromisoformat(today()) - dt.timedelta(days=days)
            self._file.expire(first.isoformat())

    def _grouped(self, asked: Sequence[AskedQuestion]) -> list[list[AskedQuestion]]:
        """Put each question to the first group whose most asked one it is like, else into a new one."""
        vectors = self._encoded([one.text for one in asked])
        groups: list[list[AskedQuestion]] = []
        leaders = np.empty((len(asked), self._engine.encoder.dimension), np.float32)
        for one, vector in zip(asked, vectors, strict=True):
            alike = leaders[: len(groups)] @ vector
            best = int(alike.argmax()) if groups else -1
            if best >= 0 and alike[best] >= ALIKE:
                groups[best].append(one)
            else:
                leaders[len(groups)] = vector
                groups.append([one])
        return groups

    def _encoded(self, texts: Sequence[str]) -> list[np.ndarray]:
        missing = [text for text in texts if text not in self._vectors]
        if missing:
            made = self._engine.encoder.encode(missing)
            self._vectors |= dict(zip(missing, made, strict=True))
        if len(self._vectors) > 2 * MOST:
            self._vectors = {text: self._vectors[text] for text in texts}
        return [self._vectors[text] for text in texts]


def _plain(text: str) -> str:
    return " ".join(text.split())


def _gap(group: Sequence[AskedQuestion], saved: set[str]) -> Gap:
    return Gap(
        text=group[0].text,
        count=sum(one.count for one in group),
        unhelpful=sum(one.unhelpful for one in group),
        questions=tuple(group),
        saved=any(_plain(one.text).casefold() in saved for one in group),
    )
