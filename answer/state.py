"""Deciding whether the library answers: features of a search, and a small logistic model over them."""

from __future__ import annotations

import functools
import importlib.resources
import json
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, fields

from answer.polarity import asks_yes_no
from answer.sentences import ScoredSentence
from answer.tables import table
from corpus.records import Hit, State
from index.lexical import words

NEAR_COSINE = 0.4
"""Passages that hold none of the question's words are near only if they mean nearly the same."""


@dataclass(frozen=True, slots=True)
class Features:
    """What is known of a question's search; every field is about 0 to 1."""

    cosine: float
    """Cosine of the question and the best passage."""
    late: float
    """Late interaction of the question and the best sentence."""
    coverage: float
    """Idf-weighted share of the question's content words in the best quotable sentences."""
    context: float
    """The same share with the titles and headings of their passages counted in."""
    unknown: float
    """Idf-weighted share of the content words that stand nowhere in the library."""
    lexical: float
    """Best BM25 score over the idf mass of the content words."""
    depth: float
    """Mean cosine of the five best passages over the best one's."""
    agreement: float
    """Share of the five best passages by cosine that are among the ten best by BM25."""
    weakest: float
    """How well the worst-matched words of the question are met by the best sentence."""
    heading: float
    """Late interaction of the question and the best sentence's heading."""
    foreign: float
    """1 where the question names a thing (``named.toml``) that its best passages do not."""
    short: float
    """1 where the question has at most one content word."""
    listed: float
    """Cosine of the question and the nearest question that an editor listed at a passage found."""
    listed_here: float
    """The same for the sentence that leads the answer."""
    listed_three: float
    """Mean of the three nearest listed questions: one alone may be near by its wording only."""
    missing: float
    """How much the most telling content word tells that no quotable sentence, its passage or its
    headings hold; 0 where all are held."""
    contrast: float
    """1 where the sentence that leads speaks of another thing of a kind than the question."""
    met: float
    """How well the best sentences together meet the content words (``answer/sentences.py``, ``meeting``)."""
    words: float
    """How many content words the question has, over eight."""
    yes_no: float
    """1 where it can be answered with yes or no."""
    why: float
    """1 where it asks why."""
    fact: float
    """1 where it asks for one fact: a name, a number, a time, a price."""


_WHY = re.compile(r"\bwhy\b", re.IGNORECASE)
_FACT = re.compile(
    r"\b(?:which|whose?|where|when|names?|prices?|costs?|(?:recovery|waiting) times?"
    r"|what (?:size|kind|type|sort|brand|age|percent\w*|dose|time|number|grade)"
    r"|how (?:long|many|much|often|far|high|big|old|soon|fast|heavy))\b",
    re.IGNORECASE,
)

NAMES = tuple(field.name for field in fields(Features))


def features(
    hits: Sequence[Hit],
    scored: Sequence[ScoredSentence],
    *,
    stems: Sequence[str],
    idf: Callable[[str], float],
    known: Callable[[str], bool],
    question: str,
    met: float,
) -> Features:
    """Measure a search. ``hits`` in fused order; ``stems`` are the question's content words."""
    weights = {stem: idf(stem) for stem in stems}
    mass = sum(weights.values()) or 1.0
    best = sorted(scored, key=lambda s: -s.score)[:3]
    top = best[0] if best else None
    held: set[str] = set()
    around: set[str] = set()
    for one in best:
        held.update(stem for _, _, stem in words(one.sentence.text))
        passage = one.sentence.hit.passage
        around.update(stem for _, _, stem in words(f"{passage.prefix} {passage.text}"))
    cosines = sorted((hit.dense for hit in hits), reverse=True)[:5]
    listed = sorted((cosine for hit in hits for cosine in hit.questions), reverse=True)[:3]
    by_cosine = {h.passage.id for h in sorted(hits, key=lambda h: -h.dense)[:5]}
    by_words = {h.passage.id for h in sorted(hits, key=lambda h: -h.lexical)[:10] if h.lexical > 0}
    return Features(
        cosine=max(cosines, default=0.0),
        late=top.late if top else 0.0,
        coverage=sum(w for s, w in weights.items() if s in held) / mass,
        context=sum(w for s, w in weights.items() if s in around | held) / mass,
        unknown=sum(w for s, w in weights.items() if not known(s)) / mass,
        lexical=max((h.lexical for h in hits), default=0.0) / mass / 3,
        depth=(sum(cosines) / len(cosines) / max(cosines[0], 1e-6)) if cosines else 0.0,
        agreement=len(by_cosine & by_words) / 5,
        weakest=top.weakest if top else 0.0,
        heading=top.heading if top else 0.0,
        foreign=1.0 if any(s in named() and s not in around | held for s in stems) else 0.0,
        short=1.0 if len(stems) <= 1 else 0.0,
        listed=listed[0] if listed else 0.0,
        listed_here=top.listed if top else 0.0,
        listed_three=sum(listed) / len(listed) if listed else 0.0,
        missing=max((w for s, w in weights.items() if s not in around | held), default=0.0),
        contrast=1.0 if top and top.contrast else 0.0,
        met=met,
        words=len(stems) / 8,
        yes_no=float(asks_yes_no(question)),
        why=float(bool(_WHY.search(question))),
        fact=float(bool(_FACT.search(question))),
    )


