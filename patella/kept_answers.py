"""Answers of one generation, kept for those who ask the same; each is held against the library again."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from answer.verify import check_quote
from corpus.errors import QuoteMismatch
from corpus.filters import Filters
from corpus.records import Answer, Document, Hit, Passage, Place, Quote
from corpus.store import Store
from patella.asking import milliseconds_since
from patella.freshness import Freshness

Key = tuple[str, str, frozenset[str], Filters]
"""The question, the one before it, the added words taken back, and the filters.

Settings are those of the process, and each generation has its own answers; the language of a page
changes only what is written around an answer.
"""

There = Mapping[int, tuple[Passage, Document]]
"""Passages with their documents, by the passage's id."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A hit without its words, which are read from the library again."""

    ids: tuple[int, ...]
    """The passage's, and those of where else its words stand."""
    said: int
    """The hash of their texts."""
    score: float
    dense: float
    lexical: float
    marks: tuple[tuple[int, int], ...]
    questions: tuple[float, ...]

    @classmethod
    def of(cls, hit: Hit) -> _Found:
        passages = [hit.passage, *(place.passage for place in hit.also_in)]
        ids, said = tuple(one.id for one in passages), hash(tuple(one.text for one in passages))
        return cls(ids, said, hit.score, hit.dense, hit.lexical, hit.marks, hit.questions)

    def hit(self, there: There) -> Hit | None:
        """Return the hit with what the library holds; None where that is something else."""
        passage, *also = (Place(*there[number]) for number in self.ids)
        if hash(tuple(place.passage.text for place in (passage, *also))) != self.said:
            return None
        return Hit(
            passage.passage,
            passage.document,
            self.score,
            self.dense,
            self.lexical,
            self.marks,
            self.questions,
            tuple(also),
        )


class KeptAnswers:
    """At most ``most`` answers, the least lately used thrown out; safe to share between threads.

    What is kept is how an answer was put together. Passages, documents and quotes are read from the
    library each time, and where one is not what it was, nothing of the answer is given any more.
    """

    def __init__(self, most: int, store: Store, freshness: Freshness, generation: int) -> None:
        self._most = most
        self._store = store
        self._freshness = freshness
        self._generation = generation
        self._held: OrderedDict[Key, tuple[Answer, tuple[_Found, ...]]] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, key: Key, answer: Answer) -> None:
        """Keep an answer in place of the one longest not asked for."""
        entry = replace(answer, hits=()), tuple(map(_Found.of, answer.hits))
        with self._lock:
            self._held[key] = entry
            self._held.move_to_end(key)
            while len(self._held) > self._most:
                self._held.popitem(last=False)

    def find(self, key: Key) -> Answer | None:
        """Return the answer kept under ``key``, true to the library and its files as they are now."""
        begun = time.perf_counter()
        with self._lock:
            if key not in self._held:
                return None
            self._held.move_to_end(key)
            entry = self._held[key]
        told = self._told(*entry)
        if told is None:
            with self._lock:
                self._held.pop(key, None)
            return None
        return replace(told, kept=True, took_ms=milliseconds_since(begun))

    def _told(self, answer: Answer, found: tuple[_Found, ...]) -> Answer | None:
        """Return an answer with its passages and documents as they are; None where it is not true."""
        wanted = {number for one in found for number in one.ids}
        wanted |= {quote.passage_id for quote in _quotes(answer)}
        held = self._store.passages(sorted(wanted), generation=self._generation)
        if len(held) < len(wanted):
            return None
        now = self._freshness.tell(document for _, document in held.values())
        there = {n: (passage, now[doc.version_id]) for n, (passage, doc) in held.items()}
        hits = tuple(hit for one in found if (hit := one.hit(there)))
        if len(hits) < len(found):
            return None
        try:
            for quote in _quotes(answer):
                check_quote(quote, span=self._store.span)
        except QuoteMismatch:
            return None
        return _as_there(replace(answer, hits=hits), there)


def _quotes(answer: Answer) -> Iterator[Quote]:
    yield from (*answer.quotes, *answer.related)
    if answer.safety:
        yield from answer.safety.quotes
    for one in answer.disagreements:
        yield from (one.one, one.other)


def _as_there(answer: Answer, there: There) -> Answer:
    """Return an answer whose quotes have their documents from ``there``."""

    def quoted(*quotes: Quote) -> tuple[Quote, ...]:
        return tuple(replace(quote, document=there[quote.passage_id][1]) for quote in quotes)

    safety = answer.safety
    return replace(
        answer,
        quotes=quoted(*answer.quotes),
        related=quoted(*answer.related),
        safety=replace(safety, quotes=quoted(*safety.quotes)) if safety else None,
        disagreements=tuple(
            replace(d, one=quoted(d.one)[0], other=quoted(d.other)[0]) for d in answer.disagreements
        ),
    )
