"""Words of English by the word list."""

from __future__ import annotations

import pytest

from index.english import is_english


@pytest.mark.parametrize(
    "word", ["kids", "laser", "Creatine", "can't", "son’s", "dog", "plantar", "walker"]
)
def test_words_of_english(word: str) -> None:
    assert is_english(word)


@pytest.mark.parametrize("word", ["nee", "artheritus", "meniscous", "neecap", "streching", "padel"])
def test_words_that_are_none(word: str) -> None:
    assert not is_english(word)
