"""Fusing dense and lexical scores into one order."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from corpus.records import Scored
from index.vectors import DenseHit

DENSE_WEIGHT = 0.6
"""The dense share of the convex combination, scores min-max normalised over the candidates."""


def convex(
    dense: Iterable[DenseHit], lexical: dict[int, float], *, weight: float = DENSE_WEIGHT
) -> list[Scored]:
    """Order passages by ``weight`` × dense + (1 - ``weight``) × lexical, best first.

    Every candidate has its exact dense score; one without a lexical score holds none of the
    question's words, and counts as 0. Each list is scaled to [0, 1] over the candidates.
    """
    found = list(dense)
    if not found:
        return []
    ids, scores, cosines, questions = zip(*found, strict=True)
    dense_scores = np.array(scores)
    low, high = dense_scores.min(), dense_scores.max()
    spread = (high - low) or 1.0
    top = max(lexical.values(), default=0.0) or 1.0
    words = [lexical.get(one, 0.0) for one in ids]
    fused = weight * (dense_scores - low) / spread + (1 - weight) * np.array(words) / top
    scored = map(Scored, ids, fused.tolist(), cosines, words, questions)
    return sorted(scored, key=lambda s: (-s.score, s.passage_id))
