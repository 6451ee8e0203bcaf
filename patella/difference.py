"""What publishing would change: documents, and what saved questions are answered with on both sides."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from corpus.changes import Standing
from corpus.errors import Locked, PatellaError
from corpus.records import Answer, Generation
from corpus.saved import SavedQuestion
from corpus.store import Store
from corpus.viewed import store_at, store_with
from patella import publishing
from patella.engine import Engine
from patella.writer import Writer
from webapp.workbench_records import (
    AnswerChange,
    AnswerComparison,
    AnswerView,
    ChangedDocument,
    Difference,
    QuotedPassage,
)

logger = logging.getLogger(__name__)

STOP_SECONDS = 30.0
TAKE_UP_SECONDS = 3.0
_Key = tuple[int, str, tuple[SavedQuestion, ...]]


class Differ:
    """Compares what is stored with what is served; saved questions are asked in the background."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._guard = threading.Lock()
        self._done: tuple[_Key, AnswerComparison | None, str] | None = None
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()

    def stop(self) -> None:
        """Stop asking, after the question that is being asked."""
        self._stop.set()
        with self._guard:
            running = self._thread
        if running:
            running.join(STOP_SECONDS)

    def difference(self, *, ask: bool = True) -> Difference:
        """Tell the difference now; its answers are None while they are being made.

        Without ``ask`` none are made.
        """
        store = self._engine.store
        current = store.current()
        added, changed, removed = documents(store, current)
        fingerprint = store.changes.fingerprint()
        saved = store.saved.list()
        answers: AnswerComparison | None = AnswerComparison((), len(saved))
        problem = ""
        if saved and (added or changed or removed):
            key = (current.id if current else 0, fingerprint, saved)
            answers, problem = self._answers(key) if ask else (None, "")
        return Difference(
            served=current,
            added=added,
            changed=changed,
            removed=removed,
            answers=answers,
            digest=fingerprint,
            held=publishing.held(self._engine),
            problem=problem,
        )

    def now(self) -> Difference:
        """Tell the difference with its answers, however long that takes. Raises PatellaError."""
        found = self.difference(ask=False)
        while found.answers is None:
            served = found.served.id if found.served else 0
            key = (served, found.digest, self._engine.store.saved.list())
            if made := self._compare(key):
                return replace(found, answers=made)
            found = self.difference(ask=False)
        return found

    def begin(self) -> None:
        """Ask saved questions ahead, so that they are answered when somebody looks."""
        with contextlib.suppress(PatellaError):
            self.difference()

    def _answers(self, key: _Key) -> tuple[AnswerComparison | None, str]:
        with self._guard:
            if self._done and self._done[0] == key:
                return self._done[1:]
            if not self._thread and not self._stop.is_set():
                self._thread = threading.Thread(
                    target=self._work, args=(key,), name="difference", daemon=True
                )
                self._thread.start()
        return None, ""

    def _work(self, key: _Key) -> None:
        made: AnswerComparison | None = None
        problem = ""
        try:
            made = self._compare(key)
        except PatellaError as error:
            problem = f"{error} {error.hint}".strip()
        except Exception:
            # nobody waits for this thread: whatever it is must be told at the desk
            logger.exception("Saved questions could not be asked.")
            problem = "Something went wrong inside; the server's log tells more."
        with self._guard:
            self._thread = None
            if made or problem:
                self._done = (key, made, problem)

    def _compare(self, key: _Key) -> AnswerComparison | None:
        """Ask all saved questions on both sides; None where something changed meanwhile."""
        served, fingerprint, questions = key
        with self._staged(fingerprint) as after:
            if after is None or (served and not self._serves(served)):
                return None
            return compare(
                questions,
                self._engine if served else None,
                after,
                served=served,
                stop=self._stop.is_set,
            )

    def _serves(self, generation: int) -> bool:
        """Wait until the engine has taken up a generation: it looks for a new one now and then."""
        end = time.monotonic() + TAKE_UP_SECONDS
        while self._engine.generation().id != generation:
            if time.monotonic() > end or self._stop.wait(0.05):
                return False
        return True

    @contextlib.contextmanager
    def _staged(self, fingerprint: str) -> Iterator[Engine | None]:
        """Open what is stored as if it were published; None where it is no longer as it was."""
        writer, store = Writer(self._engine), self._engine.store
        while True:
            try:
                with writer.locked():
                    if self._stop.is_set() or store.changes.fingerprint() != fingerprint:
                        yield None
                        return
                    staged = self._engine.builder().stage().generation
                    viewed = store_with(self._engine.store, staged)
                    viewed.current()
                break
            except Locked:
                if self._stop.wait(0.5):
                    yield None
                    return
        with _opened(self._engine, viewed) as after:
            yield after


