"""Quantities: what a text states, in the units of their measure, and what a question asks for."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answer.quantities import Measure, Quantity, asked_measures, quantities, states_figure

DAY, WEEK = 86400, 604800


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("for 16 to 20 minutes", [("duration", 960, 1200)]),
        (
            "three times a week for six weeks",
            [("frequency", 3 / 7, 3 / 7), ("duration", 6 * WEEK, 6 * WEEK)],
        ),
        ("every 15 minutes", [("frequency", 96, 96)]),
        ("every other day", [("frequency", 0.5, 0.5)]),
        ("twice daily", [("frequency", 1, 1)]),
        ("two or three times a day", [("frequency", 2, 3)]),
        ("about 85% of people", [("share", 85, 85)]),
        ("10–15 repetitions", [("count", 10, 15)]),
        ("at most 4 g, or 400 mg", [("mass", 4000, 4000), ("mass", 400, 400)]),
        ("a couple of weeks", [("duration", 2 * WEEK, 2 * WEEK)]),
        ("one-week break", [("duration", WEEK, WEEK)]),
        ("2.5 km", [("distance", 2500, 2500)]),
        ("a bend of 90 degrees", [("angle", 90, 90)]),
        ("5,200 runners and a weak knee", []),
        ("in the second week", []),
    ],
)
def test_what_a_text_states(text: str, expected: list[tuple[str, float, float]]) -> None:
    found = [(q.measure, q.low, q.high) for q in quantities(text)]
    assert [f[0] for f in found] == [e[0] for e in expected]
    for one, two in zip(found, expected, strict=True):
        assert one[1:] == pytest.approx(two[1:])


def test_places_in_the_text() -> None:
    text = "Rest for two days, then run."
    (found,) = quantities(text)
    assert text[found.start : found.end] == "two days"


def test_ranges_apart() -> None:
    def days(low: float, high: float) -> Quantity:
        return Quantity("duration", low * DAY, high * DAY, 0, 0)

    assert days(1, 2).apart(days(7, 14))
    assert not days(1, 7).apart(days(7, 14))
    assert not days(10, 10).apart(days(7, 7))
    assert not days(1, 1).apart(Quantity("share", 90, 90, 0, 0))


@pytest.mark.parametrize(
    ("question", "measures"),
    [
        ("How long should I rest?", ("duration",)),
        ("how often do I ice", ("frequency",)),
        ("how many times a week", ("frequency",)),
        ("when can I run again", ("duration",)),
        ("how deep should I squat", ("angle", "share")),
        ("how many mg of ibuprofen", ("mass",)),
        ("why does it hurt", ()),
    ],
)
def test_what_a_question_asks_for(question: str, measures: tuple[str, ...]) -> None:
    assert asked_measures(question) == measures


def test_a_sentence_that_states_what_is_asked() -> None:
    assert states_figure("Ten minutes is enough.", ("duration",))
    assert not states_figure("Ten minutes is enough.", ("share",))
    assert not states_figure("Ten minutes is enough.", ())


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    for found in quantities(text):
        assert found.low <= found.high
        assert 0 <= found.start < found.end <= len(text)


def test_letters_that_patterns_take_for_others() -> None:
    assert [(q.measure, q.low) for q in quantities("Sıx mınutes, thriſe 30 ſeconds")] == [
        ("duration", 360.0),
        ("duration", 30.0),
    ]


def test_a_figure_is_stated_whenever_one_is_found() -> None:
    texts = [
        "Rest for TWO WEEKS.", "It takes mınutes: 10 mınutes.", "Hold 30\u202fſeconds", "Do it daily.",
        "Twice a day.", "Every other night", "once per hour", "5 K away", "30 °C", "In 20 % of runners",
        "Three sets of ten reps.", "Bend to 90 degrees", "500 mg", "Two kilometres", "No figure here.",
        "Five apples a year", "every fortnight", "4 times a week", "400 µg", "Weekly",
    ]  # fmt: skip
    for text in texts:
        for measure in get_args(Measure):
            found = any(quantity.measure == measure for quantity in quantities(text))
            assert states_figure(text, (measure,)) == found, (text, measure)
