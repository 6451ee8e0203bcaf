"""The report on the shipped library: what it holds, in numbers, as Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

from corpus.article import Article
from corpus.judged import Question, read_questions, read_safety_questions
from corpus.lint import LintReport
from corpus.lint_rules import Library
from corpus.records import EVIDENCE_KINDS

_HEAD = """# The shipped library in numbers

Made on {made_on} by `patella lint --report docs/library.md`; do not edit it by hand. What the
numbers mean, and the rules that every article keeps, stand in the
[editor's guide](../corpus/library/README.md). Nothing here has been reviewed by a clinician.
"""


def make_report(library: Library, report: LintReport, *, made_on: date) -> str:
    """Return the report; the same library gives the same text, but for the date."""
    sections = (
        _HEAD.format(made_on=made_on.isoformat()),
        "\n".join(_summary(library, report)),
        "\n".join(_references(library)),
        "\n".join(_questions(library.folder / "judged")),
        "\n".join(_articles(library, report)),
        "\n".join(_topics(library.articles)),
    )
    return "\n".join(sections)


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Give the lines of a table; every column but the first stands to the right."""
    yield "| " + " | ".join(heads) + " |"
    yield "|---|" + "--:|" * (len(heads) - 1)
    for row in rows:
        yield "| " + " | ".join(map(str, row)) + " |"
    yield ""


def _summary(library: Library, report: LintReport) -> Iterator[str]:
    words = sum(each.words for each in report.measures)
    grades = sorted(each.grade for each in report.measures)
    flagged = [article for article in library.articles if article.mappings("red_flags")]
    earlier = [a for a in library.articles if a.text("kind") == "earlier-advice"]
    handouts = sorted(
        path.name
        for path in (library.folder / "handouts").glob("*")
        if path.is_file() and not path.name.startswith(".")
    )
    yield "## Summary\n"
    yield f"- Articles: {len(library.articles)}, with {words:,} words"
    yield (
        f"- Reading grade (Flesch-Kincaid): median {report.median_grade:.1f}, "
        f"from {grades[0]:.1f} to {grades[-1]:.1f}"
    )
    yield f"- Articles with a section on when to get help, marked as such: {len(flagged)}"
    yield f"- Examples of earlier advice, marked as such: {len(earlier)}"
    yield f"- Handouts in other formats: {', '.join(handouts) or 'none'}"
    warnings = len(report.findings) - len(report.faults)
    yield f"- Findings of `patella lint`: {len(report.faults)} faults, {warnings} warnings"
    yield ""


def _references(library: Library) -> Iterator[str]:
    used = {key for article in library.articles for key in article.texts("references")}
    entries = [entry for entry in library.entries if entry.key in used]
    with_doi = sum(bool(entry.reference(1).doi) for entry in entries)
    kinds = Counter(entry.fields.get("kind", "unknown") for entry in entries)
    citing = Counter(
        library.by_key[key].fields.get("kind", "unknown")
        for article in library.articles
        for key in article.texts("references")
        if key in library.by_key
    )
    yield "## References by kind\n"
    yield (
        f"{len(entries)} sources are cited, {with_doi} of them with a DOI. Cited counts each "
        "article that names the source.\n"
    )
    rows = [(words, kinds[kind], citing[kind]) for kind, words in EVIDENCE_KINDS.items()]
    yield from _table(("Kind", "Sources", "Cited"), [row for row in rows if row[1]])


def _questions(folder: Path) -> Iterator[str]:
    yield "## Judged questions by kind\n"
    if not (folder / "questions.jsonl").is_file():
        yield "There are no judged questions yet.\n"
        return
    questions = read_questions(folder)
    yield f"{len(questions)} questions.\n"
    yield from _count("Expected", questions, [question.expected for question in questions])
    yield from _count("Style", questions, [question.style for question in questions])
    if (folder / "safety.jsonl").is_file():
        shown = Counter(
            question.must_show or "no card" for question in read_safety_questions(folder)
        )
        yield f"{shown.total()} more test the safety card, some of which must raise none.\n"
        yield from _table(("Must show", "Questions"), sorted(shown.items()))


def _count(head: str, questions: Sequence[Question], kinds: Sequence[str]) -> Iterator[str]:
    splits = sorted({question.split for question in questions}, reverse=True)
    found = Counter(zip(kinds, (question.split for question in questions), strict=True))
    rows = (
        (kind, *(found[kind, split] for split in splits), kinds.count(kind))
        for kind in sorted(set(kinds))
    )
    yield from _table((head, *splits, "all"), rows)


def _articles(library: Library, report: LintReport) -> Iterator[str]:
    yield "## Articles\n"
    yield from _table(
        ("Article", "Words", "Grade", "References", "Red-flag sections"),
        (
            (
                f"[{article.text('title')}](../corpus/library/articles/{article.path.name})",
                measures.words,
                f"{measures.grade:.1f}",
                len(article.texts("references")),
                len(article.mappings("red_flags")),
            )
            for article, measures in zip(library.articles, report.measures, strict=True)
        ),
    )


def _topics(articles: Sequence[Article]) -> Iterator[str]:
    """Give topics × articles: what each topic is treated in, the topics in order of the alphabet."""
    found: dict[str, list[str]] = {}
    for article in articles:
        for topic in article.texts("topics"):
            found.setdefault(topic, []).append(article.slug)
    yield "## Topics and articles\n"
    yield "| Topic | Number | Articles |"
    yield "|---|--:|---|"
    for topic, slugs in sorted(found.items()):
        yield f"| {topic} | {len(slugs)} | {', '.join(slugs)} |"
    yield ""
