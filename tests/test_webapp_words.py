"""Dates, kinds and the sentences of snippets."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.webapp_fake import TAPING, hit_of, make_source
from webapp.present import citation
from webapp.settings import WebSettings
from webapp.snippets import Snippet, snippet
from webapp.words import (
    date_words,
    format_words,
    kind_words,
    moment_words,
    overdue,
    page_words,
    plain,
    plural,
)


@pytest.mark.parametrize(
    ("iso", "words"),
    [
        ("2026-11-24", "24 November 2026"),
        ("2026-01", "January 2026"),
        ("1998", "1998"),
        ("", ""),
        ("spring 1998", "spring 1998"),
        ("2026-13", "2026-13"),
    ],
)
def test_dates_in_words(iso: str, words: str) -> None:
    assert date_words(iso) == words


@pytest.mark.parametrize(
    ("next_review", "late"),
    [
        ("2026-11-23", True),
        ("2026-11-24", False),
        ("2026-10", True),
        ("2026-11", False),
        ("2025", True),
        ("2026", False),
        ("", False),
        ("soon", False),
    ],
)
def test_overdue_once_the_whole_period_has_passed(next_review: str, late: bool) -> None:
    assert overdue(next_review, date(2026, 11, 24)) is late


def test_other_words() -> None:
    assert moment_words("2026-11-24T03:21:09+00:00") == "24 November 2026, 03:21 UTC"
    assert moment_words("yesterday") == "yesterday"
    assert kind_words("trial") == "Clinical trial"
    assert kind_words("hearsay") == "Kind of evidence not stated"
    assert [format_words(n) for n in ("pdf", "html", "rtf", "notebook")] == [
        "PDF", "Web page", "RTF", "Notebook",
    ]  # fmt: skip
    assert (page_words(3, ""), page_words(3, "iii"), page_words(None, "")) == (
        "Page 3", "Page iii", "",
    )  # fmt: skip
    assert (plural(1, "source"), plural(1200, "source"), plural(2, "answer")) == (
        "1 source", "1,200 sources", "2 answers",
    )  # fmt: skip
    assert plain("a\u202eb\x00c\nd") == "abcd"
    assert WebSettings().today() >= date(2026, 1, 1)


def test_citation_without_section_or_publisher() -> None:
    from tests.webapp_fake import ANSWERED

    bare = replace(ANSWERED.quotes[3], document=make_source("x", []).document)
    assert citation(bare) == "articles/x.md."


def _long(sentences: list[str], mark: str) -> Snippet:
    words = " ".join(sentences)
    source = make_source("long", [("paragraph", words)])
    return snippet(hit_of(source, words, mark=mark))


def _text(made: Snippet) -> str:
    return "".join(run.text for run in made.runs)


def test_short_passage_is_shown_whole() -> None:
    made = snippet(hit_of(TAPING, "Taping often eases pain at once [1]."))
    assert (_text(made), made.before, made.after) == (
        "Taping often eases pain at once [1].",
        False,
        False,
    )


def test_long_passage_is_cut_to_whole_sentences_with_most_matches() -> None:
    filler = ["The knee bends and the foot lands and the runner goes on."] * 8
    made = _long([*filler, "Ice may numb the pain.", "Ice does not heal it.", *filler], "ice")
    assert made.before
    assert made.after
    assert _text(made).count("Ice") == 2
    assert _text(made).strip().endswith(".")
    assert len(_text(made)) <= 345


def test_endless_sentence_is_cut_at_words() -> None:
    made = _long(["knee " * 200 + "ice " + "foot " * 200 + "end."], "ice")
    assert " ice " in _text(made)
    assert set(_text(made).split()) == {"knee", "ice", "foot"}
    assert len(_text(made)) <= 341


def test_endless_word_is_cut_too() -> None:
    made = _long(["x" * 2000], "zzz")
    assert len(_text(made)) == 340
