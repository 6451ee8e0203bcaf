"""Which tokens of a question tell what it asks."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np

from index.embed import Encoder, Explaining, Vectors
from index.lexical import words

COMMON = 1 / 3
"""A word that tells less than this (``idf``, 0 to 1) stands all over the library: it names what the
whole library is about, and not what is asked of it."""


@dataclass(frozen=True, slots=True)
class Focus:
    """Weights of a question's tokens; each sums to 1, shape (tokens,)."""

    content: Vectors
    """Its content words, each by how much it tells."""
    telling: Vectors
    """All tokens alike but those of words that stand all over the library."""


def focus(
    question: str,
    tokens: int,
    *,
    stems: Collection[str],
    idf: Callable[[str], float],
    encoder: Encoder,
) -> Focus:
    """Weigh the ``tokens`` that the encoder makes of a question; ``stems`` are its content words.

    All alike where the encoder does not tell which token stands where, or nothing would be left.
    """
    even = np.full(tokens, 1 / tokens, np.float32)
    spans = encoder.token_spans(question) if isinstance(encoder, Explaining) else ()
    if len(spans) != tokens:
        return Focus(even, even)
    content = np.zeros(tokens, np.float32)
    telling = np.ones(tokens, np.float32)
    for start, end, stem in words(question):
        if stem not in stems:
            continue
        held = [i for i, (a, b) in enumerate(spans) if a < end and start < b]
        if not held:
            continue
        content[held] = idf(stem) / len(held)
        if idf(stem) < COMMON:
            telling[held] = 0
    return Focus(
        content / content.sum() if content.any() else even,
        telling / telling.sum() if np.count_nonzero(telling) > 1 else even,
    )
