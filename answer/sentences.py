"""Scoring sentences for a question: late interaction of token vectors, and the question's own words."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from answer.contrast import kinds, of_another
from answer.focus import focus
from answer.population import strangeness
from answer.quantities import asked_measures, states_figure
from answer.token_cache import TokenCache
from corpus.records import Hit, PassageQuestion
from index.embed import Encoder, Vectors
from index.lexical import words
from index.passage_words import Bools, SpokenWords

Floats = npt.NDArray[np.float64]

LATE_WEIGHT = 1.0
COVERAGE_WEIGHT = 0.15
PASSAGE_WEIGHT = 0.5
"""How much the passage's own fused score counts: a sentence of a passage about the subject."""
RANKING_WEIGHT = 1.0
"""How much it counts where passages are ordered and not sentences chosen (docs/quality.md)."""
TELLING_SHARE = 0.6
"""How much of late interaction is of the words that tell what is asked (``answer/focus.py``): "runner's
knee" is met by every definition of it."""
MET_WEIGHT = 0.3
"""How much it counts how well the content words are met by a sentence, its heading and title."""
DOCUMENT_WEIGHT = 0.2
"""How much the mean of the three best sentences of its document counts for a sentence: a document that
answers seldom does so in a single one."""
DOCUMENT_BEST = 3
HEADING_WEIGHT = 0.3
"""How much the section's heading counts, scored as a sentence is: a heading that asks the question."""
FIRST_WEIGHT = 0.08
"""What the first sentence of a passage under a heading gains: there writers answer first."""
TABLE_WEIGHT = -0.12
"""What a table row loses: it reads badly away from its table."""
STRANGE_WEIGHT = -0.08
"""What a sentence loses whose document is for other people or another condition than the library's
usual ones, where the question does not name them (``answer/population.py``)."""
FIGURE_WEIGHT = 0.15
"""What a sentence gains that states a figure of the kind that the question asks for (how long, how
often, how much)."""
LISTED_WEIGHT = 0.25
"""How much a listed question that says the same (``nearness``) counts for the sentence that answers it,
by how much of the question the sentence, its heading and its listed questions hold: "can I cycle" is
near "can I swim", and does not answer it."""
LISTED_FLOOR = 0.5
"""A cosine of two questions at or below this says nothing: most questions about knees are that near."""
CONTRAST_WEIGHT = -0.1
"""What a sentence loses that speaks of another thing of a kind than the question: of cycling where it
asks of running (``answer/contrast.py``)."""
EARLIER_WEIGHT = -0.3
"""What a sentence of a document kept as an example of earlier advice loses: it never leads."""

WEAKEST_PERCENTILE = 20
READ = 5
"""Sentences that together may meet a question's words."""
MOST = (1 + DOCUMENT_WEIGHT) * (
    LATE_WEIGHT
    + MET_WEIGHT
    + COVERAGE_WEIGHT
    + PASSAGE_WEIGHT
    + HEADING_WEIGHT
    + FIRST_WEIGHT
    + LISTED_WEIGHT
    + FIGURE_WEIGHT
)
"""The most that a sentence can score."""
MOST_RANKED = MOST + RANKING_WEIGHT - PASSAGE_WEIGHT
"""The most that a passage can score by its best sentence."""


@dataclass(frozen=True, slots=True)
class Scorable:
    """A sentence of a hit; ``index`` is its place among the passage's sentences."""

    hit: Hit
    index: int
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class ScoredSentence:
    """A sentence with its scores: ``late`` and ``heading`` in [-1, 1], ``coverage`` in [0, 1]."""

    sentence: Scorable
    late: float
    heading: float
    coverage: float
    weakest: float
    """How well the question's worst-matched words are met, by the sentence, its heading or title."""
    context: float
    """Idf-weighted share of the question's content words that the sentence,
    its title, its heading or its listed questions hold."""
    listed: float
    """Cosine of the question and the nearest listed question that this sentence answers; 0 for none."""
    contrast: bool
    """Whether it speaks of another thing of a kind than the question does."""
    score: float
    """All of them weighted and summed: what orders the sentences."""


def sentences_of(hits: Sequence[Hit]) -> list[Scorable]:
    """List the sentences of the hits, in order."""
    return [
        Scorable(hit, i, start, end, passage.text[start - passage.start : end - passage.start])
        for hit in hits
        for passage in (hit.passage,)
        for i, (start, end) in enumerate(passage.sentences)
    ]


