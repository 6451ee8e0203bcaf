"""Judging answers: our own questions through the same code that people's questions take."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from corpus.judged import Judgement, Qrels, Question, Run, SafetyQuestion
from corpus.records import Answer, State
from index.lexical import content_stems
from patella.engine import Engine

FIELD = frozenset({"answered", "near-miss"})
"""What is expected of questions on the library's field."""
STATES: tuple[State, ...] = ("answered", "related", "none")
ANSWERS = 2
"""The grade of a sentence that answers its question."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One question asked: the answer, and what the judgements say of it."""

    question: Question
    answer: Answer
    answerable: bool
    """Whether some sentence of the library was judged to answer it."""
    first: bool
    """Whether the first passage holds a sentence that answers."""
    among_five: bool
    quoted: bool
    """Whether a quote holds such a sentence."""
    quoted_first: bool
    """Whether the first quote does."""
    on_the_point: int
    """How many quotes hold such a sentence."""
    faithful: bool
    """Whether every quote is its document's text at its offsets."""


@dataclass(frozen=True, slots=True)
class Report:
    """Shares from 0 to 1 over the questions asked; a share of none is 0."""

    questions: int
    answerable: int
    success_at_1: float
    success_at_5: float
    sentence_hit: float
    first_quote_hit: float
    answered_precision: float
    answered_recall: float
    near_miss_caught: float
    other_subject_caught: float
    nonsense_caught: float
    auc: float
    """Area under the curve of the chance that tells answerable questions from the others."""
    fidelity: float
    quotes_per_answer: float
    words_per_answer: float
    """Of its quotes."""
    quotes_on_the_point: float
    """Share of all quotes to answerable questions that hold a sentence judged to answer."""
    redundancy: float
    """Share of the words of quotes after the first that an earlier quote of the same answer holds."""
    states: dict[State, StateScore]


@dataclass(frozen=True, slots=True)
class StateScore:
    """How one state was told: right where it was expected, from 0 to 1."""

    precision: float
    recall: float
    f1: float
    expected: int


def ask_all(
    engine: Engine, questions: Sequence[Question], judgements: Iterable[Judgement]
) -> list[Outcome]:
    """Ask every question, and hold the answers against the judgements."""
    right: dict[str, list[Judgement]] = {}
    for judgement in judgements:
        if judgement.grade >= ANSWERS:
            right.setdefault(judgement.question, []).append(judgement)
    held = {document.id for document in engine.documents()}
    outcomes = []
    for question in questions:
        wanted = [j for j in right.get(question.id, []) if j.document in held]
        outcomes.append(_outcome(engine, question, wanted))
    return outcomes


def _outcome(engine: Engine, question: Question, wanted: Sequence[Judgement]) -> Outcome:
    answer = engine.ask(question.asked)

    def holds(document: str, text: str) -> bool:
        return any(j.document == document and j.sentence in text for j in wanted)

    hits = [holds(hit.document.id, hit.passage.text) for hit in answer.hits[:5]]
    quotes = [holds(quote.document.id, quote.text) for quote in answer.quotes]
    return Outcome(
        question=question,
        answer=answer,
        answerable=bool(wanted),
        first=any(hits[:1]),
        among_five=any(hits),
        quoted=any(quotes),
        quoted_first=any(quotes[:1]),
        on_the_point=sum(quotes),
        faithful=all(
            engine.open_source(q.document.id).text[q.start : q.end] == q.text
            for q in (*answer.quotes, *answer.related)
        ),
    )


def report(outcomes: Sequence[Outcome]) -> Report:
    """Sum the outcomes up."""
    answerable = [o for o in outcomes if o.answerable]
    answered = [o for o in outcomes if o.answer.state == "answered"]
    both = [o for o in answerable if o.answer.state == "answered"]
    return Report(
        questions=len(outcomes),
        answerable=len(answerable),
        success_at_1=_share(o.first for o in answerable),
        success_at_5=_share(o.among_five for o in answerable),
        sentence_hit=_share(o.quoted for o in both),
        first_quote_hit=_share(o.quoted_first for o in both),
        answered_precision=_share(o.answerable for o in answered),
        answered_recall=_share(o.answer.state == "answered" for o in answerable),
        near_miss_caught=_caught(outcomes, "near-miss"),
        other_subject_caught=_caught(outcomes, "other-subject"),
        nonsense_caught=_caught(outcomes, "nonsense"),
        auc=_auc(
            [o.answer.confidence for o in answerable],
            [o.answer.confidence for o in outcomes if not o.answerable],
        ),
        fidelity=_share(o.faithful for o in outcomes),
        quotes_per_answer=sum(len(o.answer.quotes) for o in answered) / max(len(answered), 1),
        words_per_answer=sum(len(q.text.split()) for o in answered for q in o.answer.quotes)
        / max(len(answered), 1),
        quotes_on_the_point=sum(o.on_the_point for o in both)
        / max(sum(len(o.answer.quotes) for o in both), 1),
        redundancy=_redundancy([o.answer for o in answered]),
        states={state: _state_score(outcomes, state) for state in STATES},
    )


