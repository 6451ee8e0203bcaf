"""Polarity: what is a yes-or-no question, and what a sentence answers to it."""

from __future__ import annotations

import pytest

from answer.polarity import asks_yes_no, carries_polarity, is_conditional, sense, stance


@pytest.mark.parametrize(
    "question",
    [
        "Can I run with runner's knee?",
        "is it ok to squat",
        "xray worth it?",
        "so, should i stop",
        "elliptical ok?",
        "Will it go away by itself",
        "don't I need a scan?",
    ],
)
def test_a_yes_or_no_question(question: str) -> None:
    assert asks_yes_no(question)


@pytest.mark.parametrize(
    "question",
    [
        "why does sitting hurt",
        "how long should I rest",
        "what can I do",
        "stairs",
        "when can I run",
    ],
)
def test_an_open_question(question: str) -> None:
    assert not asks_yes_no(question)
    assert stance(question, "Yes, you should.") == ""


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        ("can I run with runner's knee", "You can run if pain stays low.", "yes"),
        ("can I run through the pain", "Do not run through sharp pain.", "no"),
        ("should I rest completely", "Complete rest is not needed for runner's knee.", "no"),
        ("should I avoid running", "You need not stop running.", "no"),
        ("should I avoid running", "Stop running for two days.", "yes"),
        ("is squatting bad for knees", "Squats do not harm a healthy knee.", "no"),
        ("should I take ibuprofen", "No, do not take an anti-inflammatory to run.", "no"),
        ("is it ok for a teenager", "Many teenagers do not grow out of it.", ""),
        ("do I need an x-ray", "You do not need an X-ray.", "no"),
        ("is ice worth it", "Ice can ease pain, but ice does not speed healing.", ""),
        ("do insoles help", "The kneecap slides in a groove.", ""),
    ],
)
def test_what_a_sentence_answers(question: str, text: str, answer: str) -> None:
    assert stance(question, text) == answer


def test_other_words_for_the_subject_count() -> None:
    assert stance("is brufen any use", "An anti-inflammatory may ease pain.") == ""
    also = {"anti", "inflammatori", "antiinflammatori"}
    assert stance("is brufen any use", "An anti-inflammatory may ease pain.", also=also) == "yes"


@pytest.mark.parametrize(
    ("clause", "value"),
    [
        ("Exercise helps", 1),
        ("Exercise does not help", -1),
        ("there is no need to avoid stairs", 1),
        ("it makes the pain worse", -1),
        ("not more than ten minutes of ice can help", 1),
        ("the kneecap slides", 0),
        ("Raise the seat", 1),
        ("never run with a limp", -1),
    ],
)
def test_the_sense_of_a_clause(clause: str, value: int) -> None:
    assert sense(clause) == value


def test_what_carries_polarity() -> None:
    assert carries_polarity("Yes, most people can.")
    assert carries_polarity("Avoid deep squats.")
    assert not carries_polarity("The kneecap slides in a groove at the end of the thigh bone.")


def test_conditions() -> None:
    assert is_conditional("You can run if pain stays low.")
    assert not is_conditional("You can run.")


def test_a_plain_statement_answers_only_where_it_is_known_to_answer() -> None:
    question, text = "does running wear the knee out", "Running wears the knee."
    assert stance(question, text) == ""
    assert stance(question, text, strict=False) == "yes"


@pytest.mark.parametrize(
    ("question", "heading", "text", "answer"),
    [
        ("is it ok to squat", "Should you stop squatting?", "No, most people need not.", "yes"),
        ("should I stop squats", "Should you stop squatting?", "No, most people need not.", "no"),
        ("should I stop squatting", "Is squatting safe?", "Yes, squats can stay.", "no"),
        ("can I squat", "Is it bad to squat?", "Yes, at first.", "no"),
        ("can I squat", "Can you squat?", "No, not yet.", "no"),
        ("can I swim", "Should you stop squatting?", "No, most people need not.", ""),
    ],
)
def test_yes_and_no_answer_the_heading_that_asks(
    question: str, heading: str, text: str, answer: str
) -> None:
    assert stance(question, text, heading=heading) == answer
