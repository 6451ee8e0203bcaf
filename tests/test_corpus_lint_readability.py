"""Reading grade: syllables, sentences, and the formula."""

from __future__ import annotations

import pytest

from corpus.article import Part
from corpus.readability import count_words, grade, sentences, syllables

SYLLABLES = """
1 knee pain the one some time times helped taped walked ice aches shoes knees hours rate red feet
2 kneecap running rested needed muscle muscles little table houses changes movement careful diet
2 quiet going settled people doctor region value
3 patella idea area exercise injuries serious previous medial radio usual
4 experience anterior situation isolated variety
6 patellofemoral physiotherapist
"""


@pytest.mark.parametrize(
    ("word", "count"),
    [
        (word, int(line.split()[0]))
        for line in SYLLABLES.strip().splitlines()
        for word in line.split()[1:]
    ],
)
def test_syllables_are_counted(word: str, count: int) -> None:
    assert syllables(word) == count


def test_a_number_is_one_syllable() -> None:
    assert syllables("2016") == 1


def test_sentences_are_split_without_their_marks() -> None:
    assert sentences("Pain eases [2]. Does it? Yes, see [1, 3].") == [
        "Pain eases.",
        "Does it?",
        "Yes, see.",
    ]


def test_the_grade_follows_the_formula() -> None:
    parts = (Part("paragraph", "The cat sat on the mat. It was very happy.", 1),)
    # 10 words in 2 sentences, 12 syllables
    assert grade(parts) == pytest.approx(0.39 * 5 + 11.8 * 1.2 - 15.59)


def test_headings_and_tables_are_counted_as_words_only() -> None:
    text = (Part("heading", "Long headings matter", 1, 2), Part("table_row", "a | b", 2))
    assert grade(text) == 0.0
    assert count_words(text) == 5
