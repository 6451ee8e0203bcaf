"""Listed questions: read from front matter, and put at the passages that answer them."""

from __future__ import annotations

from corpus.records import ListedQuestion, PassageDraft, PassageQuestion
from ingest.questions import LONGEST, MOST, listed_questions, place_questions
from ingest.read import read_bytes

SITTING = """---
title: Sitting
questions:
  - Does sitting matter?
  - heading: How long
    questions: [when does it start]
    answers:
      - sentence: It starts after *20* minutes.
        questions:
          - how long is a film
          - why at twenty past
---
## Why

A bent knee is pressed.

## How long

Time yourself. It starts after 20
minutes.
"""


def draft(text: str, start: int, *heading: str) -> PassageDraft:
    return PassageDraft(start, start + len(text), text, "", heading, ((start, start + len(text)),))


DRAFTS = (
    draft("A bent knee is pressed.", 5, "Why"),
    draft("Time yourself. It starts after 20\nminutes.", 40, "How long"),
)


def test_markdown_front_matter_lists_questions() -> None:
    extract = read_bytes(SITTING.encode(), name="sitting.md")
    assert extract.warnings == ()
    assert extract.questions == (
        ListedQuestion("Does sitting matter?"),
        ListedQuestion("when does it start", "How long"),
        ListedQuestion("how long is a film", "How long", "It starts after *20* minutes."),
        ListedQuestion("why at twenty past", "How long", "It starts after *20* minutes."),
    )
    assert "film" not in extract.text


def test_a_question_stands_at_the_words_that_answer_it() -> None:
    placed, warnings = place_questions(
        DRAFTS, [ListedQuestion("how long is a film", "How long", "It starts after *20* minutes.")]
    )
    assert warnings == ()
    assert placed[0] == DRAFTS[0]
    assert placed[1].questions == (PassageQuestion("how long is a film", 55, 82),)
    assert placed[1].text[55 - 40 : 82 - 40] == "It starts after 20\nminutes."


def test_words_that_are_gone_leave_the_question_at_the_section() -> None:
    placed, warnings = place_questions(
        DRAFTS, [ListedQuestion("q", "how long", "It was once said here.")]
    )
    assert warnings == ()
    assert placed[1].questions == (PassageQuestion("q", 40, 82),)


def test_a_question_without_a_section_stands_at_the_first_passage() -> None:
    placed, _ = place_questions(DRAFTS, [ListedQuestion("q")])
    assert placed[0].questions == (PassageQuestion("q", 5, 28),)


def test_a_section_that_is_not_there_is_told() -> None:
    placed, warnings = place_questions(
        DRAFTS, [ListedQuestion("a", "Kneeling"), ListedQuestion("b", "Kneeling", "x")]
    )
    assert placed == DRAFTS
    assert warnings == (
        'Front matter: questions names no heading of the text: "Kneeling" (2 left out).',
    )
    assert place_questions((), [ListedQuestion("a")])[0] == ()


def test_odd_lists_are_told_and_never_fatal() -> None:
    assert listed_questions({}) == ((), ())
    assert listed_questions({"questions": ""}) == ((), ())
    assert listed_questions({"questions": "why"}) == (
        (),
        ("Front matter: questions should be a list and is ignored.",),
    )
    found, warnings = listed_questions(
        {"questions": [["a"], {"heading": "X"}, {"answers": ["no"]}, {"questions": [" a  b ", {}]}]}
    )
    assert found == (ListedQuestion("a b"),)
    assert warnings == ("Front matter: questions has an entry that names no question.",) * 3


def test_a_question_is_listed_once_and_lists_have_an_end() -> None:
    found, warnings = listed_questions({"questions": ["a", "a", "b" * (LONGEST + 1)]})
    assert found == (ListedQuestion("a"),)
    assert warnings == ("Front matter: questions of over 400 characters are left out.",)
    found, warnings = listed_questions({"questions": [str(n) for n in range(MOST + 5)]})
    assert len(found) == MOST
    assert warnings == ("Front matter: of 2,005 questions the first 2,000 are used.",)
