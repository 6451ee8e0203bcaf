"""Which tokens of a question tell what it asks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from answer.focus import focus
from index.embed import HashEncoder, Vectors
from index.lexical import content_stems


def idf(stem: str) -> float:
    return {"knee": 0.2, "runner": 0.3}.get(stem, 0.8)


def weighed(question: str, encoder=None):
    encoder = encoder or HashEncoder()
    tokens = len(encoder.encode_tokens([question])[0])
    return focus(question, tokens, stems=content_stems(question), idf=idf, encoder=encoder)


def test_content_words_by_how_much_they_tell() -> None:
    found = weighed("can my knee swim")
    assert found.content.tolist() == pytest.approx([0, 0, 0.2, 0.8])
    assert found.telling.tolist() == pytest.approx([1 / 3, 1 / 3, 0, 1 / 3])


def test_a_question_of_the_librarys_own_words_alone_is_taken_whole() -> None:
    found = weighed("runner knee")
    assert found.telling.tolist() == pytest.approx([0.5, 0.5])
    assert found.content.tolist() == pytest.approx([0.6, 0.4])


def test_the_pieces_of_a_word_share_its_weight(encoder) -> None:
    question = "does naproxen help"
    spans = encoder.token_spans(question)
    assert len(spans) == len(encoder.encode_tokens([question])[0])
    pieces = [i for i, (a, b) in enumerate(spans) if a >= 5 and b <= 13]
    assert len(pieces) > 1
    content = weighed(question, encoder).content
    assert content[pieces].tolist() == pytest.approx([0.5 / len(pieces)] * len(pieces))


class Silent:
    """An encoder that does not tell where its tokens stand."""

    identity, dimension, limit = "silent", 4, 16

    def encode(self, texts: Sequence[str], *, progress=None) -> Vectors:
        return np.ones((len(texts), 4), np.float32)

    def encode_tokens(self, texts: Sequence[str]) -> list[Vectors]:
        return [np.ones((len(text.split()), 4), np.float32) for text in texts]


def test_all_tokens_count_alike_where_their_places_are_not_known() -> None:
    found = weighed("can my knee swim", Silent())
    assert found.content.tolist() == found.telling.tolist() == [0.25] * 4
