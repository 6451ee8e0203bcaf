"""Deciding the state: features of a search, and two logistic models over them."""

from __future__ import annotations

import json
import math
from dataclasses import astuple

import pytest

from answer import state as module
from answer.state import (
    NAMES,
    Features,
    Logistic,
    StateModel,
    asks_duration,
    features,
    shipped_model,
    tells_duration,
)
from tests.library_helpers import document, hit, scored

ZEROS = dict.fromkeys(NAMES, 0.0)


def made(**values: float) -> Features:
    return Features(**(ZEROS | values))


def weights(**values: float) -> tuple[float, ...]:
    return astuple(made(**values))


def idf(stem: str) -> float:
    return {"knee": 1.0, "sit": 3.0}.get(stem, 4.0)


def measured(
    hits, scores, *stems: str, unknown: frozenset[str] = frozenset(), question: str = ""
) -> Features:
    return features(
        hits,
        scores,
        stems=stems,
        idf=idf,
        known=lambda s: s not in unknown,
        question=question,
        met=0.0,
    )


# -- features


def test_a_search_that_found_nothing() -> None:
    assert measured([], [], "knee", "sit") == made(missing=3.0, words=2 / 8)
    assert measured([], []) == made(short=1.0)


def test_cosines_and_words() -> None:
    hits = [
        hit("Knee one.", passage_id=n, dense=dense, lexical=lexical)
        for n, (dense, lexical) in enumerate(
            [(0.5, 6.0), (0.8, 0.0), (0.4, 3.0), (0.3, 0.0), (0.2, 1.0), (0.1, 9.0)]
        )
    ]
    found = measured(hits, [], "knee", "sit")
    assert found.cosine == 0.8
    # mean of the five best, 0.44, over the best
    assert found.depth == pytest.approx(0.55)
    # of the five best by cosine three hold a word
    assert found.agreement == pytest.approx(0.6)
    # best score 9 over the idf mass 4, over 3
    assert found.lexical == pytest.approx(0.75)


def test_the_best_sentence_gives_its_scores() -> None:
    one = hit("The knee hurts. It aches when you sit.")
    found = measured(
        [one],
        [
            scored(one, 0, score=0.5, late=0.9, heading=0.8, weakest=0.7),
            scored(one, 1, score=0.6, late=0.4, heading=0.3, weakest=0.2),
        ],
        "knee",
        "sit",
    )
    assert (found.late, found.heading, found.weakest) == (0.4, 0.3, 0.2)


def test_shares_of_the_questions_words() -> None:
    one = hit("Rest a while. Stand up.", prefix="Sitting with a sore knee")
    two = hit("The knee hurts.", passage_id=2)
    scores = [scored(one, 0, score=0.9), scored(two, 0, score=0.8)]
    # of knee (1), sit (3), zebra (4): the knee is said, sitting stands in a title
    found = measured([one, two], scores, "knee", "sit", "zebra", unknown=frozenset({"zebra"}))
    assert found.coverage == pytest.approx(1 / 8)
    assert found.context == pytest.approx(4 / 8)
    assert found.unknown == pytest.approx(4 / 8)
    assert found.short == 0.0
    assert measured([one, two], scores, "knee").short == 1.0


def test_only_the_three_best_sentences_count() -> None:
    hits = [hit(f"{word} it is.", passage_id=n) for n, word in enumerate(["A", "B", "C", "Knee"])]
    scores = [scored(h, score=1.0 - n / 10) for n, h in enumerate(hits)]
    assert measured(hits, scores, "knee").coverage == 0.0
    assert measured(hits, scores[1:], "knee").coverage == 1.0


def test_a_question_that_names_what_its_passages_do_not() -> None:
    one = hit("The knee hurts when it is bent for long.")
    assert measured([one], [scored(one)], "elbow", "bent").foreign == 1.0
    assert measured([one], [scored(one)], "knee", "bent").foreign == 0.0
    elbow = hit("An elbow is not a knee.")
    assert measured([elbow], [scored(elbow)], "elbow").foreign == 0.0


@pytest.mark.parametrize(
    ("question", "yes_no", "why", "fact"),
    [
        ("can I sit", 1.0, 0.0, 0.0),
        ("why does it hurt", 0.0, 1.0, 0.0),
        ("which chair is best", 0.0, 0.0, 1.0),
        ("sprain recovery time", 0.0, 0.0, 1.0),
        ("what to do about it", 0.0, 0.0, 0.0),
    ],
)
def test_what_kind_of_answer_is_asked_for(
    question: str, yes_no: float, why: float, fact: float
) -> None:
    found = measured([], [], "sit", question=question)
    assert (found.yes_no, found.why, found.fact) == (yes_no, why, fact)