def score_sentences(
    question: str,
    sentences: Sequence[Scorable],
    *,
    stems: Sequence[str],
    idf: Callable[[str], float],
    encoder: Encoder,
    cache: TokenCache,
    usual_values: frozenset[str] = frozenset(),
) -> list[ScoredSentence]:
    """Score each sentence, in the order given.

    ``late`` is the mean over the question's tokens of the greatest cosine to a token of the
    sentence encoded alone (Khattab and Zaharia 2020, ColBERT's late interaction). ``coverage`` is
    the idf-weighted share of the question's content words that the sentence holds.
    """
    if not sentences:
        return []
    groups = [list(group) for _, group in itertools.groupby(sentences, lambda s: id(s.hit))]
    hits, sizes = [group[0].hit for group in groups], [len(group) for group in groups]
    query = encoder.encode_tokens([question])[0]
    said, headed, titled = _nearest(query, sentences, hits, sizes, cache)
    late, heading = (part.mean(axis=1).astype(np.float64) for part in (said, headed))
    met = np.maximum(np.maximum(said, headed), titled)
    weakest = _percentile(np.sort(met, axis=1), WEAKEST_PERCENTILE)
    asks = focus(question, len(query), stems=stems, idf=idf, encoder=encoder)
    tokens = (1 - TELLING_SHARE) / len(query) + TELLING_SHARE * asks.telling
    coverage, context, contrast = _words_of(groups, {stem: idf(stem) for stem in stems})
    measures = asked_measures(question)
    strange = [strangeness(hit.document, stems, usual_values) for hit in hits]
    listed = [_listed(one) for one in sentences]

    total = ((LATE_WEIGHT * said + HEADING_WEIGHT * headed) @ tokens).astype(np.float64)
    total += MET_WEIGHT * (met @ asks.content) + COVERAGE_WEIGHT * coverage
    total += PASSAGE_WEIGHT * np.repeat([hit.score for hit in hits], sizes)
    total += [FIRST_WEIGHT * _leads(s) + TABLE_WEIGHT * (" | " in s.text) for s in sentences]
    total += STRANGE_WEIGHT * np.repeat(strange, sizes)
    total += EARLIER_WEIGHT * np.repeat([hit.document.is_earlier for hit in hits], sizes)
    if measures:
        total += [FIGURE_WEIGHT * states_figure(s.text, measures) for s in sentences]
    total += CONTRAST_WEIGHT * contrast
    total += LISTED_WEIGHT * context * [nearness(one) for one in listed]
    total = _with_documents(total, np.repeat([hit.document.id for hit in hits], sizes))
    columns = (late, heading, coverage, weakest, context)
    return list(
        map(
            ScoredSentence,
            sentences,
            *(column.tolist() for column in columns),
            listed,
            contrast.tolist(),
            total.tolist(),
        )
    )


def _with_documents(totals: Floats, documents: npt.NDArray[np.str_]) -> Floats:
    """Add to each score its document's part: where it has fewer than three sentences, the least fills in."""
    least = [totals.min()] * DOCUMENT_BEST
    found = totals.copy()
    for document in np.unique(documents):
        held = documents == document
        best = np.sort([*totals[held], *least])[-DOCUMENT_BEST:]
        found[held] += DOCUMENT_WEIGHT * best.mean()
    return found


def _nearest(
    query: Vectors,
    sentences: Sequence[Scorable],
    hits: Sequence[Hit],
    sizes: Sequence[int],
    cache: TokenCache,
) -> tuple[Vectors, Vectors, Vectors]:
    """Return how near each token of ``query`` is to each sentence, to its heading and to its title."""
    headings, titles = map(_heading, hits), (hit.document.metadata.title for hit in hits)
    best = cache.nearest(query, [*(s.text for s in sentences), *headings, *titles])
    last = len(sentences)
    headed, titled = best[last : last + len(hits)], best[last + len(hits) :]
    return best[:last], np.repeat(headed, sizes, axis=0), np.repeat(titled, sizes, axis=0)


def _words_of(
    groups: Sequence[Sequence[Scorable]], weights: Mapping[str, float]
) -> tuple[Floats, Floats, Bools]:
    """Return the shares of ``weights`` (of stems of a question) that sentences hold, and that they hold
    with what is around them, and whether they speak of another thing.
    """
    said = SpokenWords([(group[0].hit.passage.text, _spans(group)) for group in groups]).holding
    known = [stems for group in groups for stems in _around(group)]
    # most sentences of a passage have one and the same around them
    distinct = dict.fromkeys(known)
    place = {stems: i for i, stems in enumerate(distinct)}
    places = np.array([place[stems] for stems in known])

    def around(wanted: Collection[str]) -> Bools:
        found: Bools = np.array([not stems.isdisjoint(wanted) for stems in distinct])[places]
        return found

    mass = sum(weights.values()) or 1.0
    coverage, context = np.zeros(len(known)), np.zeros(len(known))
    for stem, weight in weights.items():
        held = said((stem,))
        coverage += weight * held
        context += weight * (held | around((stem,)))
    return coverage / mass, context / mass, of_another(kinds(weights), said, around)


