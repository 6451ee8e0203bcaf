"""The words of passages in arrays, against the words that are found one by one."""

from __future__ import annotations

import pytest

from index.lexical import number_of, words
from index.passage_words import SpokenWords, marks, passage_words
from index.stemmers import ENGLISH

TEXTS = (
    "Sitting presses the kneecap: a bent knee loads it. Taping eased pain in small trials.",
    "",
    "…",
    "It's the runner’s knee_pain, 12 % of ünïs; L'os. 膝",
)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("stemmer", [ENGLISH, "french"])
def test_they_are_the_words_of_the_text(text: str, stemmer: str) -> None:
    found = passage_words(text, stemmer)
    slowly = [(start, end, number_of(stem)) for start, end, stem in words(text, stemmer)]
    rows = (found.starts.tolist(), found.ends.tolist(), found.numbers.tolist())
    assert list(zip(*rows, strict=True)) == slowly


def test_marks_of_several_texts() -> None:
    texts = [(text, ENGLISH) for text in TEXTS]
    assert marks(texts, {"knee", "pain"}) == [((36, 40), (64, 68)), (), (), ((18, 22), (23, 27))]
    assert marks(texts, ()) == [()] * 4
    assert marks([], {"knee"}) == []
    assert TEXTS[3][18:22] == "knee"


def test_each_part_holds_the_words_that_it_would_alone() -> None:
    spans = [
        [(0, 50), (51, 85), (0, 85)],
        [(0, 0)],
        [],
        # the first ends within a word and the second begins there
        [(0, 12), (6, 23), (23, 45), (0, 23)],
    ]
    spoken = SpokenWords(list(zip(TEXTS, spans, strict=True)))
    parts = [text[a:b] for text, held in zip(TEXTS, spans, strict=True) for a, b in held]
    for wanted in (("knee",), ("runner", "tape"), ("run",), ("it", "absent"), ("膝",), ()):
        held = [bool({stem for _, _, stem in words(part)} & set(wanted)) for part in parts]
        assert spoken.holding(wanted).tolist() == held
    assert spoken.holding(("run",)).any()
