"""Sentences: where they end, and where a full stop ends nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.sentences import split

CASES = [
    ["Runner's knee hurts. [3]", "Next one."],
    ["It hurts.[4]", "Then not.[1, 2]", "Next [5]."],
    ["It eases.[^note]", "Then it returns.", "It lasts.¹²", "Then it goes."],
    ["Dr. Smith et al. said e.g. this (see Fig. 2. It shows) was 0.9 approx. 3 vs. 4.", "Good."],
    ["Does it?", "Yes!", '"Stop it."', "He said no. 3 is J. R. Hartley’s."],
    ["Some runners, i.e. Those who train a lot, rest.", "It helps."],
    ["Walk for 10 min.", "Use a brace."],
    ["Take vitamin C.", "The rest is easy."],
    ["Is it safe?", "No.", "Stop now."],
    ["1. Rest the knee.", "Then go."],
    ["He asked, “Does it hurt?” and left.", "“It does.”", "Then he ran."],
    ["Use ice, heat, etc.", "The knee calms."],
    ["Use ice, heat, etc. and rest."],
    ["Visit example.com.", "See www.nhs.uk/knee?x=1 now."],
    ["A (very long. Really.) thing.", "B is short."],
    ["Wait... what?", "It hurts… then stops.", "But it returns."],
    ["Stop at 5 p.m. the same day.", "Rest from 5 p.m.", "The knee settles."],
    ["See Smith et al. (2019) and Jones et al. 2020.", "It helps."],
    ["Squat less; Then more.", "Rest: Yes."],
    ["It costs £3.50.", "Pay 0.9 of it."],
    ["(It hurts. A lot.)", "Then it stops."],
    ["Runs [3].", '"It hurts." [4]', "He said so."],
    ["Stop!!", "Now?!", "All right."],
    ["Ask for no. 5.", "No. 6 is best.", "I said no.", "Then go."],
    ["It began in Mar. 2020.", "It ended on 3 Dec.", "The knee was well."],
    ["Pain [see 2. and 3. Both] lasts.", "It goes."],
    ["膝が痛い。", "休む。"],
    ["One line with no end"],
]


@pytest.mark.parametrize("sentences", CASES, ids=lambda case: case[0][:30])
def test_sentences(sentences: list[str]) -> None:
    text = ("" if sentences[0].startswith("膝") else " ").join(sentences)
    assert [text[start:end] for start, end in split(text)] == sentences


def test_offsets_are_those_of_the_whole_text() -> None:
    text = "Before. One here. Two here. After."
    assert split(text, 8, 27) == ((8, 17), (18, 27))


def test_nothing_in_nothing() -> None:
    assert split("") == ()
    assert split("  \n ") == ()


def test_spaces_at_the_ends_are_left_out() -> None:
    assert split("  It hurts.  It stops. ") == ((2, 11), (13, 22))


def test_an_unclosed_bracket_holds_nothing_together() -> None:
    assert len(split("It hurts (a lot. It stops. It comes back.")) == 3


def test_a_long_text_goes_through_in_windows() -> None:
    text = "The knee hurts on the stairs. " * 2000
    spans = split(text)
    assert len(spans) == 2000
    assert {text[start:end] for start, end in spans} == {"The knee hurts on the stairs."}


PIECES = st.sampled_from(
    ["knee", "Hurts", ".", "?", "!", " ", "(", ")", "[3]", "e.g.", "0.9", "“", "”", "\n", "…", "é"]
)


@given(st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=60).map("".join)))
@settings(max_examples=150, deadline=None)
def test_every_character_is_in_one_sentence(text: str) -> None:
    position = 0
    for start, end in split(text):
        assert text[position:start].strip() == ""
        assert text[start:end] == text[start:end].strip() != ""
        position = end
    assert text[position:].strip() == ""