def _spans(group: Sequence[Scorable]) -> list[tuple[int, int]]:
    begin = group[0].hit.passage.start
    return [(one.start - begin, one.end - begin) for one in group]


def meeting(
    question: str,
    scored: Sequence[ScoredSentence],
    *,
    stems: Sequence[str],
    idf: Callable[[str], float],
    encoder: Encoder,
    cache: TokenCache,
) -> float:
    """Return how far the best sentences together meet a question's content words, up to 1.

    Their headings, titles and listed questions count in. A word is met as well as its tokens' greatest
    cosines to any token there: "kneecap" nearly by "patella", and "shower" by nothing.
    """
    best = sorted(scored, key=lambda s: -s.score)[:READ]
    texts = [text for one in best for text in _texts_about(one.sentence)]
    if not texts:
        return 0.0
    query = encoder.encode_tokens([question])[0]
    asks = focus(question, len(query), stems=stems, idf=idf, encoder=encoder)
    return float(cache.nearest(query, texts).max(axis=0) @ asks.content)


def _texts_about(sentence: Scorable) -> tuple[str, ...]:
    listed = (q.text for q in sentence.hit.passage.questions if _answers(sentence, q))
    return sentence.text, _heading(sentence.hit), sentence.hit.document.metadata.title, *listed


def rerank(hits: Sequence[Hit], scored: Sequence[ScoredSentence]) -> list[Hit]:
    """Order the hits by their best sentence; those whose sentences were not scored follow.

    The new scores lie in [0, 1] and fall: a scored hit's is its best sentence's share of the most
    that a sentence can reach, and the others' are their old ones below the least of those.
    """
    best: dict[int, float] = {}
    for one in scored:
        passage = one.sentence.hit.passage.id
        score = one.score + (RANKING_WEIGHT - PASSAGE_WEIGHT) * one.sentence.hit.score
        best[passage] = max(score / MOST_RANKED, best.get(passage, 0.0))
    known = [replace(h, score=min(1.0, best[h.passage.id])) for h in hits if h.passage.id in best]
    floor = min((h.score for h in known), default=1.0)
    rest = [replace(h, score=h.score * floor) for h in hits if h.passage.id not in best]
    return sorted(known, key=lambda h: (-h.score, h.passage.id)) + rest


def nearness(cosine: float) -> float:
    """Return how much alike two questions are, 0 to 1: nothing up to LISTED_FLOOR, then straight up."""
    return max(0.0, cosine - LISTED_FLOOR) / (1 - LISTED_FLOOR)


def forget_words() -> None:
    """Let go of the words of sentences met before."""
    _stems.cache_clear()


@functools.lru_cache(maxsize=5_000)
def _stems(text: str) -> frozenset[str]:
    return frozenset(stem for _, _, stem in words(text))


def _around(group: Sequence[Scorable]) -> Iterator[frozenset[str]]:
    """Yield of each sentence of a passage the stems of title, headings and listed questions it answers."""
    passage = group[0].hit.passage
    before = _stems(passage.prefix)
    for sentence in group:
        found = before
        for question in passage.questions:
            if _answers(sentence, question):
                found |= _stems(question.text)
        yield found


def _answers(sentence: Scorable, listed: PassageQuestion) -> bool:
    """Tell whether a sentence, or a part of it, answers a listed question of its passage."""
    return listed.start < sentence.end and sentence.start < listed.end


def _listed(sentence: Scorable) -> float:
    """Return the cosine of the nearest listed question that a sentence, or a part of it, answers."""
    hit = sentence.hit
    if not hit.questions:
        return 0.0
    near = (
        cosine
        for question, cosine in zip(hit.passage.questions, hit.questions, strict=True)
        if _answers(sentence, question)
    )
    return max(near, default=0.0)


def _percentile(ordered: Vectors, percent: int) -> Vectors:
    """Return what ``np.percentile`` does of each row of sorted values, in a tenth of its time."""
    last = ordered.shape[1] - 1
    place = last * percent / 100
    low = int(place)
    below, above = ordered[:, low], ordered[:, min(low + 1, last)]
    found: Vectors = below + np.float32(place - low) * (above - below)
    return found


def _leads(sentence: Scorable) -> bool:
    return sentence.index == 0 and bool(sentence.hit.passage.heading)


def _heading(hit: Hit) -> str:
    """Return the heading that a passage stands under, or its document's title."""
    return hit.passage.heading[-1] if hit.passage.heading else hit.document.metadata.title
