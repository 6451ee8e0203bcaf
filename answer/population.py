"""Whom advice applies to: what is for others than the usual readers must not answer them silently."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from corpus.records import Document
from index.lexical import words

USUAL_SHARE = 0.5
"""A value of ``applies_to`` is usual where this share of the documents carries it."""


def usual(counts: Mapping[str, int], documents: int) -> frozenset[str]:
    """Return the populations and conditions that most of a library's documents are for.

    ``counts`` is how many documents carry each.
    """
    return frozenset(v for v, n in counts.items() if n >= USUAL_SHARE * documents)


def about(document: Document, usual_values: frozenset[str]) -> tuple[str, ...]:
    """Return whom or what a document is about, if it carries none of the usual values or lacks some.

    Empty for a document like most of the library, and for one that does not say.
    """
    values = document.metadata.applies_to
    if not values or not usual_values or usual_values <= set(values):
        return ()
    return tuple(value for value in values if value not in usual_values)


def strangeness(document: Document, stems: Collection[str], usual_values: frozenset[str]) -> float:
    """Return how far a document is from the usual readers, 0 to 2.

    It is the share of the usual values that the document does not carry, twice that where the question
    (its ``stems``) names one of them: "how long does runner's knee last" is not asked of a knee
    replacement. 0 for a document that does not say whom it is for, and where the question names what
    is particular about it.
    """
    values = set(document.metadata.applies_to)
    if not values or not usual_values:
        return 0.0
    particular = {stem for value in values - usual_values for _, _, stem in words(value)}
    particular -= {stem for value in usual_values for _, _, stem in words(value)}
    if particular & set(stems):
        return 0.0
    lacking = usual_values - values
    asked = set(stems)
    named = any({stem for _, _, stem in words(value)} <= asked for value in lacking)
    return (2 if named else 1) * len(lacking) / len(usual_values)
