"""Follow-ups: what a question takes over from the one before, and when it takes nothing."""

from __future__ import annotations

import pytest

from answer.followup import follow_up


@pytest.mark.parametrize(
    ("question", "before", "text"),
    [
        (
            "and for stairs?",
            "why does sitting hurt my knee",
            "why does sitting hurt knee and for stairs?",
        ),
        ("how long for?", "should I ice my knee", "ice knee how long for?"),
        ("what about cycling", "can I run with it", "can I run what about cycling"),
        ("and for stairs?", "can I keep running", "can I keep running and for stairs?"),
        ("what about ice", "how long should I rest", "how long should I rest what about ice"),
        ("and heat?", "ice for runner's knee", "ice runner's knee and heat?"),
        ("is it safe", "shock wave therapy", "shock wave therapy is it safe"),
        (
            "does that work for teenagers",
            "taping the kneecap",
            "taping kneecap does that work for teenagers",
        ),
        ("why?", "should I rest", "rest why?"),
    ],
)
def test_a_follow_up_takes_the_subject_over(question: str, before: str, text: str) -> None:
    found = follow_up(question, before)
    assert found.text == text
    assert " ".join(found.carried) == text.removesuffix(question).strip()


@pytest.mark.parametrize(
    ("question", "before"),
    [
        ("why do my knees click when I squat", "can I run"),
        ("and for stairs?", ""),
        ("and for stairs?", "   "),
        ("how long does runner's knee take to heal in teenagers", "taping"),
        ("stairs and sitting", "can I run"),
    ],
)
def test_a_question_that_stands_by_itself(question: str, before: str) -> None:
    found = follow_up(question, before)
    assert (found.text, found.carried) == (question, ())


def test_words_that_both_hold_are_carried_once() -> None:
    assert follow_up("what about ice", "ice or heat").carried == ("heat",)


def test_a_long_question_before_is_cut() -> None:
    before = " ".join(f"word{n}" for n in range(50))
    assert len(follow_up("and that?", before).carried) == 8