def _expected(outcome: Outcome) -> State:
    """Return the state that a question should have: near misses are of the field, the rest is not."""
    if outcome.answerable:
        return "answered"
    return "related" if outcome.question.expected in FIELD else "none"


def _state_score(outcomes: Sequence[Outcome], state: State) -> StateScore:
    """Return precision, recall and F1 of one state. A red-flag card shows what it shows."""
    told = [o for o in outcomes if o.answer.state == state]
    wanted = [o for o in outcomes if _expected(o) == state]
    right = sum(_expected(o) == state for o in told)
    precision, recall = right / max(len(told), 1), right / max(len(wanted), 1)
    f1 = 2 * precision * recall / ((precision + recall) or 1)
    return StateScore(precision, recall, f1, len(wanted))


def _redundancy(answers: Sequence[Answer]) -> float:
    """Return how many of the words of further quotes were said before in the same answer."""
    repeated = total = 0
    for answer in answers:
        said: set[str] = set()
        for number, quote in enumerate(answer.quotes):
            stems = set(content_stems(quote.text))
            if number:
                total += len(stems)
                repeated += len(stems & said)
            said |= stems
    return repeated / max(total, 1)


def _caught(outcomes: Sequence[Outcome], expected: str) -> float:
    return _share(
        o.answer.state != "answered"
        for o in outcomes
        if o.question.expected == expected and not o.answerable
    )


def _share(values: Iterable[bool]) -> float:
    found = [float(value) for value in values]
    return sum(found) / len(found) if found else 0.0


def _auc(high: Sequence[float], low: Sequence[float]) -> float:
    """Return the chance that one of ``high`` is above one of ``low`` (Mann and Whitney 1947)."""
    if not high or not low:
        return 0.0
    above = np.array(high)[:, None]
    below = np.array(low)[None, :]
    return float(((above > below) + 0.5 * (above == below)).mean())


def passage_qrels(engine: Engine, judgements: Iterable[Judgement]) -> Qrels:
    """Return judgements of sentences as judgements of the passages that hold them."""
    texts: dict[str, list[tuple[str, str]]] = {}
    for document in engine.documents():
        texts[document.id] = [
            (f"{document.id}:{p.ordinal}", p.text)
            for p in engine.store.document_passages(document.version_id)
        ]
    qrels: Qrels = {}
    for judgement in judgements:
        for name, text in texts.get(judgement.document, []):
            if judgement.sentence in text:
                grades = qrels.setdefault(judgement.question, {})
                grades[name] = max(judgement.grade, grades.get(name, 0))
    return qrels


def passage_run(outcomes: Sequence[Outcome]) -> Run:
    """Return the hits of all questions as a run over passages."""
    return {
        o.question.id: {
            f"{hit.document.id}:{hit.passage.ordinal}": hit.score for hit in o.answer.hits
        }
        for o in outcomes
    }


@dataclass(frozen=True, slots=True)
class SafetyReport:
    """How the red-flag rules did: shares from 0 to 1, and the questions that went wrong."""

    flagged: int
    recall: float
    """Share of red-flag questions that raised some card."""
    right_level: float
    """Share of them that raised the level that was asked for, or a more urgent one."""
    ordinary: int
    false_alarms: float
    missed: tuple[str, ...]
    alarmed: tuple[str, ...]


_URGENCY = ("emergency", "same_day", "see_clinician", "pharmacist")


def safety_report(engine: Engine, questions: Sequence[SafetyQuestion]) -> SafetyReport:
    """Match the red-flag rules on every question."""
    levels = {question.id: engine.red_flag_level(question.text) for question in questions}
    flagged = [q for q in questions if q.must_show]
    ordinary = [q for q in questions if not q.must_show]
    missed = [q.text for q in flagged if not levels[q.id]]
    alarmed = [q.text for q in ordinary if levels[q.id]]
    right = [
        q
        for q in flagged
        if (level := levels[q.id]) and _URGENCY.index(level) <= _URGENCY.index(q.must_show)
    ]
    return SafetyReport(
        flagged=len(flagged),
        recall=1 - len(missed) / max(len(flagged), 1),
        right_level=len(right) / max(len(flagged), 1),
        ordinary=len(ordinary),
        false_alarms=len(alarmed) / max(len(ordinary), 1),
        missed=tuple(missed),
        alarmed=tuple(alarmed),
    )
