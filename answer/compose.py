"""Composing an answer: which whole sentences to quote, with what round them, in what order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from answer.sentences import ScoredSentence
from answer.verify import Span, make_quote
from corpus.records import Hit, Quote
from index.lexical import FILLERS, words

MOST_QUOTES = 5
FEWEST_QUOTES = 2
MOST_PER_DOCUMENT = 2
KEEP_SHARE = 0.86
"""A further quote scores at least this share of the best one."""

REPEAT_SHARE = 0.6
"""Two quotes that share this much of their words (Jaccard) say the same."""

MOST_LIST_SENTENCES = 9
MOST_SENTENCES = 3

_LEANING = re.compile(
    r"(?:this|that|these|those|it|its|they|their|them|he|she|such|both|neither|either|"
    r"but|however|so|also|and|or|instead|otherwise|then|here|there|even so|the same|"
    r"another|others?|if so|for this reason|as a result)\b",
    re.IGNORECASE,
)
"""A sentence that begins so leans on the one before it."""


@dataclass(frozen=True, slots=True)
class _Pick:
    """A run of sentences of one passage: from ``first`` to ``last``, both in it."""

    hit: Hit
    first: int
    last: int
    score: float

    @property
    def start(self) -> int:
        return self.hit.passage.sentences[self.first][0]

    @property
    def end(self) -> int:
        return self.hit.passage.sentences[self.last][1]

    @property
    def text(self) -> str:
        passage = self.hit.passage
        return passage.text[self.start - passage.start : self.end - passage.start]


def compose(scored: Sequence[ScoredSentence], *, span: Span) -> tuple[Quote, ...]:
    """Choose two to five quotes, best first, and verify each against the stored text.

    Raises QuoteMismatch where a passage differs from its source.
    """
    picks: list[_Pick] = []
    for candidate in sorted(scored, key=_order):
        if len(picks) >= MOST_QUOTES:
            break
        best = picks[0].score if picks else candidate.score
        if len(picks) >= FEWEST_QUOTES and candidate.score < KEEP_SHARE * best:
            break
        if _is_fragment(candidate.sentence.text):
            continue
        pick = _widen(candidate)
        # a lead-in whose list stands in another passage announces what is not there
        if pick.text.rstrip().endswith(":"):
            continue
        if _overlaps(pick, picks):
            continue
        if _is_repeat(pick, picks) or _is_crowded(pick, picks):
            continue
        picks.append(pick)
    quotes = [make_quote(p.hit, p.start, p.end, span=span, score=p.score) for p in _joined(picks)]
    # examples of earlier advice never lead
    return tuple(sorted(quotes, key=lambda q: q.document.is_earlier))


def _order(candidate: ScoredSentence) -> tuple[float, int, int]:
    sentence = candidate.sentence
    return -candidate.score, sentence.hit.passage.id, sentence.index


def _is_fragment(text: str) -> bool:
    """Tell whether a sentence says nothing by itself: a question, or a few words."""
    return text.rstrip().endswith("?") or len(text.split()) < 4


def _widen(candidate: ScoredSentence) -> _Pick:
    """Add what a sentence leans on: the one before a pronoun, the whole of a list."""
    hit, index = candidate.sentence.hit, candidate.sentence.index
    passage = hit.passage
    texts = [passage.text[s - passage.start : e - passage.start] for s, e in passage.sentences]
    first = last = index
    lead = _lead_in(passage.text, passage.start, passage.sentences, texts, index)
    if lead is not None:
        first = lead
        last = _list_end(passage.text, passage.start, passage.sentences, lead)
        if last - first >= MOST_LIST_SENTENCES:
            last = max(index, first + MOST_LIST_SENTENCES - 1)
    while first > 0 and _LEANING.match(texts[first]) and last - first + 1 < MOST_SENTENCES:
        first -= 1
    return _Pick(hit, first, last, candidate.score)


def _lead_in(
    text: str, base: int, spans: Sequence[tuple[int, int]], texts: Sequence[str], index: int
) -> int | None:
    """Return the sentence that leads in the list that ``index`` leads in or stands in, if any."""
    for i in range(index, -1, -1):
        if texts[i].rstrip().endswith(":"):
            end = _list_end(text, base, spans, i)
            return i if end > i and index <= end else None
        if i < index and not _same_list(text, base, spans, i):
            return None
    return None


def _list_end(text: str, base: int, spans: Sequence[tuple[int, int]], lead: int) -> int:
    """Return the last sentence of the list that the sentence ``lead`` leads in."""
    last = lead
    while last + 1 < len(spans) and (last == lead or _same_list(text, base, spans, last)):
        last += 1
    return last


def _same_list(text: str, base: int, spans: Sequence[tuple[int, int]], i: int) -> bool:
    """Tell whether the sentence after ``i`` goes on in the same list or paragraph."""
    gap = text[spans[i][1] - base : spans[i + 1][0] - base]
    return "\n\n" not in gap


def _overlaps(pick: _Pick, picks: Sequence[_Pick]) -> bool:
    return any(
        p.hit.passage.version_id == pick.hit.passage.version_id
        and p.start < pick.end
        and pick.start < p.end
        for p in picks
    )


def _is_repeat(pick: _Pick, picks: Sequence[_Pick]) -> bool:
    mine = _stems(pick.text)
    for other in picks:
        theirs = _stems(other.text)
        shared, both = len(mine & theirs), len(mine | theirs)
        if both and (shared / both >= REPEAT_SHARE or shared >= 0.85 * min(len(mine), len(theirs))):
            return True
    return False


def _stems(text: str) -> set[str]:
    return {stem for start, end, stem in words(text) if text[start:end].lower() not in FILLERS}


def _is_crowded(pick: _Pick, picks: Sequence[_Pick]) -> bool:
    document = pick.hit.document.id
    return sum(p.hit.document.id == document for p in picks) >= MOST_PER_DOCUMENT


def _joined(picks: Sequence[_Pick]) -> list[_Pick]:
    """Join picks of one passage that stand side by side."""
    out: list[_Pick] = []
    for pick in picks:
        for i, other in enumerate(out):
            if other.hit.passage.id == pick.hit.passage.id and (
                other.last + 1 == pick.first or pick.last + 1 == other.first
            ):
                out[i] = _Pick(
                    other.hit,
                    min(other.first, pick.first),
                    max(other.last, pick.last),
                    max(other.score, pick.score),
                )
                break
        else:
            out.append(pick)
    return out
