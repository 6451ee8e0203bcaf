"""Checks of references: the editors' entries, the marks in the text, and the printed section."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import zip_longest

from corpus.article import Article
from corpus.lint_rules import EVIDENCE, Finding, Library
from corpus.records import Reference
from corpus.references import (
    DOI,
    FIELDS,
    SEEN,
    Entry,
    format_reference,
    parse_reference_list,
    reference_section,
)

# What editors write beside a value for themselves: (M), (rest M), (title M; abstract seen).
_NOTE = re.compile(r"\([^()]*\b(?:M|seen|unverified)\b[^()]*\)|†")


def listed(article: Article, entries: dict[str, Entry]) -> tuple[Reference, ...] | None:
    """Return an article's references in full, or None if a key is not known."""
    keys = article.texts("references")
    if any(key not in entries for key in keys):
        return None
    return tuple(entries[key].reference(number) for number, key in enumerate(keys, start=1))


def check_citations(library: Library, article: Article) -> Iterator[Finding]:
    """Give keys that are unknown or twice, marks without a reference, and references without a mark."""
    keys, line = article.texts("references"), article.field_line("references")
    entries = library.by_key
    for key in keys:
        if key not in entries:
            yield library.finding(article, line, "reference-unknown", f"there is no entry {key}")
        elif keys.count(key) > 1:
            yield library.finding(article, line, "reference-twice", f"{key} is named twice")
    cited = article.citations()
    for number, place in cited.items():
        if not 1 <= number <= len(keys):
            message = f"[{number}] has no reference: there are {len(keys)}"
            yield library.finding(article, place, "citation", message)
    for number, key in enumerate(keys, start=1):
        if number not in cited:
            yield library.finding(article, line, "uncited", f"[{number}] {key} is never cited")


def check_section(library: Library, article: Article) -> Iterator[Finding]:
    """Give where the printed list is not what the keys say."""
    references = listed(article, library.by_key)
    if references is None:
        return
    wanted, found = reference_section(references), article.section
    if wanted.rstrip() == found.rstrip():
        return
    rule, line = "reference-section", article.section_line
    if not found:
        message = "## References is missing: write it with patella lint --fix"
        yield library.finding(article, line, rule, message)
        return
    pairs = zip_longest(wanted.splitlines(), found.splitlines(), fillvalue="")
    offset = next(n for n, (left, right) in enumerate(pairs) if left != right)
    message = "the list is not what the keys give: write it with patella lint --fix"
    yield library.finding(article, line + offset, rule, message)


def check_entries(library: Library) -> Iterator[Finding]:
    """Give what is wrong with ``references/*.yaml``."""
    places: dict[str, Entry] = {}
    papers: dict[str, Entry] = {}
    for entry in library.entries:
        for message in (*_entry(entry), *_form(entry)):
            yield _finding(entry, "reference-entry", message)
        if entry.key in places:
            yield _finding(entry, "reference-key", f"also in {places[entry.key].file}")
        places.setdefault(entry.key, entry)
        for mark in _marks(entry):
            other = papers.setdefault(mark, entry)
            if other.key != entry.key:
                yield _finding(entry, "reference-same", f"the same paper as {other.key}")
                break


def _finding(entry: Entry, rule: str, message: str) -> Finding:
    return Finding(f"references/{entry.file}", 0, rule, f"{entry.key}: {message}")


def _marks(entry: Entry) -> Iterator[str]:
    """Give what tells that two entries are one paper: its DOI, its title."""
    if doi := entry.fields.get("doi"):
        yield f"doi {doi.lower()}"
    title = re.sub(r"[^a-z0-9]+", " ", entry.fields.get("title", "").lower()).strip()
    yield f"title {title} {entry.fields.get('year')}"


def _entry(entry: Entry) -> Iterator[str]:
    fields = entry.fields
    for key in fields:
        if key not in FIELDS:
            yield f"{key} is no field of the editor's guide"
    for key in ("title", "journal"):
        if not fields.get(key):
            yield f"{key} is missing"
    for key in ("authors", "title", "journal"):
        if _NOTE.search(fields.get(key, "")):
            yield f"{key} holds an editor's note: {fields[key]}"
    if fields.get("kind") not in EVIDENCE:
        yield f"{fields.get('kind')} is no kind of evidence"
    if fields.get("seen") not in SEEN:
        yield f"seen must be one of {', '.join(SEEN)}"
    if not re.fullmatch(r"(?:\d{4})?", fields.get("year", "")):
        yield f"{fields['year']} is no year"
    if fields.get("doi") and not DOI.fullmatch(fields["doi"]):
        yield f"{fields['doi']} is no DOI"


def _form(entry: Entry) -> Iterator[str]:
    """Give whether the printed line can be read back as what it was made from."""
    reference = entry.reference(1)
    read = parse_reference_list(f"1. {format_reference(reference)}")
    if read != (replace(reference, kind="unknown"),):
        yield "what is printed could not be read back: a full stop in authors or journal?"
