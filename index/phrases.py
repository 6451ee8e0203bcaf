"""Phrases: words in double quotes, which a passage must hold in that order."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from index.lexical import words
from index.search import Index, Within
from index.stemmers import ENGLISH, Stemmer

MOST_CHECKED = 20_000
"""Passages with all of a phrase's words whose text is read; BM25 tells which where there are more."""

_QUOTED = re.compile(r'"([^"]*)"|“([^“”"]*)”|„([^„“”"]*)[“”]|«([^«»]*)»')
_MARKS = re.compile(r'["“”„«»]')

Texts = Callable[[Sequence[int]], Iterable[tuple[int, str]]]
"""Gives id and text of the passages named."""


@dataclass(frozen=True, slots=True)
class Query:
    """A question in its parts: its words without quotation marks, and what stood between them."""

    text: str
    phrases: tuple[str, ...] = ()


def read_query(question: str) -> Query:
    """Take a question apart. Marks that are unbalanced, or hold no word, are plain text."""
    phrases: dict[str, None] = {}

    def take(match: re.Match[str]) -> str:
        inside = next((group for group in match.groups() if group is not None), "")
        if not any(stem for _, _, stem in words(inside)):
            return match.group()
        phrases[" ".join(inside.split())] = None
        return f" {inside} "

    text = " ".join(_QUOTED.sub(take, question).split())
    return Query(re.sub(r"\s+([?!.,;:])", r"\1", text) if phrases else question, tuple(phrases))


def phrase_spans(text: str, phrase: str, stemmer: Stemmer = ENGLISH) -> list[tuple[int, int]]:
    """Return where in ``text`` the words of ``phrase`` stand in order."""
    wanted = [stem for _, _, stem in words(phrase, stemmer) if stem]
    found = [one for one in words(text, stemmer) if one[2]]
    span = len(wanted)
    return [
        (found[i][0], found[i + span - 1][1])
        for i in range(len(found) - span + 1)
        if wanted and [stem for _, _, stem in found[i : i + span]] == wanted
    ]


def passages_with(
    phrases: Sequence[str], searcher: Index, texts: Texts, *, within: Within | None = None
) -> tuple[list[int], tuple[str, ...]]:
    """Return the passages that hold every phrase, and the phrases that no passage holds.

    ``within`` keeps the search to its passages.
    """
    together: set[int] | None = None
    missing = []
    for phrase in phrases:
        found: set[int] = set()
        for stemmer in searcher.lexical.stemmers:
            stems = [stem for _, _, stem in words(phrase, stemmer) if stem]
            held = searcher.holding(stems, MOST_CHECKED, within)
            found |= {i for i, text in texts(held) if phrase_spans(text, phrase, stemmer)}
        if not found:
            missing.append(phrase)
        together = found if together is None else together & found
    return sorted(together or ()), tuple(missing)
