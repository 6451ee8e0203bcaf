"""Fusing dense and lexical scores into one order."""

from __future__ import annotations

from collections.abc import Iterable

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
    low, high = min(h.score for h in found), max(h.score for h in found)
    spread = (high - low) or 1.0
    top = max(lexical.values(), default=0.0) or 1.0
    scored = [
        Scored(
            passage_id=h.passage_id,
            score=weight * (h.score - low) / spread
            + (1 - weight) * lexical.get(h.passage_id, 0.0) / top,
            dense=h.cosine,
            lexical=lexical.get(h.passage_id, 0.0),
            questions=h.questions,
        )
        for h in found
    ]
    return sorted(scored, key=lambda s: (-s.score, s.passage_id))
