"""Composing: whole sentences, with what they lean on, lists whole, and nothing said twice."""

from __future__ import annotations

import pytest

from answer.compose import MOST_LIST_SENTENCES, MOST_PER_DOCUMENT, MOST_QUOTES, compose
from corpus.errors import QuoteMismatch
from corpus.records import Hit, Metadata, Quote
from tests.library_helpers import document, hit, scored, span_of


def of(number: int, text: str, *, start: int = 0) -> Hit:
    """Make a hit of a document of its own."""
    return hit(
        text,
        of=document(f"d{number}", version_id=number),
        passage_id=number,
        start=start,
    )


def quoted(*candidates: tuple[Hit, int, float]) -> list[str]:
    return [q.text for q in quotes(*candidates)]


def quotes(*candidates: tuple[Hit, int, float]) -> tuple[Quote, ...]:
    made = [scored(h, index, score=score) for h, index, score in candidates]
    return compose(made, span=span_of(*(h for h, _, _ in candidates)))


def test_the_best_sentence_is_quoted_whole_and_first() -> None:
    a = of(1, "Bees swarm in the month of May. The hive is full of honey by then.", start=50)
    b = of(2, "A bent knee presses the kneecap hard. Rest is seldom needed for that.")
    found = quotes((a, 0, 0.9), (b, 0, 1.0), (a, 1, 0.1), (b, 1, 0.2))
    assert [q.text for q in found] == [
        "A bent knee presses the kneecap hard.",
        "Bees swarm in the month of May.",
    ]
    assert [(q.start, q.end, q.score) for q in found] == [(0, 37, 1.0), (50, 81, 0.9)]
    assert [q.document.id for q in found] == ["d2", "d1"]


def test_two_are_quoted_at_least_and_more_only_if_nearly_as_good() -> None:
    texts = [
        "A bent knee presses the kneecap hard.",
        "Stairs load the joint most going down.",
        "Running uphill spares the lower leg.",
        "Taping eases pain for some hours only.",
        "Cycling with a high saddle helps many.",
        "Swimming crawl loads it least of all.",
    ]
    hits = [of(n, text) for n, text in enumerate(texts, start=1)]
    assert quoted((hits[0], 0, 1.0), (hits[1], 0, 0.1), (hits[2], 0, 0.05)) == texts[:2]
    near = [(h, 0, 1.0 - n / 100) for n, h in enumerate(hits)]
    assert quoted(*near) == texts[:5]
    assert MOST_QUOTES == 5
    assert quoted((hits[0], 0, 1.0), (hits[1], 0, 0.83), (hits[2], 0, 0.81)) == texts[:2]


def test_nothing_scored_gives_nothing() -> None:
    assert compose([], span=span_of()) == ()


def test_questions_and_fragments_are_not_quoted() -> None:
    a = of(1, "Why does a bent knee hurt so much? Because of load. It is the load on the joint.")
    assert quoted((a, 0, 1.0), (a, 1, 0.9)) == []
    assert quoted((a, 0, 1.0), (a, 1, 0.9), (a, 2, 0.5)) == [
        "Because of load. It is the load on the joint."
    ]


@pytest.mark.parametrize(
    "opening", ["This", "It", "They", "But that", "However, that", "Such load", "Also it", "so it"]
)
def test_a_sentence_that_leans_brings_the_one_before(opening: str) -> None:
    before = "Sitting with bent knees presses the kneecap."
    leaning = f"{opening} makes the joint ache after an hour."
    a = of(1, f"Nobody likes to wait. {before} {leaning}")
    assert quoted((a, 2, 1.0)) == [f"{before} {leaning}"]


def test_leaning_goes_back_two_sentences_at_most() -> None:
    a = of(
        1, "Knees are joints. They bend a lot daily. It wears them down. This is what hurts most."
    )
    assert quoted((a, 3, 1.0)) == [
        "They bend a lot daily. It wears them down. This is what hurts most."
    ]
    assert quoted((a, 1, 1.0)) == ["Knees are joints. They bend a lot daily."]


def test_the_first_sentence_of_a_passage_has_none_before() -> None:
    a = of(1, "This makes the joint ache after an hour.")
    assert quoted((a, 0, 1.0)) == ["This makes the joint ache after an hour."]


def test_a_word_that_begins_like_a_pronoun_does_not_lean() -> None:
    a = of(1, "Bees swarm in May. Itching means that the plaster must come off.")
    assert quoted((a, 1, 1.0)) == ["Itching means that the plaster must come off."]


LIST = (
    "Rest is rarely the answer.\n\n"
    "Try these three things first:\n"
    "Bend the knee less than a right angle.\n"
    "Stand up every twenty minutes or so.\n"
    "Put the foot on a low stool.\n\n"
    "See a physiotherapist if that does not help."
)
WHOLE = LIST[LIST.index("Try") : LIST.index("\n\nSee")]


@pytest.mark.parametrize("index", [1, 2, 3, 4])
def test_a_list_is_quoted_whole_with_its_lead_in(index: int) -> None:
    assert quoted((of(1, LIST), index, 1.0)) == [WHOLE]


