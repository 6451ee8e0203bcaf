"""The check of the library: each rule on a small library."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from corpus.errors import UsageError
from corpus.lint import LintReport, fix, lint
from patella.cli import main

ENTRIES = """\
one2016:
  authors: One A, Two B
  title: 'Sitting and the knee: a study'
  journal: Knee J 46:658
  year: '2016'
  doi: 10.2519/knee.2016.1
  kind: cohort
  seen: abstract
three2018:
  authors: ''
  title: Advice on knees
  journal: Health Board
  year: ''
  doi: ''
  kind: guideline
  seen: second-hand
"""

FRONT = """\
---
title: Sitting and your knee
summary: Why long sitting hurts.
kind: patient-information
topics: [sitting, causes]
audience: [runners]
applies_to: [runner's knee]
region: any
published: 2026-11-24
reviewed: 2026-11-24
next_review: 2027-11-24
authors: [Patella editors]
publisher: Patella
reviewer: Not reviewed by a clinician
licence: CC BY 4.0
references: [one2016, three2018]
evidence:
  - {about: sitting, kind: cohort, refs: [1]}
red_flags:
  - {heading: When to get help, level: see_clinician}
related: []
---
"""
# 40 sentences of ten short made words, each word used once
MADE = [
    f"{first}{vowel}{last}"
    for first in "bdfglmnprt"
    for vowel in "aou"
    for last in "bdfgklmnprstvx"
]
FILLER = "\n\n".join(f"{' '.join(MADE[n : n + 10]).capitalize()}." for n in range(0, 400, 10))
BODY = f"""\
## Why sitting hurts

Sitting hurts some knees [1].

{FILLER}

## When to get help

See someone if the knee locks [2].
"""
REFERENCES = """
## References

1. One A, Two B. Sitting and the knee: a study. Knee J 46:658. 2016. doi:10.2519/knee.2016.1
2. Advice on knees. Health Board.
"""
ARTICLE = FRONT + BODY + REFERENCES

Make = Callable[..., Path]


@pytest.fixture
def library(tmp_path: Path) -> Make:
    """Make a library of articles, by name; one good article and good references by default."""

    def make(articles: dict[str, str] | None = None, entries: str = ENTRIES) -> Path:
        (tmp_path / "articles").mkdir()
        (tmp_path / "references").mkdir()
        for name, source in (articles or {"sitting.md": ARTICLE}).items():
            (tmp_path / "articles" / name).write_text(source, encoding="utf-8")
        (tmp_path / "references" / "core.yaml").write_text(entries, encoding="utf-8")
        return tmp_path

    return make


def rules(report: LintReport) -> list[tuple[str, str]]:
    return [(finding.rule, finding.message) for finding in report.findings]


def changed(old: str, new: str, source: str = ARTICLE) -> str:
    assert old in source
    return source.replace(old, new, 1)


def test_a_good_article_has_no_findings(library: Make) -> None:
    report = lint(library())
    assert rules(report) == []
    assert [(m.slug, m.words) for m in report.measures] == [("sitting", 417)]


@pytest.mark.parametrize(
    ("old", "new", "rule", "words", "line"),
    [
        ("publisher: Patella\n", "", "field", "publisher is missing", 1),
        ("next_review: 2027-11-24\n", "", "field", "next_review is missing", 1),
        ("region: any", "mood: good\nregion: any", "field", "mood is no field", 8),
        ("licence: CC BY 4.0", "licence:", "field", "licence must be text", 15),
        ("audience: [runners]", "audience: runners", "field", "audience must be a list", 6),
        ("related: []", "related: stairs", "field", "related must be a list", 21),
        ("kind: patient-information", "kind: blog", "kind", "blog is not one of", 4),
        ("[sitting, causes]", "[sitting, gossip]", "topics", "gossip is not in the", 5),
        ("[sitting, causes]", "[sitting, sitting]", "topics", "named twice", 5),
        (
            "[sitting, causes]",
            "[sitting, causes, stairs, hills, load]",
            "topics",
            "5 topics; at most 4",
            5,
        ),
        ("audience: [runners]", "audience: [cats]", "audience", "cats is not in", 6),
        ("reviewed: 2026-11-24", "reviewed: 24.11.2026", "reviewed", "is no date", 10),
        ("reviewed: 2026-11-24", "reviewed: 2026", "reviewed", "is no date", 10),
        ("reviewed: 2026-11-24", "reviewed: 2026-02-30", "reviewed", "is no date", 10),
        ("reviewed: 2026-11-24", "reviewed: 2025-11-24", "reviewed", "before it was", 10),
        ("2027-11-24", "2026-11-24", "next-review", "later than the last", 11),
        ("Sitting and your knee", "S" * 60, "title", "has 60 characters", 2),
        ("Why long sitting hurts.", "W" * 201, "summary", "has 201 characters", 3),
        ("Not reviewed by", "Reviewed by", "reviewer", "must say: Not reviewed", 14),
        ("related: []", "related: [stairs]", "related", "there is no article stairs", 21),
        ("related: []", "related: [sitting]", "related", "not related to itself", 21),
        ("refs: [1]", "refs: [3]", "evidence", "there is no reference 3", 17),
        ("refs: [1]", "refs: [2]", "evidence", "none of its references is a cohort", 17),
        ("kind: cohort", "kind: rumour", "evidence", "rumour is no kind", 17),
        ("about: sitting, ", "", "evidence", "does not say what it is about", 17),
        ("heading: When to get", "heading: How to get", "red-flags", "there is no heading", 19),
        ("level: see_clinician", "level: soon", "red-flags", "soon is not one of", 19),
        ("## Why sitting", "# Why sitting", "heading-level", "level one", 23),
        ("hurts some knees [1]", "hurts [1] knees [3]", "citation", "[3] has no reference", 25),
        ("hurts some knees [1]", "hurts some knees", "uncited", "[1] one2016 is never cited", 16),
        ("hurts some knees [1]", "hurts knees [1, 4]", "citation", "[4] has no reference", 25),
        ("one2016, three", "one1999, three", "reference-unknown", "no entry one1999", 16),
        ("doi:10.2519/knee.2016.1", "doi:10.2519/else", "reference-section", "--fix", 113),
        (REFERENCES, "", "reference-section", "is missing", 110),
        (FILLER, "", "length", "17 words", 23),
        (FILLER, f"{FILLER} {FILLER} {FILLER}", "length", "1217 words", 23),
    ],
)
def test_a_fault_is_found(
    library: Make, old: str, new: str, rule: str, words: str, line: int
) -> None:
    report = lint(library({"sitting.md": changed(old, new)}))
    found = [f for f in report.faults if f.rule == rule and words in f.message]
    assert [finding.line for finding in found] == [line], rules(report)
    assert found[0].file == "articles/sitting.md"


def test_a_marker_of_two_numbers_cites_both(library: Make) -> None:
    source = changed("the knee locks [2].", "the knee locks.", changed("knees [1]", "knees [1, 2]"))
    assert rules(lint(library({"sitting.md": source}))) == []


def test_front_matter_that_cannot_be_read_is_one_finding(library: Make) -> None:
    report = lint(library({"sitting.md": changed("topics: [sitting, causes]", "topics: [sitting")}))
    assert [finding.rule for finding in report.faults] == ["front-matter"]


def test_a_file_without_front_matter_is_found(library: Make) -> None:
    assert "does not begin with" in str(lint(library({"a.md": BODY})).faults[0])


def test_a_file_name_is_lower_case_with_hyphens(library: Make) -> None:
    assert [f.rule for f in lint(library({"Why_Sitting.md": ARTICLE})).faults] == ["slug"]


def test_titles_and_paragraphs_are_not_shared(library: Make) -> None:
    report = lint(library({"sitting.md": ARTICLE, "stairs.md": ARTICLE}))
    found = {finding.rule for finding in report.faults}
    assert found == {"title", "paragraph-shared"}
    assert "stairs.md" in next(f.file for f in report.faults if f.rule == "paragraph-shared")


def test_a_near_sentence_is_a_warning(library: Make) -> None:
    first = changed(
        "Sitting hurts some", "Bend the knee a few times before you rise from it and sitting"
    )
    second = ARTICLE.replace("Sitting and your knee", "Stairs").replace(
        FILLER, FILLER.upper()[::-1]
    )
    second = changed(
        "Sitting hurts some knees",
        "Before noon bend the knee a few times before you rise from it and sitting knees",
        second,
    )
    report = lint(library({"sitting.md": first, "stairs.md": second}))
    near = [finding for finding in report.findings if finding.rule == "sentence-near"]
    assert [(finding.file, finding.level) for finding in near] == [
        ("articles/stairs.md", "warning")
    ]


HARD = "Considerable patellofemoral symptomatology necessitates individualised rehabilitation. "


def test_hard_words_are_warned_of_and_fail_the_median(library: Make) -> None:
    report = lint(library({"sitting.md": changed(FILLER, HARD * 80)}))
    assert {(f.rule, f.level) for f in report.findings} == {
        ("grade", "warning"),
        ("median-grade", "fault"),
    }


def test_earlier_advice_is_dated_by_a_year_and_needs_no_references(library: Make) -> None:
    source = changed("kind: patient-information", "kind: earlier-advice", FRONT + BODY)
    source = source.replace("2026-11-24", "1994").replace("next_review: 2027-11-24\n", "")
    source = (
        source.replace("[one2016, three2018]", "[]").replace(" [1].", ".").replace(" [2].", ".")
    )
    source = source.replace(
        "{about: sitting, kind: cohort, refs: [1]}", "{about: a, kind: earlier-advice, refs: []}"
    )
    assert rules(lint(library({"leaflet.md": source}))) == []


@pytest.mark.parametrize(
    ("old", "new", "rule", "words"),
    [
        ("doi: 10.2519/knee.2016.1", "doi: doi.org/10.2519", "reference-entry", "is no DOI"),
        ("title: Advice on knees", "title: ''", "reference-entry", "title is missing"),
        ("journal: Health Board", "journal: ''", "reference-entry", "journal is missing"),
        ("Two B", "Two B (rest M)", "reference-entry", "editor's note"),
        ("seen: abstract", "seen: V", "reference-entry", "seen must be one of"),
        ("seen: abstract", "fact: 3\n  seen: abstract", "reference-entry", "fact is no field"),
        ("kind: guideline", "kind: blog", "reference-entry", "blog is no kind"),
        ("year: '2016'", "year: in press", "reference-entry", "in press is no year"),
        ("Knee J 46:658", "Knee. J 46:658", "reference-entry", "could not be read back"),
    ],
)
def test_a_faulty_entry_is_found(library: Make, old: str, new: str, rule: str, words: str) -> None:
    report = lint(library(entries=changed(old, new, ENTRIES)))
    assert any(f.rule == rule and words in f.message for f in report.faults), rules(report)


def test_a_paper_stands_under_one_key(library: Make) -> None:
    again = ENTRIES.split("three2018", maxsplit=1)[0].replace("one2016", "other2016")
    report = lint(library(entries=ENTRIES + again))
    assert rules(report) == [("reference-same", "other2016: the same paper as one2016")]


def test_a_key_stands_in_one_file(library: Make) -> None:
    folder = library()
    (folder / "references" / "more.yaml").write_text(ENTRIES.split("three2018", maxsplit=1)[0])
    assert rules(lint(folder)) == [("reference-key", "one2016: also in core.yaml")]


def test_fix_writes_the_list_once(library: Make) -> None:
    folder = library({"sitting.md": FRONT + BODY})
    path = folder / "articles" / "sitting.md"
    assert fix(folder) == (path,)
    assert path.read_text(encoding="utf-8") == ARTICLE
    assert fix(folder) == ()


def test_fix_takes_away_what_the_keys_do_not_give(library: Make) -> None:
    folder = library(
        {"sitting.md": changed("2. Advice", "2. Other advice") + "3. More. Too. 1999.\n"}
    )
    fix(folder)
    assert (folder / "articles" / "sitting.md").read_text(encoding="utf-8") == ARTICLE


def test_fix_leaves_alone_what_it_cannot_know(library: Make) -> None:
    source = changed("one2016, three", "one1999, three")
    folder = library({"sitting.md": source})
    assert fix(folder) == ()


def test_a_list_in_the_middle_is_not_cut_off(library: Make) -> None:
    source = ARTICLE + "\n## What comes after\n\nThis must stay.\n"
    folder = library({"sitting.md": source})
    fix(folder)
    assert "This must stay." in (folder / "articles" / "sitting.md").read_text(encoding="utf-8")


def test_a_folder_without_articles_is_misuse(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no articles"):
        lint(tmp_path)


def test_the_command_prints_a_finding_a_line(library: Make) -> None:
    folder = library({"sitting.md": changed("kind: patient-information", "kind: blog")})
    result = CliRunner().invoke(main, ["lint", str(folder)])
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        "articles/sitting.md:4: fault: kind: blog is not one of patient-information, earlier-advice",
        "1 articles, median reading grade 0.1: 1 faults, 0 warnings.",
    ]


def test_the_command_mends_and_speaks_json(library: Make) -> None:
    folder = library({"sitting.md": FRONT + BODY})
    result = CliRunner().invoke(main, ["lint", str(folder), "--fix", "--json"])
    assert result.exit_code == 0
    body = json.loads(result.stdout)
    assert (body["ok"], body["findings"], body["mended"]) == (True, [], ["sitting.md"])
    assert body["articles"][0]["words"] == 417


def test_the_command_refuses_a_folder_that_is_no_library(tmp_path: Path) -> None:
    assert CliRunner().invoke(main, ["lint", str(tmp_path)]).exit_code == 2
    assert CliRunner().invoke(main, ["lint", str(tmp_path / "none")]).exit_code == 2


def test_the_report_says_what_the_library_holds(library: Make, tmp_path: Path) -> None:
    folder = library()
    (folder / "judged").mkdir()
    (folder / "judged" / "questions.jsonl").write_text(
        '{"_id": "q1", "text": "why", "topic": "t", "style": "lay", "split": "test", '
        '"expected": "answered"}\n'
    )
    out = tmp_path / "library.md"
    assert CliRunner().invoke(main, ["lint", str(folder), "--report", str(out)]).exit_code == 0
    text = out.read_text(encoding="utf-8")
    assert "- Articles: 1, with 417 words" in text
    assert "| Cohort study | 1 | 1 |" in text
    assert "| answered | 1 | 1 |" in text
    assert "| causes | 1 | sitting |" in text
    shutil.rmtree(folder / "judged")
    CliRunner().invoke(main, ["lint", str(folder), "--report", str(out)])
    assert "There are no judged questions yet." in out.read_text(encoding="utf-8")