@functools.cache
def named() -> frozenset[str]:
    """Return the stems of the words that name what a question is about."""
    parts = table("named.toml").values()
    return frozenset(stem for part in parts for _, _, stem in words(part))


@dataclass(frozen=True, slots=True)
class Logistic:
    """One logistic regression over the features: ``sigmoid(bias + weights · features)``."""

    bias: float
    weights: tuple[float, ...]
    threshold: float

    def probability(self, found: Features) -> float:
        """Return the chance, 0 to 1."""
        total = self.bias + sum(w * x for w, x in zip(self.weights, astuple(found), strict=True))
        return 1.0 / (1.0 + math.exp(-max(-50.0, min(50.0, total))))


MODELS = ("field", "answered", "answered_listed")


@dataclass(frozen=True, slots=True)
class StateModel:
    """Three of them: is the question of this library's field, and do the passages answer it."""

    version: str
    field: Logistic
    answered: Logistic
    answered_listed: Logistic
    """Takes the place of ``answered`` where the passages found have listed questions."""

    def decide(self, found: Features) -> tuple[State, float]:
        """Return the state, and the chance that the library answers."""
        model = self.answered_listed if found.listed > 0 else self.answered
        chance = model.probability(found)
        # what shares no word at all, emoji for one, is near by chance
        shares = found.lexical > 0 or found.context > 0
        if chance >= model.threshold and shares:
            return "answered", chance
        met = found.context > 0 or found.cosine >= NEAR_COSINE
        if met and self.field.probability(found) >= self.field.threshold:
            return "related", chance
        return "none", chance


_YES = Logistic(50.0, (0.0,) * len(NAMES), 0.5)
ALWAYS = StateModel("always", _YES, _YES, _YES)
"""Says that every question is answered: for measuring what would be quoted."""


@functools.cache
def shipped_model() -> StateModel:
    """Return the model trained on the shipped library's tuning questions by ``bench/states.py``."""
    text = importlib.resources.files("answer").joinpath("state_model.json").read_text("utf-8")
    raw = json.loads(text)
    if tuple(raw["features"]) != NAMES:
        raise ValueError("answer/state_model.json is of another version: run bench/states.py")

    def one(name: str) -> Logistic:
        part = raw[name]
        return Logistic(part["bias"], tuple(part["weights"]), part["threshold"])

    return StateModel(raw["version"], *map(one, MODELS))


_DURATION = re.compile(r"\bhow (?:long|many (?:days|weeks|months|years))\b|\bwhen (?:can|will)\b")
_TIME = re.compile(
    r"\b(?:second|minute|hour|day|night|week|fortnight|month|year|season|session)s?\b",
    re.IGNORECASE,
)


def asks_duration(question: str) -> bool:
    """Tell whether a question asks how long."""
    return bool(_DURATION.search(question.lower()))


def tells_duration(text: str) -> bool:
    """Tell whether a text speaks of a length of time."""
    return bool(_TIME.search(text))
