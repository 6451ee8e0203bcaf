"""Spelling: hard mistakes against a library whose words and counts are written down."""

from __future__ import annotations

import pytest

from index.expand import Group, Vocabulary, expand
from index.lexical import stem
from index.spelling import Speller

COUNTS = {
    "knee": 400, "patella": 60, "tendinitis": 5, "meniscus": 20, "quadriceps": 50, "ray": 8, "x": 9,
    "new": 12, "net": 1, "pain": 300, "painful": 40, "kneecap": 80, "hip": 30, "hit": 20,
    "physiotherapist": 30, "see": 90, "one": 300, "car": 12, "iliotibial": 9,
}  # fmt: skip
STEMS = {stem(word): count for word, count in COUNTS.items()}
SPELLER = Speller(lambda s: STEMS.get(s, 0), lambda _: list(COUNTS), frozenset({"physio"}), 800)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("nee", "knee"),
        ("patela", "patella"),
        ("tendonitus", "tendinitis"),
        ("menisucs", "meniscus"),
        ("physo", "physio"),
        ("quadricepts", "quadriceps"),
        ("Illiotibial", "iliotibial"),
        ("nkee", "knee"),
        ("xray", "x ray"),
        ("painfull", "painful"),
        ("kneepain", "knee pain"),
        # known, near to two equally common short ones, an abbreviation, near to nothing
        ("knees", ""),
        ("hid", ""),
        ("NEE", ""),
        ("zebra", ""),
        ("ne", ""),
        ("need", ""),
        ("cat", ""),
        # words of English that the library does not hold are meant as they stand
        ("kid", ""),
        ("payne", ""),
        ("hop", ""),
        ("MENIS", ""),
    ],
)
def test_what_a_word_is_mended_to(word: str, expected: str) -> None:
    assert SPELLER.mend(word) == expected


def test_words_that_the_library_writes_as_one() -> None:
    found = expand(
        "my knee cap",
        vocabulary=Vocabulary([Group(("patella",), ("kneecap",))]),
        frequency=lambda s: STEMS.get(s, 0),
        similar=lambda _: list(COUNTS),
    )
    assert found.mended == "my knee cap"
    assert found.added == ("kneecap",)
    # the library does not know “cap”, so the joined word counts in full
    assert found.weights == {"kneecap": 1.0}


def test_words_that_the_library_writes_apart() -> None:
    found = expand(
        "xray of a kneee",
        vocabulary=Vocabulary(()),
        frequency=lambda s: STEMS.get(s, 0),
        similar=lambda _: list(COUNTS),
    )
    assert found.mended == "x ray of a knee"
    assert found.added == ("x ray", "knee")