# -- the models


def test_a_logistic_by_hand() -> None:
    logistic = Logistic(-1.0, weights(cosine=2.0, unknown=-3.0), 0.5)
    assert logistic.probability(made(cosine=0.5)) == 0.5
    assert logistic.probability(made(cosine=1.0)) == pytest.approx(1 / (1 + math.exp(-1.0)))
    assert logistic.probability(made(cosine=1.0, unknown=1.0)) == pytest.approx(0.119203)


def test_a_logistic_far_out_is_a_chance_still() -> None:
    assert Logistic(1e6, weights(), 0.5).probability(made()) == pytest.approx(1.0)
    assert Logistic(-1e6, weights(), 0.5).probability(made()) == pytest.approx(0.0)


def test_a_model_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="longer"):
        Logistic(0.0, (1.0,), 0.5).probability(made())


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({"cosine": 1.0, "lexical": 0.1}, "answered"),
        ({"cosine": 0.5, "context": 0.1}, "answered"),
        # no word in common
        ({"cosine": 1.0}, "none"),
        ({"cosine": 0.4}, "none"),
        ({"cosine": 0.4, "late": 1.0}, "related"),
        ({"cosine": 1.0, "late": 1.0, "lexical": 0.1}, "answered"),
        ({}, "none"),
    ],
)
def test_the_state_is_answered_then_related_then_none(values: dict, state: str) -> None:
    model = StateModel(
        "test",
        field=Logistic(-5.0, weights(late=10.0), 0.5),
        answered=Logistic(-5.0, weights(cosine=10.0), 0.5),
        answered_listed=Logistic(-5.0, weights(listed=10.0), 0.5),
    )
    found, chance = model.decide(made(**values))
    assert found == state
    assert chance == pytest.approx(1 / (1 + math.exp(5 - 10 * values.get("cosine", 0.0))))


def test_listed_questions_have_a_model_of_their_own() -> None:
    model = StateModel(
        "test",
        field=Logistic(-5.0, weights(), 0.5),
        answered=Logistic(5.0, weights(), 0.5),
        answered_listed=Logistic(-5.0, weights(listed=10.0), 0.5),
    )
    assert model.decide(made(lexical=0.1))[0] == "answered"
    assert model.decide(made(listed=0.4, lexical=0.1))[0] == "none"
    assert model.decide(made(listed=0.6, lexical=0.1))[0] == "answered"


def test_the_shipped_model_loads() -> None:
    model = shipped_model()
    assert model.version
    for part in (model.field, model.answered, model.answered_listed):
        assert len(part.weights) == len(NAMES)
        assert 0 < part.threshold < 1
    assert model.decide(made(unknown=1.0, foreign=1.0))[0] == "none"
    best = made(cosine=0.9, late=0.9, coverage=1.0, context=1.0, met=0.95, weakest=0.9)
    assert model.decide(best)[0] == "answered"


def test_a_shipped_model_of_other_features_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "NAMES", (*NAMES, "of_the_future"))
    with pytest.raises(ValueError, match="another version"):
        shipped_model.__wrapped__()


def test_the_shipped_model_is_plain_json() -> None:
    import importlib.resources

    raw = json.loads(importlib.resources.files("answer").joinpath("state_model.json").read_text())
    assert tuple(raw["features"]) == NAMES


# -- durations


@pytest.mark.parametrize(
    "question",
    [
        "How long should I rest?",
        "how many weeks until it heals",
        "For how many days do I ice it",
        "When can I run again?",
        "when will it stop",
    ],
)
def test_a_question_that_asks_how_long(question: str) -> None:
    assert asks_duration(question)


@pytest.mark.parametrize(
    "question",
    ["How often?", "how many squats", "Whenever I sit", "why does it hurt", "how lonely"],
)
def test_a_question_that_does_not(question: str) -> None:
    assert not asks_duration(question)


@pytest.mark.parametrize(
    "text", ["For six weeks.", "Every 20 minutes.", "A FORTNIGHT", "a day", "in 3 sessions"]
)
def test_a_text_that_tells_how_long(text: str) -> None:
    assert tells_duration(text)


@pytest.mark.parametrize("text", ["Daylight.", "Weekly.", "until it is better", "minutely", ""])
def test_a_text_that_does_not(text: str) -> None:
    assert not tells_duration(text)


def test_the_hits_of_a_document_without_text_do_no_harm() -> None:
    one = hit("", of=document("empty"))
    assert measured([one], [], "knee").late == 0.0
