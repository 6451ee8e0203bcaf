"""The check of the shipped library: findings about its articles and references, and the mending.

``lint`` looks and changes nothing; ``fix`` writes each article's ``## References``.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from corpus.article import Article, read_articles
from corpus.lint_front_matter import check_front_matter
from corpus.lint_references import check_citations, check_entries, check_section, listed
from corpus.lint_repeats import check_repeats
from corpus.lint_rules import Finding, Library
from corpus.readability import count_words, grade
from corpus.references import Entry, read_entries, reference_section

FEWEST_WORDS, MOST_WORDS = 400, 1200
HARD_GRADE = 9.0
"""A Flesch-Kincaid grade above which an article is warned of."""
HIGHEST_MEDIAN = 8.0


@dataclass(frozen=True, slots=True)
class Measures:
    """How long an article is, and how hard to read (Flesch-Kincaid grade)."""

    slug: str
    words: int
    grade: float


@dataclass(frozen=True, slots=True)
class LintReport:
    """All findings about a library, by file and line, and the measures of each article."""

    findings: tuple[Finding, ...]
    measures: tuple[Measures, ...]

    @property
    def faults(self) -> tuple[Finding, ...]:
        """The findings that must be mended; the others are warnings."""
        return tuple(finding for finding in self.findings if finding.level == "fault")

    @property
    def median_grade(self) -> float:
        return statistics.median(each.grade for each in self.measures)


def read_library(folder: Path) -> Library:
    """Read a library's articles and references. Raises UsageError if there is none."""
    return Library(folder, read_articles(folder), read_entries(folder))


def lint(folder: Path) -> LintReport:
    """Check the library in ``folder``. Raises UsageError if there is none."""
    library = read_library(folder)
    measures = tuple(_measure(article) for article in library.articles)
    findings = sorted({*_findings(library), *_check_measures(library, measures)})
    return LintReport(tuple(findings), measures)


def _measure(article: Article) -> Measures:
    return Measures(article.slug, count_words(article.parts), round(grade(article.parts), 1))


def _findings(library: Library) -> Iterator[Finding]:
    yield from check_entries(library)
    yield from check_repeats(library)
    for article in library.articles:
        if article.fault:
            yield library.finding(article, 1, "front-matter", article.fault)
            continue
        yield from check_front_matter(library, article)
        yield from check_citations(library, article)
        yield from check_section(library, article)
        yield from _check_headings(library, article)


def _check_headings(library: Library, article: Article) -> Iterator[Finding]:
    for part in article.parts:
        if part.kind == "heading" and part.level == 1:
            message = "the title is the only heading of level one: write ## in the body"
            yield library.finding(article, part.line, "heading-level", message)


def _check_measures(library: Library, measures: tuple[Measures, ...]) -> Iterator[Finding]:
    for article, found in zip(library.articles, measures, strict=True):
        if not FEWEST_WORDS <= found.words <= MOST_WORDS:
            message = f"{found.words} words; an article has {FEWEST_WORDS} to {MOST_WORDS:,}"
            yield library.finding(article, article.body_line, "length", message)
        if found.grade > HARD_GRADE:
            message = f"reading grade {found.grade}; aim at 6 to 7, at most {HARD_GRADE:.0f}"
            yield library.finding(article, article.body_line, "grade", message, level="warning")
    median = statistics.median(found.grade for found in measures)
    if median > HIGHEST_MEDIAN:
        message = f"the median reading grade is {median:.1f}; at most {HIGHEST_MEDIAN:.0f}"
        yield Finding("articles", 0, "median-grade", message)


def fix(folder: Path) -> tuple[Path, ...]:
    """Write each article's ``## References`` from its keys; return the files that were changed.

    An article whose front matter is broken, or that names an unknown key, is left as it is.
    """
    library = read_library(folder)
    changed = []
    for article in library.articles:
        made = mended(article, library.by_key)
        if made is not None and made != article.path.read_text(encoding="utf-8"):
            _write(article.path, made)
            changed.append(article.path)
    return tuple(changed)


def mended(article: Article, entries: dict[str, Entry]) -> str | None:
    """Return the article's whole source with the right section; None if its keys do not tell."""
    references = listed(article, entries)
    if article.fault or references is None:
        return None
    section = reference_section(references)
    body = article.body.rstrip()
    return article.head + body + "\n" + (f"\n{section}" if section else "")


def _write(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(text, encoding="utf-8", newline="\n")
    os.replace(beside, path)  # noqa: PTH105
