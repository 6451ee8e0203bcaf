"""Checks for text that two articles share: whole paragraphs, and sentences that are nearly one."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from corpus.article import CITATION, Article
from corpus.lint_rules import Finding, Library
from corpus.readability import sentences

SHORTEST = {"paragraph": 6, "list_item": 12, "table_row": 12}
"""Words from which a piece may not be shared; a short line of a list or a table may."""
SHORTEST_SENTENCE = 8
NEAR = 0.7
"""The share of runs of three words that two sentences have in common, from which they are near."""
COMMON = 40
"""A run of three words found in more sentences than this tells nothing."""

Run = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Sentence:
    article: Article
    line: int
    text: str
    runs: frozenset[Run]


def normal(text: str) -> str:
    """Return the words of a text in lower case, without marks of references and punctuation."""
    return " ".join(re.findall(r"[a-z0-9]+", CITATION.sub("", text).lower().replace("’", "'")))


def check_repeats(library: Library) -> Iterator[Finding]:
    """Give paragraphs in two articles (faults), and sentences nearly the same (warnings)."""
    yield from _paragraphs(library)
    yield from _sentences(library)


def _paragraphs(library: Library) -> Iterator[Finding]:
    first: dict[str, Article] = {}
    for article in library.articles:
        for part in article.parts:
            words = normal(part.text)
            if part.kind == "heading" or words.count(" ") + 1 < SHORTEST[part.kind]:
                continue
            other = first.setdefault(words, article)
            if other is not article:
                message = f"also in {other.path.name}: {part.text[:60]}"
                yield library.finding(article, part.line, "paragraph-shared", message)


def _sentences(library: Library) -> Iterator[Finding]:
    found = list(_read(library))
    places: dict[Run, list[int]] = defaultdict(list)
    for number, sentence in enumerate(found):
        for run in sentence.runs:
            places[run].append(number)
    for number, sentence in enumerate(found):
        shared = Counter(
            other
            for run in sentence.runs
            if len(places[run]) <= COMMON
            for other in places[run]
            if other < number
        )
        for other, count in shared.most_common(1):
            before = found[other]
            share = count / len(sentence.runs | before.runs)
            if share >= NEAR and before.article is not sentence.article:
                message = f"near {before.article.path.name}:{before.line}: {sentence.text[:70]}"
                yield library.finding(
                    sentence.article, sentence.line, "sentence-near", message, level="warning"
                )


def _read(library: Library) -> Iterator[_Sentence]:
    for article in library.articles:
        for part in article.parts:
            if part.kind not in ("paragraph", "list_item"):
                continue
            for text in sentences(part.text):
                words = normal(text).split()
                if len(words) >= SHORTEST_SENTENCE:
                    runs = frozenset(zip(words, words[1:], words[2:], strict=False))
                    yield _Sentence(article, part.line, text, runs)
