"""Checks of an article's front matter against the editor's guide."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import get_args

from corpus.article import Article
from corpus.lint_rules import (
    AUDIENCES,
    EVIDENCE,
    KINDS,
    OPTIONAL,
    REQUIRED,
    REVIEWER,
    TOPICS,
    Finding,
    Library,
)
from corpus.records import SafetyLevel

LONGEST_TITLE = 60
LONGEST_SUMMARY = 200
MOST_TOPICS = 4
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LISTS = ("topics", "audience", "applies_to", "authors")
_TEXTS = tuple(key for key in REQUIRED if key not in _LISTS)


def check_front_matter(library: Library, article: Article) -> Iterator[Finding]:
    """Give what is wrong with the fields of one article."""
    for key, message in (
        *_fields(article),
        *_lengths(library, article),
        *_values(article),
        *_dates(article),
        *_evidence(library, article),
        *_red_flags(article),
        *_related(library, article),
    ):
        rule = key if key in ("slug", "field") else key.replace("_", "-")
        field = message.split(" ", 1)[0] if key == "field" else key
        yield library.finding(article, article.field_line(field), rule, message)


def _is_earlier(article: Article) -> bool:
    """Tell whether it is an example of earlier advice: dated by a year, and never reviewed again."""
    return article.text("kind") == "earlier-advice"


Fault = tuple[str, str]
"""The field at fault (it names the rule, too) and what is wrong."""


def _fields(article: Article) -> Iterator[Fault]:
    for key in REQUIRED:
        if key not in article.fields and not (key == "next_review" and _is_earlier(article)):
            yield "field", f"{key} is missing"
    for key in article.fields:
        if key not in REQUIRED and key not in OPTIONAL:
            yield "field", f"{key} is no field of the editor's guide"
    for key in _TEXTS:
        if key in article.fields and not article.text(key):
            yield "field", f"{key} must be text"
    for key in _LISTS:
        if key in article.fields and not article.texts(key):
            yield "field", f"{key} must be a list of text"
    for key in OPTIONAL:
        if key in article.fields and not isinstance(article.fields[key], list):
            yield "field", f"{key} must be a list"
    if not _SLUG.fullmatch(article.slug):
        yield "slug", "a file is named in lower case, with hyphens: why-sitting-hurts.md"


def _lengths(library: Library, article: Article) -> Iterator[Fault]:
    title = article.text("title")
    if len(title) >= LONGEST_TITLE:
        yield "title", f"the title has {len(title)} characters; under {LONGEST_TITLE} are wanted"
    for other in library.articles:
        if title and other is not article and other.text("title").lower() == title.lower():
            yield "title", f"{other.path.name} has the same title"
    summary = len(article.text("summary"))
    if summary > LONGEST_SUMMARY:
        yield "summary", f"the summary has {summary} characters; at most {LONGEST_SUMMARY}"


def _values(article: Article) -> Iterator[Fault]:
    if article.text("kind") not in (*KINDS, ""):
        yield "kind", f"{article.text('kind')} is not one of {', '.join(KINDS)}"
    for key, allowed in (("topics", TOPICS), ("audience", AUDIENCES)):
        for word in article.texts(key):
            if word not in allowed:
                yield key, f"{word} is not in the editor's guide"
        if len(set(article.texts(key))) < len(article.texts(key)):
            yield key, "something is named twice"
    if len(article.texts("topics")) > MOST_TOPICS:
        yield "topics", f"{len(article.texts('topics'))} topics; at most {MOST_TOPICS}"
    if article.text("reviewer") not in (REVIEWER, ""):
        yield "reviewer", f"must say: {REVIEWER}"


def _dates(article: Article) -> Iterator[Fault]:
    found: dict[str, date] = {}
    for key in ("published", "reviewed", "next_review"):
        words = article.text(key)
        if _is_earlier(article) and re.fullmatch(r"\d{4}", words):
            words += "-01-01"
        try:
            found[key] = date.fromisoformat(words)
        except ValueError:
            if words:
                yield key, f"{words} is no date such as 2026-11-24"
    published, reviewed, following = map(found.get, ("published", "reviewed", "next_review"))
    if published and reviewed and reviewed < published:
        yield "reviewed", "reviewed before it was published"
    if reviewed and following and following <= reviewed:
        yield "next_review", "the next review must be later than the last"


def _evidence(library: Library, article: Article) -> Iterator[Fault]:
    keys, notes = article.texts("references"), article.mappings("evidence")
    if keys and not notes and not _is_earlier(article):
        yield "evidence", "no group of claims says what kind of evidence it has"
    for note in notes:
        about = str(note.get("about", "")).strip()
        refs = note.get("refs")
        words = [str(number) for number in (refs if isinstance(refs, list) else [refs])]
        numbers = [int(word) for word in words if word.isdigit() and 1 <= int(word) <= len(keys)]
        if not about:
            yield "evidence", "an entry does not say what it is about"
        if note.get("kind") not in EVIDENCE:
            yield "evidence", f"{about}: {note.get('kind')} is no kind of evidence"
        if len(numbers) < len(words):
            yield "evidence", f"{about}: there is no reference {', '.join(words)}"
        kinds = {
            library.by_key[key].fields.get("kind")
            for key in (keys[number - 1] for number in numbers)
            if key in library.by_key
        }
        if kinds and note.get("kind") not in kinds:
            yield "evidence", f"{about}: none of its references is a {note.get('kind')}"


def _red_flags(article: Article) -> Iterator[Fault]:
    headings = {part.text for part in article.parts if part.kind == "heading"}
    levels = get_args(SafetyLevel)
    for flag in article.mappings("red_flags"):
        heading = str(flag.get("heading", ""))
        if heading not in headings:
            yield "red_flags", f'there is no heading "{heading}"'
        if flag.get("level") not in levels:
            yield "red_flags", f"{flag.get('level')} is not one of {', '.join(levels)}"


def _related(library: Library, article: Article) -> Iterator[Fault]:
    slugs = {other.slug for other in library.articles}
    for slug in article.texts("related"):
        if slug == article.slug:
            yield "related", "an article is not related to itself"
        elif slug not in slugs:
            yield "related", f"there is no article {slug}"
    if len(set(article.texts("related"))) < len(article.texts("related")):
        yield "related", "something is named twice"
