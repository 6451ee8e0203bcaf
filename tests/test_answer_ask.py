"""One question answered from hits: the three states, what each shows, and when nothing is quoted."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from answer.ask import READ_HITS, RELATED, Outcome, Words, answer
from answer.state import NAMES, Logistic, StateModel
from answer.token_cache import TokenCache
from corpus.errors import QuoteMismatch
from corpus.records import Hit
from index.embed import HashEncoder
from index.lexical import content_stems
from tests.library_helpers import document, hit, span_of

ENCODER = HashEncoder(dimension=4096)
SITTING = hit(
    "A bent knee presses the kneecap when sitting. Is it bad? Stand up often and walk about.",
    of=document("sitting", version_id=1),
    passage_id=1,
    score=0.9,
)
REST = hit(
    "Rest the knee for two weeks after a fall. Then walk.",
    of=document("rest", version_id=2),
    passage_id=2,
    start=40,
    score=0.5,
)
BEES = hit(
    "Bees swarm in May when the hive is full.",
    of=document("bees", version_id=3),
    passage_id=3,
    score=0.1,
)
HITS = [SITTING, REST, BEES]


def constant(chance: float) -> Logistic:
    return Logistic(50.0 if chance else -50.0, (0.0,) * len(NAMES), 0.5)


def states(field: float, answered: float) -> StateModel:
    part = constant(answered)
    return StateModel("test", field=constant(field), answered=part, answered_listed=part)


ANSWERED = states(1, 1)
NEAR = states(1, 0)
NONE = states(0, 0)


def ask(question: str, model: StateModel, *, hits: Sequence[Hit] = HITS, span=None) -> Outcome:
    return answer(
        question,
        hits,
        words=Words(content_stems(question), lambda _: 1.0, lambda _: True),
        encoder=ENCODER,
        cache=TokenCache(ENCODER),
        span=span or span_of(*hits),
        model=model,
    )


def test_an_answered_question_is_quoted() -> None:
    found = ask("why does a bent knee hurt when sitting", ANSWERED)
    assert found.state == "answered"
    assert found.confidence == pytest.approx(1.0)
    assert found.quotes[0].text == "A bent knee presses the kneecap when sitting."
    assert len(found.quotes) >= 2
    assert found.related == ()
    assert {h.passage.id for h in found.hits} == {1, 2, 3}
    assert found.hits[0].passage.id == 1


def test_related_passages_are_quoted_one_a_document_and_nothing_is_claimed() -> None:
    found = ask("why does a bent knee hurt when sitting", NEAR)
    assert (found.state, found.quotes) == ("related", ())
    assert found.confidence == pytest.approx(0.0)
    assert [q.document.id for q in found.related] == ["sitting", "rest", "bees"]
    assert found.related[0].text == "A bent knee presses the kneecap when sitting."
    assert RELATED == 3


def test_what_is_not_in_these_sources_is_not_quoted_at_all() -> None:
    found = ask("what is the capital of Australia", NONE)
    assert (found.state, found.quotes, found.related) == ("none", (), ())


def test_without_hits_there_is_no_answer_whatever_the_model_says() -> None:
    found = ask("why does it hurt", ANSWERED, hits=[])
    assert (found.state, found.confidence, found.quotes, found.hits) == ("none", 0.0, (), ())


def test_a_question_of_how_long_is_answered_by_a_length_of_time() -> None:
    assert ask("how long should I rest the knee", ANSWERED).state == "answered"
    timeless = ask("how long should I rest the knee", ANSWERED, hits=[SITTING, BEES])
    assert timeless.state == "related"
    assert timeless.quotes == ()
    assert timeless.related != ()


def test_hits_with_nothing_to_quote_are_related_only() -> None:
    fragments = hit("Why? Because. What is it that hurts the knee so much?")
    found = ask("why does the knee hurt", ANSWERED, hits=[fragments])
    assert (found.state, found.quotes) == ("related", ())
    assert [q.text for q in found.related] == ["What is it that hurts the knee so much?"]


def test_related_sentences_are_never_a_few_words() -> None:
    short = hit("Sitting. Knee.", of=document("short", version_id=9), passage_id=9)
    found = ask("sitting knee", NEAR, hits=[short, BEES])
    assert [q.document.id for q in found.related] == ["bees"]


def test_only_the_best_hits_are_read() -> None:
    many = [
        hit(
            f"Filler number {n} says nothing here.",
            of=document(f"d{n}", version_id=n),
            passage_id=n,
        )
        for n in range(1, READ_HITS + 1)
    ]
    last = hit("Kneecap sitting bent knee hurt.", of=document("l", version_id=99), passage_id=99)
    found = ask("kneecap sitting bent knee hurt", NEAR, hits=[*many, last])
    assert "l" not in [q.document.id for q in found.related]
    assert found.hits[-1].passage.id == 99
    assert len(found.hits) == READ_HITS + 1


@pytest.mark.parametrize("model", [ANSWERED, NEAR])
def test_a_tampered_text_is_never_quoted(model: StateModel) -> None:
    with pytest.raises(QuoteMismatch):
        ask("why does a bent knee hurt", model, span=lambda *_: "A bent knee helps.")


def test_every_quote_is_what_the_library_holds() -> None:
    span = span_of(*HITS)
    found = ask("why does a bent knee hurt when sitting", ANSWERED)
    for quote in found.quotes:
        assert span(quote.document.version_id, quote.start, quote.end) == quote.text