def test_a_list_is_quoted_once_and_what_is_round_it_apart() -> None:
    a = of(1, LIST)
    assert quoted((a, 2, 1.0), (a, 4, 0.99), (a, 5, 0.98)) == [
        f"{WHOLE}\n\nSee a physiotherapist if that does not help."
    ]
    assert quoted((a, 5, 1.0)) == ["See a physiotherapist if that does not help."]
    assert quoted((a, 0, 1.0)) == ["Rest is rarely the answer."]


def test_a_list_apart_from_its_lead_in_is_quoted_with_it() -> None:
    text = "Try these three things first:\n\nBend the knee much less.\nStand up every hour."
    assert quoted((of(1, text), 2, 1.0)) == [text]


def test_a_long_list_is_cut_unless_the_sentence_stands_further_down() -> None:
    items = [f"Thing number {n} is to be done daily." for n in range(1, 15)]
    a = of(1, "\n".join(["Do all of these things daily:", *items]))
    [quote] = quoted((a, 3, 1.0))
    assert quote.count("\n") + 1 == MOST_LIST_SENTENCES == 9
    assert quote.startswith("Do all of these things daily:\n")
    [further] = quoted((a, 12, 1.0))
    assert further.endswith("Thing number 12 is to be done daily.")
    assert further.startswith("Do all of these things daily:\n")


def test_a_lead_in_without_its_list_is_not_quoted() -> None:
    a = of(1, "Stand up often. You should try all of the following:")
    assert quoted((a, 1, 1.0), (a, 0, 0.5)) == []
    b = of(2, "You should try all of the following:")
    assert quoted((b, 0, 1.0)) == []


def test_near_repeats_are_dropped() -> None:
    a = of(1, "A bent knee presses the kneecap against the thigh bone.")
    b = of(2, "The bent knee presses the kneecap against the thigh bones.")
    c = of(3, "A bent knee presses the kneecap.")
    d = of(4, "Stairs load the joint most going down.")
    assert quoted((a, 0, 1.0), (b, 0, 0.99), (c, 0, 0.98), (d, 0, 0.97)) == [
        "A bent knee presses the kneecap against the thigh bone.",
        "Stairs load the joint most going down.",
    ]


def test_at_most_two_are_taken_of_a_document() -> None:
    only = document("only", version_id=1)
    texts = [
        "A bent knee presses the kneecap hard.",
        "Stairs load the joint most going down.",
        "Running uphill spares the lower leg.",
    ]
    hits = [
        hit(text, of=only, passage_id=n, start=100 * n) for n, text in enumerate(texts, start=1)
    ]
    other = of(9, "Cycling with a high saddle helps many.")
    candidates = [(h, 0, 1.0 - n / 100) for n, h in enumerate([*hits, other])]
    assert quoted(*candidates) == [*texts[:2], "Cycling with a high saddle helps many."]
    assert MOST_PER_DOCUMENT == 2


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_neighbours_are_joined_into_one(order: tuple[int, int]) -> None:
    a = of(1, "A bent knee presses the kneecap hard. Stairs load it most going down. Rest.")
    [quote] = quotes((a, order[0], 1.0), (a, order[1], 0.9))
    assert quote.text == "A bent knee presses the kneecap hard. Stairs load it most going down."
    assert quote.score == 1.0


def test_sentences_apart_are_not_joined() -> None:
    a = of(1, "A bent knee presses the kneecap. Bees swarm in May always. Stairs load the joint.")
    assert quoted((a, 0, 1.0), (a, 2, 0.9)) == [
        "A bent knee presses the kneecap.",
        "Stairs load the joint.",
    ]


def test_equal_scores_are_in_the_order_of_the_library() -> None:
    a = of(1, "A bent knee presses the kneecap hard.")
    b = of(2, "Stairs load the joint most going down.")
    assert quoted((b, 0, 1.0), (a, 0, 1.0)) == quoted((a, 0, 1.0), (b, 0, 1.0))
    assert quoted((b, 0, 1.0), (a, 0, 1.0))[0] == a.passage.text


def test_earlier_advice_never_leads() -> None:
    old = hit(
        "Complete rest for six weeks is the cure.",
        of=document("old", version_id=1, metadata=Metadata(kind="earlier-advice")),
    )
    new = of(2, "Keep moving as much as pain allows.")
    assert quoted((old, 0, 1.0), (new, 0, 0.9)) == [
        "Keep moving as much as pain allows.",
        "Complete rest for six weeks is the cure.",
    ]


def test_a_text_that_differs_from_its_source_is_not_quoted() -> None:
    a = of(1, "A bent knee presses the kneecap hard.")
    with pytest.raises(QuoteMismatch):
        compose([scored(a)], span=lambda *_: "A bent knee helps the kneecap a lot.")


def test_every_quote_is_the_text_at_its_offsets() -> None:
    text = "🦵🏽 hurts a lot when bent. It is the cafe\u0301 chair that does it. " + LIST
    a = of(1, text, start=1000)
    for index in range(len(a.passage.sentences)):
        for quote in quotes((a, index, 1.0)):
            assert text[quote.start - 1000 : quote.end - 1000] == quote.text
