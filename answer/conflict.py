"""Disagreement: sentences of different documents that advise opposite things, or give other figures."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from answer.polarity import asks_yes_no, is_conditional, stance, subject_stems
from answer.quantities import Measure, asked_measures, quantities
from answer.sentences import EARLIER_WEIGHT, ScoredSentence
from answer.token_cache import TokenCache
from corpus.records import Hit
from index.embed import Vectors

Kind = Literal["advice", "number", "date"]
"""What two sources differ in: what to do, a figure, or that one of them is earlier advice."""

NEAR_SHARE = 0.88
"""Sentences scored at least this share of the best one are compared: they speak to the question."""
LEAST_CONTEXT = 0.6
"""Share of the question's words that a sentence, its headings or its listed questions must hold: what is
near the question only by meaning is seldom about the same thing."""
EARLIER_CONTEXT = 0.5
"""The same where one of the two is kept as earlier advice."""
COMPARED = 24
"""Sentences compared at most."""
ALIKE = 0.45
"""Sentences less alike than this speak of different things; see ``likeness``."""
SHARED = 0.25
"""Share of the rarer words of the shorter sentence that both must hold."""

_VAGUE = re.compile(r"\b(?:several|(?:a )?few|(?:a )?couple of)\b", re.IGNORECASE)
"""Amounts that no figure is held against."""

_UNDECIDED = re.compile(
    r"\b(?:open question|whether|not (?:yet )?(?:known|clear|sure)|unclear|uncertain|(?:nobody|no one) knows|"
    r"not been (?:well |properly )?tested|few studies|opinions? differ|studies do not agree)\b",
    re.IGNORECASE,
)
"""What is said to be undecided takes no side."""

Idf = Callable[[str], float]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two sentences that differ: ``one`` is quoted in the answer or scored higher than ``other``."""

    kind: Kind
    one: ScoredSentence
    other: ScoredSentence


def likeness(a: Vectors, b: Vectors) -> float:
    """Return how alike two sentences are, -1 to 1: late interaction both ways, averaged.

    ``a`` and ``b`` are unit token vectors, shapes (tokens, dimension).
    """
    table = a @ b.T
    return float(table.max(axis=1).mean() + table.max(axis=0).mean()) / 2


def differ(
    question: str,
    a: str,
    b: str,
    *,
    alike: float,
    idf: Idf,
    also: Collection[str] = (),
    both_answer: bool = True,
) -> Kind | None:
    """Return what two answers to a question differ in, or None where they do not.

    ``alike`` is their ``likeness``; ``idf(stem)`` tells how rare a word is in the library; ``also`` are
    stems of other words for the question's subject; without ``both_answer`` they only may answer it, and
    plain statements take no side. A yes-or-no question is answered yes by one and no
    by the other, neither under a condition; or the figures that the question asks for lie apart. Other
    questions are not judged: nothing tells well enough then that two sentences speak of one thing.
    """
    if alike < ALIKE:
        return None
    if is_conditional(a) or is_conditional(b) or _UNDECIDED.search(f"{a} {b}"):
        return None
    asked = asked_measures(question)
    if asked:
        near = shared_share(a, b, idf=idf) >= SHARED
        return "number" if near and _other_figures(a, b, asked) else None
    one = stance(question, a, also=also, strict=not both_answer)
    two = stance(question, b, also=also, strict=not both_answer)
    # of two plain statements neither advises: what they seem to say for and against is chance
    advised = stance(question, a, also=also) or stance(question, b, also=also)
    opposed = bool(advised and one and two) and one != two
    return "advice" if opposed and shared_share(a, b, idf=idf) >= SHARED else None


def shared_share(a: str, b: str, *, idf: Idf) -> float:
    """Return the idf-weighted share of the shorter sentence's subject that the other holds too."""
    one, two = subject_stems(a), subject_stems(b)
    mass = min(sum(map(idf, one)), sum(map(idf, two)))
    return sum(map(idf, one & two)) / mass if mass else 0.0


def _other_figures(a: str, b: str, asked: Collection[Measure]) -> bool:
    """Tell whether an asked measure that both state lies apart in them: no two values meet."""
    one, two = quantities(_VAGUE.sub(" ", a)), quantities(_VAGUE.sub(" ", b))
    for measure in asked:
        pairs = [(x, y) for x in one for y in two if x.measure == measure and y.measure == measure]
        if pairs and all(x.apart(y) for x, y in pairs):
            return True
    return False


def find_conflicts(
    question: str,
    scored: Sequence[ScoredSentence],
    *,
    idf: Idf,
    cache: TokenCache,
    also: Collection[str] = (),
    most: int = 2,
) -> tuple[Conflict, ...]:
    """Return where sentences that speak to a question differ, the best scored first.

    Only sentences of different documents are compared.
    """
    if not (asked_measures(question) or asks_yes_no(question)):
        return ()  # such questions are not judged: compare nothing
    ranked = sorted(scored, key=lambda s: -_worth(s))
    floor = NEAR_SHARE * _worth(ranked[0]) if ranked else 0.0
    held = [s for s in ranked if _worth(s) >= floor and len(s.sentence.text.split()) >= 4][
        :COMPARED
    ]
    vectors = cache.get([s.sentence.text for s in held])
    found: list[Conflict] = []
    used: set[str] = set()
    for i, one in enumerate(held):
        for j in range(i + 1, len(held)):
            other = held[j]
            if len(found) == most or _of_one(one.sentence.hit, other.sentence.hit):
                continue
            if not _speak_to_it(one, other):
                continue
            kind = differ(
                question,
                one.sentence.text,
                other.sentence.text,
                alike=likeness(vectors[i], vectors[j]),
                idf=idf,
                also=also,
                both_answer=False,
            )
            if kind is None or other.sentence.hit.document.id in used:
                continue
            used |= {one.sentence.hit.document.id, other.sentence.hit.document.id}
            first, second = (one, other) if one.score >= other.score else (other, one)
            found.append(Conflict(_dated(kind, one, other), first, second))
    return tuple(found)


def _speak_to_it(one: ScoredSentence, other: ScoredSentence) -> bool:
    """Tell whether two sentences stand where the question's own words do."""
    least = EARLIER_CONTEXT if _is_earlier(one) or _is_earlier(other) else LEAST_CONTEXT
    return min(one.context, other.context) >= least


def _worth(one: ScoredSentence) -> float:
    """Return a sentence's score without what it lost as earlier advice: here that is its part."""
    return one.score - EARLIER_WEIGHT * _is_earlier(one)


def _is_earlier(one: ScoredSentence) -> bool:
    return one.sentence.hit.document.is_earlier


def _of_one(a: Hit, b: Hit) -> bool:
    return a.document.id == b.document.id


def _dated(kind: Kind, one: ScoredSentence, other: ScoredSentence) -> Kind:
    """Name a difference by its dates where one side is kept as an example of earlier advice."""
    return "date" if _is_earlier(one) != _is_earlier(other) else kind
