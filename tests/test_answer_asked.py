"""Kinds of answer that a question asks for."""

from __future__ import annotations

import pytest

from answer.asked import is_met

PLAIN = ["Taping eased pain at once in several small trials."]


@pytest.mark.parametrize(
    "question",
    [
        "how much does an MRI cost",
        "price of a knee brace",
        "how much is a physio session",
        "best knee brace brand for running",
        "where can I buy kinesiology tape",
        "which app is best for knee exercises",
        "how long is the waiting list for physio",
        "who invented taping",
        "can I get compensation for my knee",
    ],
)
def test_a_kind_that_no_quote_holds_is_not_met(question: str) -> None:
    assert not is_met(question, PLAIN)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("how much does an MRI cost", "A private scan costs from £300."),
        ("where can I buy kinesiology tape", "Most chemists have it: any chemist will do."),
        ("who invented taping", "Taping of the kneecap was described in 1986."),
        ("how long is the waiting list for physio", "Many people wait six weeks."),
    ],
)
def test_a_kind_that_a_quote_holds_is_met(question: str, text: str) -> None:
    assert is_met(question, [*PLAIN, text])


@pytest.mark.parametrize(
    "question",
    [
        "does taping help",
        "how much exercise is too much",
        "how much does rest help",
        "is brand new knee pain serious",
        "best exercise for a sore kneecap",
        "is it worth seeing a physio",
    ],
)
def test_other_questions_ask_for_none_of_them(question: str) -> None:
    assert is_met(question, PLAIN)
