"""What evaluation tells of answers: states, quotes on the point, and what is said twice."""

from __future__ import annotations

from dataclasses import replace

from corpus.judged import Question
from corpus.records import State
from patella.judge import Outcome, report
from tests.webapp_fake import ANSWERED


def outcome(state: State, expected: str, *, answerable: bool = False, right: int = 0) -> Outcome:
    one = ANSWERED.quotes[0]
    quotes = (one, replace(one, start=one.start + 1)) if state == "answered" else ()
    asked = Question("q", "taping", "taping", "plain", "test", expected)
    answer = replace(ANSWERED, state=state, quotes=quotes)
    return Outcome(asked, answer, answerable, False, False, right > 0, False, right, faithful=True)


def test_states_quotes_and_repeats() -> None:
    told = report(
        [
            outcome("answered", "answered", answerable=True, right=1),
            outcome("related", "answered", answerable=True),
            outcome("answered", "near-miss"),
            outcome("related", "near-miss"),
            outcome("related", "answered"),
            outcome("none", "nonsense"),
        ]
    )
    answered, related, none = (told.states[s] for s in ("answered", "related", "none"))
    assert (answered.precision, answered.recall, answered.f1, answered.expected) == (
        0.5,
        0.5,
        0.5,
        2,
    )
    assert (round(related.precision, 3), round(related.recall, 3)) == (0.667, 0.667)
    assert (none.precision, none.recall, none.f1, none.expected) == (1.0, 1.0, 1.0, 1)
    assert told.quotes_on_the_point == 0.5
    assert told.redundancy == 1.0
    assert told.words_per_answer == 2 * len(ANSWERED.quotes[0].text.split())
