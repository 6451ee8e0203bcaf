"""Answering one question from the hits of a search: safety, sentences, state, quotes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from answer import state as states
from answer.asked import is_met
from answer.compose import compose
from answer.conflict import Conflict, find_conflicts
from answer.polarity import asks_yes_no, carries_polarity, stance
from answer.population import about
from answer.sentences import ScoredSentence, meeting, rerank, score_sentences, sentences_of
from answer.token_cache import TokenCache
from answer.verify import Span, make_quote
from corpus.records import Disagreement, Hit, Quote, State
from index.embed import Encoder

READ_HITS = 20
"""Passages whose sentences are scored, and that are put in the order of their best sentence."""

RELATED = 3
"""Passages shown where there is no answer."""


@dataclass(frozen=True, slots=True)
class Words:
    """A question's content stems, with how rare each is in the library."""

    stems: tuple[str, ...]
    idf: Callable[[str], float]
    known: Callable[[str], bool]
    usual: frozenset[str] = frozenset()
    """Whom most documents of the library are for."""
    also: frozenset[str] = frozenset()
    """Stems of other words for what the question names."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is said: the state with its chance, the quotes, and what lies near."""

    state: State
    confidence: float
    quotes: tuple[Quote, ...]
    related: tuple[Quote, ...]
    hits: tuple[Hit, ...]
    """The hits in the order of their best sentences."""
    features: states.Features
    disagreements: tuple[Disagreement, ...] = ()


def answer(
    question: str,
    hits: Sequence[Hit],
    *,
    words: Words,
    encoder: Encoder,
    cache: TokenCache,
    span: Span,
    model: states.StateModel,
) -> Outcome:
    """Decide the state and choose the quotes. Raises QuoteMismatch rather than quote falsely."""
    scored = read(question, hits, words=words, encoder=encoder, cache=cache)
    ranked = tuple(rerank(hits, scored))
    met = meeting(question, scored, stems=words.stems, idf=words.idf, encoder=encoder, cache=cache)
    found = states.features(
        hits,
        scored,
        stems=words.stems,
        idf=words.idf,
        known=words.known,
        question=question,
        met=met,
    )
    state, chance = model.decide(found) if hits else ("none", 0.0)
    quotes: tuple[Quote, ...] = ()
    if state == "answered":
        quotes = tuple(_told(question, q, words) for q in compose(scored, span=span))
        if not _answers_its_kind(question, quotes) or all(
            quote.document.is_earlier for quote in quotes
        ):
            state = "related"
    if state == "answered":
        differing = find_conflicts(question, scored, idf=words.idf, cache=cache, also=words.also)
        return Outcome(
            state,
            chance,
            quotes,
            (),
            ranked,
            found,
            _disagreements(question, differing, words, span),
        )
    related = nearby(scored, span=span) if state == "related" else ()
    related = tuple(_told(question, q, words) for q in related)
    return Outcome(state, chance, (), related, ranked, found)


def _told(question: str, quote: Quote, words: Words) -> Quote:
    """Say of a quote what it answers to a yes-or-no question, and whom it is about if not the usual."""
    return replace(
        quote,
        stance=stance(
            question,
            quote.text,
            heading=quote.heading[-1] if quote.heading else "",
            also=words.also,
        ),
        about=about(quote.document, words.usual),
    )


def _answers_its_kind(question: str, quotes: Sequence[Quote]) -> bool:
    """Tell whether some quote carries what is asked for: a price, a length of time, a yes or no."""
    if not is_met(question, (quote.text for quote in quotes)):
        return False
    if states.asks_duration(question):
        return any(states.tells_duration(quote.text) for quote in quotes)
    return not asks_yes_no(question) or any(carries_polarity(quote.text) for quote in quotes)


def _disagreements(
    question: str, found: Sequence[Conflict], words: Words, span: Span
) -> tuple[Disagreement, ...]:
    def side(one: ScoredSentence) -> Quote:
        place = one.sentence
        quote = make_quote(place.hit, place.start, place.end, span=span, score=one.score)
        return _told(question, quote, words)

    return tuple(Disagreement(c.kind, side(c.one), side(c.other)) for c in found)


def read(
    question: str, hits: Sequence[Hit], *, words: Words, encoder: Encoder, cache: TokenCache
) -> list[ScoredSentence]:
    """Score the sentences of the best hits."""
    return score_sentences(
        question,
        sentences_of(hits[:READ_HITS]),
        stems=words.stems,
        idf=words.idf,
        encoder=encoder,
        cache=cache,
        usual_values=words.usual,
    )


def nearby(scored: Sequence[ScoredSentence], *, span: Span) -> tuple[Quote, ...]:
    """Quote the best sentence of each of the best passages, one a document."""
    quotes: list[Quote] = []
    seen: set[str] = set()
    for one in sorted(scored, key=lambda s: -s.score):
        sentence = one.sentence
        if sentence.hit.document.id in seen or len(sentence.text.split()) < 4:
            continue
        seen.add(sentence.hit.document.id)
        quotes.append(
            make_quote(sentence.hit, sentence.start, sentence.end, span=span, score=one.score)
        )
        if len(quotes) == RELATED:
            break
    return tuple(quotes)
