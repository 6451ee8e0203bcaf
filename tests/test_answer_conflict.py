"""Disagreement: what two answers to a question differ in, and which are shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from answer.conflict import differ, find_conflicts, likeness, shared_share
from answer.token_cache import TokenCache
from corpus.records import Metadata
from index.embed import HashEncoder
from tests.library_helpers import document, hit, scored


def idf(stem: str) -> float:
    return 1.0


@pytest.mark.parametrize(
    ("question", "a", "b", "kind"),
    [
        ("does taping work", "Tape lowers pain.", "Taping does not lower pain.", "advice"),
        ("does taping work", "Tape lowers pain.", "Tape can lower pain.", None),
        ("how long should I ice", "Ice for 10 minutes.", "Ice for half an hour.", "number"),
        ("how long should I ice", "Ice for 10 minutes.", "Ice for 10 to 15 minutes.", None),
        ("how long should I ice", "Ice for 10 minutes.", "Run for an hour.", None),
        ("how long should I ice", "Ice for several weeks.", "Ice for seven weeks.", None),
        ("why does it hurt", "Ice helps a knee.", "Ice does not help a knee.", None),
        ("can I run", "You can run if it is calm.", "Do not run at all.", None),
    ],
)
def test_what_two_answers_differ_in(question: str, a: str, b: str, kind: str | None) -> None:
    assert differ(question, a, b, alike=0.8, idf=idf) == kind
    assert differ(question, b, a, alike=0.8, idf=idf) == kind


def test_sentences_of_different_things_never_differ() -> None:
    a, b = "Tape lowers pain.", "Taping does not lower pain."
    assert differ("does taping work", a, b, alike=0.2, idf=idf) is None


def test_likeness_is_symmetrical() -> None:
    a, b = HashEncoder().encode_tokens(["ice helps the knee", "the knee is hot"])
    assert likeness(a, b) == pytest.approx(likeness(b, a))
    assert likeness(a, a) == pytest.approx(1.0, abs=1e-5)
    assert likeness(np.eye(2, dtype=np.float32), -np.eye(2, dtype=np.float32)) == 0.0


def test_shared_share_is_of_the_shorter() -> None:
    assert shared_share("Ice.", "Ice and heat and tape.", idf=idf) == 1.0
    assert shared_share("", "Ice.", idf=idf) == 0.0


def sides(*texts: str, kinds: tuple[str, ...] = ("", "")):
    hits = [
        hit(
            text,
            of=document(f"d{n}", version_id=n, metadata=Metadata(title=f"D{n}", kind=kinds[n])),
            passage_id=n,
        )
        for n, text in enumerate(texts, start=0)
    ]
    # earlier advice has lost EARLIER_WEIGHT when it comes here
    lost = [0.3 * (kind == "earlier-advice") for kind in kinds]
    return [scored(h, score=1.0 - n / 100 - lost[n], context=0.7) for n, h in enumerate(hits)]


def conflicts(question: str, found) -> list[tuple[str, str, str]]:
    made = find_conflicts(question, found, idf=idf, cache=TokenCache(HashEncoder()))
    return [(c.kind, c.one.sentence.text, c.other.sentence.text) for c in made]


PRO, CON = "Tape lowers the pain of the kneecap.", "Tape does not lower the pain of the kneecap."


def test_both_sides_are_found_the_best_first() -> None:
    assert conflicts("does tape lower pain", sides(PRO, CON)) == [("advice", PRO, CON)]


def test_sentences_that_hold_little_of_the_question_are_not_held_against_each_other() -> None:
    one, two = sides(PRO, CON)
    assert conflicts("does tape lower pain", [one, replace(two, context=0.55)]) == []


def test_earlier_advice_differs_by_its_date() -> None:
    found = sides(PRO, CON, kinds=("guideline", "earlier-advice"))
    assert conflicts("does tape lower pain", found) == [("date", PRO, CON)]


def test_one_document_does_not_differ_from_itself() -> None:
    one = hit(f"{PRO} {CON}")
    assert conflicts("does tape lower pain", [scored(one, 0), scored(one, 1)]) == []


def test_a_sentence_far_below_the_best_is_not_compared() -> None:
    first, second = sides(PRO, CON)
    from dataclasses import replace

    assert conflicts("does tape lower pain", [first, replace(second, score=0.3)]) == []
    assert conflicts("does tape lower pain", []) == []
