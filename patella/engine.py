"""The engine: one library opened for reading, its rooms wired together."""

from __future__ import annotations

import functools
import logging
import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from answer.ask import READ_HITS, Outcome, Words, answer, read
from answer.flags import RedFlags, card, level
from answer.followup import follow_up
from answer.population import usual
from answer.safety import Rule
from answer.sentences import forget_words, rerank
from answer.state import ALWAYS, StateModel, shipped_model
from answer.token_cache import TokenCache
from answer.verify import make_quote
from corpus import shipped
from corpus.coding import forget_metadata
from corpus.errors import LibraryError, NotFound, PatellaError, QuoteMismatch
from corpus.filters import NO_FILTERS, Filters, facets
from corpus.records import (
    Answer,
    Document,
    Generation,
    Hit,
    Quote,
    SafetyLevel,
    SearchResult,
    Why,
)
from corpus.store import Store
from index import search as searching
from index.embed import Encoder
from index.expand import Expansion, Vocabulary, expand, load_vocabulary
from index.fold import fold, forget_passages
from index.lexical import content_stems
from index.phrases import Query, read_query
from index.reranker import Reranker
from index.why import why
from patella.asking import idf, milliseconds_since, normalise
from patella.encoders import make_encoder
from patella.freshness import Freshness
from patella.joining import join
from patella.kept_answers import KeptAnswers
from patella.memory import give_back
from patella.narrow import Narrowed, Narrower
from patella.opening import make_builder, open_index, open_originals, open_store, open_tokens
from patella.readers import Lender
from patella.settings import Settings
from webapp.service import Sheet, SourceText, Span

if TYPE_CHECKING:
    from index.build import Builder
    from patella.pdf_view import PdfView

logger = logging.getLogger(__name__)

ANSWER_HITS = 30
"""Hits that an answer is made from and shows below."""

MOST_LOOKED_AT = 2_000
"""A longer list of documents is given without a look at each one's file."""


@functools.cache
def shipped_words() -> tuple[RedFlags, Vocabulary]:
    """Read the red flags and the vocabulary once a process."""
    return RedFlags.load(shipped.RED_FLAGS), load_vocabulary(shipped.VOCABULARY)


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """A generation held for the length of a request."""

    generation: Generation
    searcher: searching.Index
    usual: frozenset[str]
    """Whom most of its documents are for."""
    narrower: Narrower
    tokens: TokenCache
    answers: KeptAnswers