def documents(
    store: Store, current: Generation | None
) -> tuple[tuple[ChangedDocument, ...], tuple[ChangedDocument, ...], tuple[ChangedDocument, ...]]:
    """Return the documents that publishing would add, change and remove, by title."""
    before = store.changes.served(current.id) if current else {}
    after = store.changes.stored()
    hidden = {one.document_id for one in store.hidden.list()}
    found = [
        _changed(before.get(one), after.get(one), hidden=one in hidden)
        for one in before.keys() | after.keys()
    ]
    found.sort(key=lambda one: (one.title.casefold(), one.id))
    return (
        tuple(one for one in found if one.version_before is None),
        tuple(
            one
            for one in found
            if None not in {one.version_before, one.version_after}
            and one.version_before != one.version_after
        ),
        tuple(one for one in found if one.version_after is None),
    )


def _changed(before: Standing | None, after: Standing | None, *, hidden: bool) -> ChangedDocument:
    shown = after or before
    if shown is None:
        raise ValueError("a document of neither side")
    return ChangedDocument(
        id=shown.document_id,
        title=shown.title,
        version_before=before.version_id if before else None,
        version_after=after.version_id if after else None,
        passages_before=before.passages if before else 0,
        passages_after=after.passages if after else 0,
        hidden=hidden,
    )


def compare(
    questions: Sequence[SavedQuestion],
    before: Engine | None,
    after: Engine,
    *,
    served: int = 0,
    stop: Callable[[], bool] = lambda: False,
) -> AnswerComparison | None:
    """Ask questions on both sides and return those answered otherwise.

    None where it was stopped, or ``before`` no longer serves the generation ``served``.
    """
    changed = []
    for question in questions:
        if stop():
            return None
        earlier = before.ask(question.text) if before else None
        if earlier and served and earlier.generation != served:
            return None
        was = view(earlier) if earlier else None
        answer = after.ask(question.text)
        now = view(answer)
        if was is None or _said(was) != _said(now):
            changed.append(AnswerChange(question, was, now, as_expected(question, answer)))
    return AnswerComparison(tuple(changed), len(questions))


def view(answer: Answer) -> AnswerView:
    """Return what is compared of an answer: what it quotes, or what it shows as nearby."""
    quotes = answer.quotes if answer.state == "answered" else answer.related
    return AnswerView(
        answer.state,
        tuple(
            QuotedPassage(
                document_id=quote.document.id,
                version_id=quote.document.version_id,
                title=quote.document.title,
                text=quote.text,
                heading=quote.heading,
                start=quote.start,
                end=quote.end,
            )
            for quote in quotes
        ),
    )


def _said(seen: AnswerView) -> tuple[str, tuple[tuple[str, str], ...]]:
    return seen.state, tuple((quote.document_id, quote.text) for quote in seen.quotes)


def leading_document(answer: Answer) -> str:
    """Return the document that an answer leads with; empty where it answers nothing."""
    return answer.quotes[0].document.id if answer.state == "answered" and answer.quotes else ""


def as_expected(question: SavedQuestion, answer: Answer) -> bool:
    """Tell whether an answer is as it was when the question was saved."""
    return (answer.state, leading_document(answer)) == (question.state, question.document_id)


@contextlib.contextmanager
def at_generation(engine: Engine, number: int) -> Iterator[Engine]:
    """Open a library as if one of its generations were the served one."""
    with _opened(engine, store_at(engine.store, number)) as opened:
        yield opened


@contextlib.contextmanager
def _opened(engine: Engine, store: Store) -> Iterator[Engine]:
    opened = Engine(engine.settings, encoder=engine.encoder, store=store, reranker=engine.reranker)
    try:
        yield opened
    finally:
        opened.close()
