"""Front matter: every field, and every way in which it may be wrong."""

from __future__ import annotations

import pytest

from corpus.records import EvidenceNote, RedFlagSection, Reference
from ingest.formats.front_matter import split_front_matter
from ingest.metadata import iso_date
from tests.ingest_helpers import read_text

FULL = """\
---
title: Why sitting hurts   # a comment
summary: One sentence.
kind: patient-information
topics: [sitting, causes]
audience: runners, adults
applies_to:
  - runner's knee
region: any
published: 2026-11-24
reviewed: November 2026
next_review: 2027
authors: [Patella editors, Jane Doe]
publisher: Patella
reviewer: Not reviewed by a clinician
licence: CC BY 4.0
lang: en-GB
url: https://example.org/sitting
related: [stairs]
unknown_key: {a: 1}
references:
  - {authors: [Smith J, Doe A], title: Knee, journal: BMJ, year: 2019, doi: 10.1/x, kind: trial}
  - smith2019
  - {title: Another}
evidence:
  - {about: how common it is, kind: cohort, refs: [1, 2]}
  - {about: what helps, kind: trial, refs: 3}
red_flags:
  - {heading: When to get help, level: see_clinician}
---
## When to get help

See a doctor.
"""


def test_every_field() -> None:
    extract = read_text(FULL, "a.md")
    meta = extract.metadata
    assert extract.warnings == ()
    assert (meta.title, meta.summary, meta.kind) == (
        "Why sitting hurts",
        "One sentence.",
        "patient-information",
    )
    assert (meta.topics, meta.audience) == (("sitting", "causes"), ("runners", "adults"))
    assert (meta.applies_to, meta.region, meta.related) == (("runner's knee",), "any", ("stairs",))
    assert (meta.published, meta.reviewed, meta.next_review) == ("2026-11-24", "2026-11", "2027")
    assert (meta.authors, meta.publisher) == (("Patella editors", "Jane Doe"), "Patella")
    assert (meta.reviewer, meta.licence) == ("Not reviewed by a clinician", "CC BY 4.0")
    assert (meta.language, meta.url) == ("en-GB", "https://example.org/sitting")
    assert meta.references == (
        Reference(1, "Smith J; Doe A", "Knee", "BMJ", "2019", "10.1/x", "trial"),
        Reference(3, "", "Another"),
    )
    assert meta.evidence == (
        EvidenceNote("how common it is", "cohort", (1, 2)),
        EvidenceNote("what helps", "trial", (3,)),
    )
    assert meta.red_flags == (RedFlagSection("When to get help", "see_clinician"),)


def test_values_stay_as_they_are_written() -> None:
    meta = read_text("---\ntitle: 1.10\nregion: no\npublisher: ~\n---\nText.", "a.md").metadata
    assert (meta.title, meta.region, meta.publisher) == ("1.10", "no", "")


@pytest.mark.parametrize(
    ("line", "warning"),
    [
        ("title: [a, b]", "title should be text and is ignored"),
        ("published: soon", "published is no date that can be read"),
        ("published: 2026-13-45", "published is no date that can be read"),
        ("kind: rumour", "kind names no known kind of evidence (rumour)"),
        ("topics: {a: b}", "topics should be a list and is ignored"),
        ("topics: [a, [b]]", "topics has entries that are not text"),
        ("url: 'javascript:alert(1)'", "url is no web address"),
        ("references: {a: b}", "references should be a list and is ignored"),
        ("references: [[a]]", "references entry 1 is neither a key nor a mapping"),
        ("evidence: [x]", "evidence has an entry that does not say what it is about"),
        ("red_flags: [{heading: H, level: now}]", "red_flags has an entry without a heading"),
        (
            "red_flags: [{heading: H, level: emergency}]",
            'red_flags names no heading of the text: "H"',
        ),
    ],
)
def test_a_field_that_is_wrong_is_told(line: str, warning: str) -> None:
    extract = read_text(f"---\n{line}\n---\nThe text.", "a.md")
    assert len(extract.warnings) == 1
    assert warning in extract.warnings[0]
    assert extract.text == "The text."


def test_malformed_yaml_is_told_with_its_line() -> None:
    extract = read_text("---\ntitle: T\ntopics: [a\n---\nThe text.", "a.md")
    assert extract.text == "The text."
    assert extract.warnings[0].startswith("The front matter could not be read: line ")


@pytest.mark.parametrize(
    "source", ["key: " + "[" * 5000, "? {a: b}\n: c\nkey: 1", "a: \t\x01b", "k: *nowhere"]
)
def test_odd_yaml_is_told(source: str) -> None:
    extract = read_text(f"---\n{source}\n---\nThe text.", "a.md")
    assert extract.text == "The text."
    assert extract.warnings[0].startswith("The front matter could not be read")


def test_front_matter_that_is_not_closed_is_read_as_text() -> None:
    extract = read_text("---\ntitle: T\n\nThe text.", "a.md")
    assert "The text." in extract.text
    assert extract.warnings == ("The front matter is not closed and was read as text.",)


def test_rules_are_no_front_matter() -> None:
    for source in ("---\n\nThe text.", "---\nJust words.\n---\nThe text.", "----\nThe text."):
        extract = read_text(source, "a.md")
        assert extract.text.endswith("The text.")
        assert extract.warnings == ()
    assert read_text("---\nJust words.\n---\nThe text.", "a.md").text.startswith("Just words.")


def test_empty_and_huge_front_matter() -> None:
    assert split_front_matter("---\n---\nText") == ({}, "\nText", ())
    fields, body, warnings = split_front_matter("---\na: " + "b" * 300_000 + "\n---\nText")
    assert (fields, body) == ({}, "\nText")
    assert warnings == ("The front matter is too long and was left out.",)


@pytest.mark.parametrize(
    ("words", "date"),
    [
        ("2026", "2026"), ("2026-3", "2026-03"), ("2026-03-04T10:00:00Z", "2026-03-04"),
        ("4 March 2026", "2026-03-04"), ("March 4, 2026", "2026-03-04"), ("Mar 2026", "2026-03"),
        ("04/03/2026", "2026-03-04"), ("2026/03/04", "2026-03-04"), ("", ""), ("2026-02-30", ""),
    ],
)  # fmt: skip
def test_dates(words: str, date: str) -> None:
    assert iso_date(words) == date
