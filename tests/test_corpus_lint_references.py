"""The printed list of references: how it is written, and reading it back."""

from __future__ import annotations

import pytest

from corpus.records import EvidenceNote, Reference
from corpus.references import (
    Entry,
    format_reference,
    parse_reference_list,
    read_entries,
    reference_section,
    references_of,
    shorten_authors,
)
from corpus.shipped import ROOT

LIST = """\
## References

1. One A, Two B. Is it so? A study. Knee J 46:658. 2016. doi:10.2519/knee.2016.1
2. Advice on knees. Health Board.
3. A B, C D, E F, G H, I J, K L, et al. Part 1. Names. Knee J. 2018.
4. NHS. Is this a clot? nhs.uk/clots.
"""
READ = (
    Reference(
        1, "One A, Two B", "Is it so? A study", "Knee J 46:658", "2016", "10.2519/knee.2016.1"
    ),
    Reference(2, "", "Advice on knees", "Health Board"),
    Reference(3, "A B, C D, E F, G H, I J, K L, et al.", "Part 1. Names", "Knee J", "2018"),
    Reference(4, "NHS", "Is this a clot?", "nhs.uk/clots"),
)


def test_a_list_is_read() -> None:
    assert parse_reference_list(LIST) == READ


def test_what_was_read_is_written_the_same() -> None:
    assert reference_section(READ) == LIST


def test_no_references_make_no_section() -> None:
    assert reference_section(()) == ""
    assert parse_reference_list("") == ()
    assert parse_reference_list("Some words.\n\n- a list\n") == ()


@pytest.mark.parametrize(
    ("authors", "short"),
    [
        ("", ""),
        ("One A", "One A"),
        ("A, B, C, D, E, F", "A, B, C, D, E, F"),
        ("A, B, C, D, E, F, G", "A, B, C, D, E, F, et al."),
        ("Lenhart RL et al.", "Lenhart RL, et al."),
        ("A, B, C et al", "A, B, C, et al."),
        ("A, B, C, D, E, F, et al.", "A, B, C, D, E, F, et al."),
    ],
)
def test_authors_are_cut_after_the_sixth(authors: str, short: str) -> None:
    assert shorten_authors(authors) == short
    assert shorten_authors(short) == short


def test_an_unverified_doi_is_not_printed() -> None:
    fields = {"title": "T", "journal": "J", "doi": "10.1000/x", "kind": "trial"}
    assert format_reference(Entry("k", "f", fields).reference(1)) == "T. J. doi:10.1000/x"
    unsure = Entry("k", "f", {**fields, "doi_unverified": "true"})
    assert format_reference(unsure.reference(1)) == "T. J."


def test_kinds_come_from_the_evidence_where_it_agrees() -> None:
    evidence = (
        EvidenceNote("a", "trial", (1, 2)),
        EvidenceNote("b", "cohort", (2,)),
        EvidenceNote("c", "trial", (1,)),
    )
    found = references_of(f"## Words\n\n1. Not. A. Reference.\n\n{LIST}", evidence)
    assert [(r.number, r.kind) for r in found] == [
        (1, "trial"),
        (2, "unknown"),
        (3, "unknown"),
        (4, "unknown"),
    ]


def test_every_shipped_reference_is_read_back() -> None:
    for entry in read_entries(ROOT):
        made = entry.reference(1)
        (read,) = parse_reference_list(reference_section([made]))
        assert (read.authors, read.title) == (made.authors, made.title), entry.key
        assert (read.journal, read.year, read.doi) == (made.journal, made.year, made.doi)