class Engine:
    """One library, searched and asked; safe to share between threads.

    Raises NewerLibrary, Unwritable, Damaged or ModelError at opening.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        encoder: Encoder | None = None,
        state_model: StateModel | None = None,
        store: Store | None = None,
        reranker: Reranker | None = None,
        readers: Lender | None = None,
    ) -> None:
        self.settings, self.readers = settings, readers
        self.store = store or open_store(settings)
        self.originals = open_originals(settings)
        self._freshness = Freshness(self.store)
        self.encoder = encoder or make_encoder(settings)
        self.tokens = open_tokens(settings, self.encoder)
        self.reranker = reranker or (Reranker(settings.reranker) if settings.reranker else None)
        self._state_model = state_model or shipped_model()
        self._flags, self._vocabulary = shipped_words()
        self._snapshot: _Snapshot | None = None
        self.used = 0.0
        self._opening = threading.Lock()

    def close(self) -> None:
        """Close the library."""
        if self.readers:
            self.readers.close()
        self.store.close()
        self.tokens.close()
        self._snapshot = None

    @functools.cached_property
    def _pdf_view(self) -> PdfView:
        from patella.pdf_view import PdfView  # noqa: PLC0415  (a question starts quicker without)

        return PdfView(self.originals)

    # -- generations

    def generation(self) -> Generation:
        """Tell the served generation. Raises LibraryError where none is published."""
        return self._current().generation

    def _forget(self) -> None:
        """Let go of all words and pages held in memory: something of this generation was withdrawn."""
        self.tokens = self.tokens.renewed()
        vars(self).pop("_pdf_view", None)
        forget_words()
        forget_passages()
        forget_metadata()

    def searcher(self) -> searching.Index:
        """Return the served generation's searcher, for measuring its parts."""
        return self._current().searcher

    def _current(self) -> _Snapshot:
        """Return the served generation, as it is at this moment: to ask takes some 20 microseconds."""
        held = self._snapshot
        self.used = time.monotonic()
        if held and held.generation == self.store.current() and not self.tokens.stale:
            return held
        with self._opening:
            wanted = self.store.current()
            if wanted is None:
                raise LibraryError(
                    "This library holds no articles yet.",
                    hint="Add some: patella add PATH, or start patella serve to use the shipped ones.",
                )
            held = self._snapshot
            if held is None or held.generation != wanted or self.tokens.stale:
                if self.tokens.stale or (held and held.generation.id == wanted.id):
                    self._forget()
                    held = None
                self._snapshot = held = self._open(wanted, held)
                # the memory that it was read and written in
                give_back()
            return held

    def _open(self, wanted: Generation, before: _Snapshot | None) -> _Snapshot:
        if wanted.model != self.encoder.identity:
            raise LibraryError(
                f"The index was made with the model {wanted.model}, and the settings name"
                f" {self.encoder.identity}.",
                hint="Run: patella index, or where changes wait for review: patella publish",
            )
        shared = before.searcher if before else None
        searcher = open_index(
            wanted, settings=self.settings, store=self.store, builder=self.builder, before=shared
        )
        narrower = Narrower(self.store, searcher, wanted.id)
        common = usual(self.store.working.applying(wanted.id), wanted.documents)
        kept = KeptAnswers(self.settings.kept_answers, self.store, self._freshness, wanted.id)
        return _Snapshot(wanted, searcher, common, narrower, self.tokens, kept)

    def builder(self) -> Builder:
        """Return the builder of this library's generations."""
        return make_builder(self.settings, self.store, self.encoder)

    # -- searching and asking

    def search(
        self,
        question: str,
        *,
        k: int = 10,
        without: Sequence[str] = (),
        filters: Filters = NO_FILTERS,
    ) -> SearchResult:
        """Find at most ``k`` passages; ``without`` are added words that are not wanted.

        Words in double quotes must stand in a passage in that order. Raises QuestionError,
        LibraryError.
        """
        begun = time.perf_counter()
        asked = normalise(question)
        query = read_query(asked)
        held = self._current()
        narrowed = held.narrower.narrow(query, filters)
        expansion = self._expansion(query.text, held, without)
        found = self._hits(query, expansion, held, max(k, READ_HITS), narrowed)
        scored = read(
            expansion.mended,
            found,
            words=self._words(expansion.mended, held),
            encoder=self.encoder,
            cache=held.tokens,
        )
        return SearchResult(
            question=asked,
            hits=tuple(fold(self._reordered(query.text, rerank(found, scored)))[:k]),
            generation=held.generation.id,
            took_ms=milliseconds_since(begun),
            added=expansion.added,
            warnings=narrowed.warnings,
            facets=facets([hit.document for hit in found]),
            filters=filters.pairs(),
        )

    def ask(
        self,
        question: str,
        *,
        without: Sequence[str] = (),
        after: str = "",
        filters: Filters = NO_FILTERS,
        kept: bool = False,
    ) -> Answer:
        """Answer a question with verified quotes; ``without`` and quotation marks as in ``search``.

        ``after`` is the question asked before, whose subject a follow-up takes over. A safety card
        is shown whatever the filters. With ``kept``, one that was put together before will do.
        Raises QuestionError, LibraryError.
        """
        begun = time.perf_counter()
        asked = normalise(question)
        held, key = self._current(), (asked, after, frozenset(without), filters)
        if kept and (before := held.answers.find(key)):
            return before
        taken = follow_up(asked, normalise(after) if after.strip() else "")
        query = read_query(taken.text)
        narrowed = held.narrower.narrow(query, filters)
        expansion = self._expansion(query.text, held, without)
        hits = self._hits(query, expansion, held, ANSWER_HITS, narrowed)
        raised = self._flags.find(query.text, self.encoder)
        outcome, warnings = self._outcome(expansion.mended, hits, held, expansion.weights)
        state, quotes, related = self._flags.allowed(
            outcome.state if outcome else "none",
            outcome.quotes if outcome else (),
            outcome.related if outcome else (),
            raised,
        )
        made = Answer(
            question=asked,
            state=state,
            quotes=quotes,
            related=related,
            safety=card(raised, lambda rule: self._rule_quotes(rule, held)),
            generation=held.generation.id,
            took_ms=milliseconds_since(begun),
            confidence=outcome.confidence if outcome else 0.0,
            hits=tuple(fold(self._reordered(query.text, outcome.hits if outcome else hits))),
            added=expansion.added,
            warnings=(*narrowed.warnings, *warnings),
            disagreements=outcome.disagreements if outcome and state == "answered" else (),
            carried=taken.carried,
            facets=facets([hit.document for hit in hits]),
            filters=filters.pairs(),
        )
        if kept and outcome:
            held.answers.keep(key, made)
        return made

    def _reordered(self, text: str, hits: Sequence[Hit]) -> Sequence[Hit]:
        return self.reranker.reorder(text, hits) if self.reranker else hits

    def why(self, question: str, passage_id: int, *, without: Sequence[str] = ()) -> Why:
        """Explain why a passage is found for a question. Raises NotFound, QuestionError."""
        query = read_query(normalise(question))
        held = self._current()
        named = self.store.passages([passage_id], generation=held.generation.id)
        if passage_id not in named:
            raise NotFound(f"There is no passage {passage_id} in this library.")
        expansion, lexical = self._expansion(query.text, held, without), held.searcher.lexical
        return why(
            named[passage_id][0],
            vector=self.encoder.encode([expansion.mended])[0],
            weights=expansion.weights | dict.fromkeys(lexical.stems(query.text), 1.0),
            lexical=lexical,
            encoder=self.encoder,
            language=named[passage_id][1].metadata.language,
        )

    def outcome(self, question: str, *, always_quote: bool = False) -> Outcome:
        """Return what an answer is made from, for measuring. Raises as ``ask``.

        With ``always_quote`` it quotes whatever the state is: what would be said if it answered.
        """
        query = read_query(normalise(question))
        held = self._current()
        narrowed = held.narrower.narrow(query, NO_FILTERS)
        expansion = self._expansion(query.text, held, ())
        hits = self._hits(query, expansion, held, ANSWER_HITS, narrowed)
        found, _ = self._outcome(
            expansion.mended, hits, held, expansion.weights, always_quote=always_quote
        )
        if found is None:
            raise QuoteMismatch("A quote differs from its stored source.")
        return found

    def _outcome(
        self,
        text: str,
        hits: Sequence[Hit],
        held: _Snapshot,
        also: Collection[str],
        *,
        always_quote: bool = False,
    ) -> tuple[Outcome | None, tuple[str, ...]]:
        try:
            return (
                answer(
                    text,
                    hits,
                    words=self._words(text, held, also),
                    encoder=self.encoder,
                    cache=held.tokens,
                    span=self.store.span,
                    model=ALWAYS if always_quote else self._state_model,
                ),
                (),
            )
        except QuoteMismatch as error:
            # fail closed: say so, and quote nothing
            logger.error("%s", error)
            return None, (f"{error} {error.hint}",)

    def idf(self) -> Callable[[str], float]:
        """Return how much a word (its stem) tells in the served generation, for measuring."""
        lexical = self._current().searcher.lexical
        return idf(lexical.document_frequency, len(lexical))

    def _words(self, text: str, held: _Snapshot, also: Collection[str] = ()) -> Words:
        lexical = held.searcher.lexical
        frequency = lexical.frequency_in(text)
        return Words(
            content_stems(text),
            idf(frequency, len(lexical)),
            lambda s: frequency(s) > 0,
            held.usual,
            frozenset(also),
        )

    def _expansion(self, text: str, held: _Snapshot, without: Sequence[str]) -> Expansion:
        lexical = held.searcher.lexical
        return expand(
            text,
            vocabulary=self._vocabulary,
            frequency=lexical.document_frequency,
            similar=lexical.similar,
            without=frozenset(without),
            passages=len(lexical),
            holds=lambda word: lexical.frequency(word) > 0,
        )

    def _hits(
        self, query: Query, expansion: Expansion, held: _Snapshot, k: int, narrowed: Narrowed
    ) -> list[Hit]:
        stems = held.searcher.lexical.stems
        weights = expansion.weights | dict.fromkeys(stems(query.text), 1.0)
        scored = held.searcher.search(
            self.encoder.encode([expansion.mended])[0],
            searching.Words(weights),
            within=narrowed.within,
            depth=max(k, searching.DEPTH),
        )
        wanted = frozenset(weights).union(*map(stems, query.phrases))
        return join(
            scored[:k],
            wanted,
            store=self.store,
            freshness=self._freshness,
            generation=held.generation.id,
        )

    # -- safety

    def red_flag_level(self, question: str) -> SafetyLevel | None:
        """Return how soon help is needed by the red flags, or None. Raises QuestionError."""
        return level(self._flags.find(normalise(question), self.encoder))

    def _rule_quotes(self, rule: Rule, held: _Snapshot) -> list[Quote]:
        """Quote the passage that a rule names, if this library holds it."""
        try:
            named = self.store.document(rule.document, generation=held.generation.id)
            document = self._freshness.tell([named])[named.version_id]
        except NotFound:
            return []
        for passage in self.store.document_passages(document.version_id):
            if passage.heading and passage.heading[-1] == rule.heading:
                hit = Hit(passage, document, 1.0, 1.0, 0.0)
                last = passage.sentences[min(1, len(passage.sentences) - 1)][1]
                try:
                    return [make_quote(hit, passage.start, last, span=self.store.span)]
                except QuoteMismatch as error:
                    logger.error("%s", error)
                    return []
        return []

    # -- reading

    def documents(self) -> tuple[Document, ...]:
        """List the documents of the served generation, by title."""
        listed = self.store.documents(self._current().generation.id)
        if len(listed) > MOST_LOOKED_AT:
            return listed
        told = self._freshness.tell(listed)
        return tuple(told[document.version_id] for document in listed)

    def _version(self, document_id: str, version_id: int | None) -> tuple[Document, bool]:
        self.store.withdrawals.check(document_id)
        current: Document | None = None
        try:
            current = self.store.document(document_id, generation=self._current().generation.id)
        except NotFound:
            if version_id is None:
                raise
        if version_id is None or (current and current.version_id == version_id):
            assert current is not None  # noqa: S101  (for the type checker)
            return self._freshness.tell([current])[current.version_id], True
        named = self.store.version(version_id)
        if named.id != document_id:
            raise NotFound(f"The document {document_id!r} has no version {version_id}.")
        return named, False

    def open_source(self, document_id: str, *, version_id: int | None = None) -> SourceText:
        """Open a document at its served version, or at the one named. Raises NotFound."""
        document, is_current = self._version(document_id, version_id)
        text, blocks = self.store.text(document.version_id)
        return SourceText(document, text, blocks, is_current)

    def original(self, document_id: str, *, version_id: int | None = None) -> tuple[bytes, str]:
        """Return the original file's bytes and its name. Raises NotFound."""
        document, _ = self._version(document_id, version_id)
        return self.originals.get(document.original_sha), Path(document.path).name

    def sheet(
        self,
        document_id: str,
        *,
        version_id: int | None = None,
        page: int | None = None,
        span: Span | None = None,
    ) -> Sheet:
        """Return a page of a PDF with the words of ``span`` marked. Raises as Service tells."""
        source = self.open_source(document_id, version_id=version_id)
        return self._pdf_view.sheet(source, page=page, span=span)

    def picture(
        self, document_id: str, *, version_id: int | None = None, page: int, width: int
    ) -> bytes:
        """Return a page of a PDF as a PNG file. Raises as Service tells."""
        source = self.open_source(document_id, version_id=version_id)
        return self._pdf_view.picture(source, page=page, width=width)


__all__ = ["Engine", "PatellaError", "make_encoder", "normalise"]
