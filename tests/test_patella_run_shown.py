"""What a person is shown of a run: while it lasts, and when it has ended."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from ingest.reports import FileReport
from patella import progress, terminal
from patella.progress import Lines, a_second, bars, in_words
from patella.run_report import RunReport
from patella.run_table import print_kept, print_run


def console(monkeypatch, name: str, **how) -> io.StringIO:
    made = io.StringIO()
    one = Console(file=made, width=80, highlight=False, color_system=None, **how)
    monkeypatch.setattr(terminal, name, one)
    monkeypatch.setattr(progress, "err", one)
    return made


def report(*files: FileReport, **others) -> RunReport:
    base = {"generation": 3, "published": True, "embedded": 1200, "seconds": 2.04}
    return RunReport(files, **(base | others))


KNEE = FileReport("knee.pdf", "added", pages=4, passages=12, seconds=0.41)
HALF = FileReport(
    "a b/half.pdf",
    "partial",
    pages=3,
    passages=5,
    seconds=0.2,
    pages_without_text=(2, 3),
    reason="2 pages have no text that could be read, of 3.",
    hint="Run text recognition (OCR) over it.",
)
SAME = tuple(FileReport(f"{n}.md", "unchanged") for n in range(1000))
NEW = tuple(FileReport(f"new/{n}.md", "added", passages=1) for n in range(100))


def test_a_terminal_shows_a_table_with_each_reason_below_its_file(monkeypatch) -> None:
    shown = console(monkeypatch, "out", force_terminal=True)
    print_run(report(KNEE, HALF, *SAME))
    assert [line.rstrip() for line in shown.getvalue().splitlines()] == [
        "    State  Pages  No text  Passages  Seconds  File",
        "    added      4                 12     0.41  knee.pdf",
        "  partial      3        2         5     0.20  a b/half.pdf",
        "           2 pages have no text that could be read, of 3. Run text recognition",
        "           (OCR) over it.",
        "1 added, 1 partial, 1,000 unchanged in 2.0 s",
        "Published generation 3; 1,200 vectors made.",
    ]


def test_elsewhere_a_line_has_its_parts_apart_by_tabs(monkeypatch) -> None:
    shown = console(monkeypatch, "out")
    print_run(report(KNEE, HALF, *SAME, published=False, generation=3))
    assert shown.getvalue().splitlines() == [
        "added\tknee.pdf\t12 passages\t4 pages\t0.41 s",
        "partial\ta b/half.pdf\t5 passages\t3 pages\t2 without text\t0.20 s\t"
        "2 pages have no text that could be read, of 3. Run text recognition (OCR) over it.",
        "1 added, 1 partial, 1,000 unchanged in 2.0 s",
        "Nothing to publish: generation 3 is up to date.",
    ]


def test_of_many_files_only_those_that_need_a_word_are_listed(monkeypatch) -> None:
    shown = console(monkeypatch, "out")
    print_run(report(*NEW, HALF))
    lines = shown.getvalue().splitlines()
    assert [line.split("\t")[0] for line in lines] == [
        "partial",
        "100 more files are listed by: patella report",
        "100 added, 1 partial in 2.0 s",
        "Published generation 3; 1,200 vectors made.",
    ]


def test_quiet_says_only_what_needs_a_word(monkeypatch) -> None:
    shown = console(monkeypatch, "out")
    print_run(report(KNEE, *SAME), quiet=True)
    assert shown.getvalue() == ""
    print_run(report(KNEE, HALF), quiet=True)
    assert shown.getvalue().startswith("partial\ta b/half.pdf")
    assert len(shown.getvalue().splitlines()) == 1


@pytest.mark.parametrize(("whole", "lines"), [(False, 4), (True, 1004)])
def test_what_is_kept_lists_the_unchanged_where_asked(monkeypatch, whole: bool, lines: int) -> None:
    shown = console(monkeypatch, "out")
    told = report(KNEE, *SAME, notices=("Read without limits.",)).as_json()
    print_kept(7, "2026-11-28T07:00:00Z", told, whole=whole)
    said = shown.getvalue().splitlines()
    assert len(said) == lines
    assert said[:2] == [
        "Run 7, 2026-11-28T07:00:00Z: 1 added, 1,000 unchanged, in 2.0 s",
        "Read without limits.",
    ]


def test_plain_lines_tell_rate_and_time_left_every_ten_seconds() -> None:
    said: list[str] = []
    now = [0.0]
    lines = Lines("Reading", "file", say=said.append, clock=lambda: now[0])
    lines.begin(1000)
    for _ in range(1000):
        now[0] += 0.03125
        lines.advance(1)
    assert said == [
        "Reading 1,000 files …",
        "Reading: 320 of 1,000 files, 32/s, 21 s left",
        "Reading: 640 of 1,000 files, 32/s, 11 s left",
        "Reading: 960 of 1,000 files, 32/s, 1 s left",
    ]
    assert (a_second(0.42), a_second(1234)) == ("0.4/s", "1,234/s")
    assert (in_words(89), in_words(240), in_words(7500)) == ("89 s", "4 min", "2 h 5 min")


def test_one_is_not_told_as_many(monkeypatch) -> None:
    said: list[str] = []
    now = [0.0]
    for noun, done in (("file", 1), ("passage", 2)):
        lines = Lines("Reading", noun, say=said.append, clock=lambda: now[0])
        lines.begin(done)
        now[0] += 20
        lines.advance(done)
    assert said == [
        "Reading 1 file …", "Reading: 1 of 1 file, 0.1/s",
        "Reading 2 passages …", "Reading: 2 of 2 passages, 0.1/s",
    ]  # fmt: skip
    shown = console(monkeypatch, "out")
    terminal.print_documents((), {})
    told = report(KNEE).as_json() | {"published": True, "generation": 3, "embedded": 1}
    print_kept(7, "2026-11-28T07:00:00Z", told, whole=False)
    assert "0 documents" in shown.getvalue()
    assert shown.getvalue().splitlines()[-1] == "Published generation 3; 1 vector made."


def test_a_terminal_gets_bars_which_do_not_run_over(monkeypatch) -> None:
    shown = console(monkeypatch, "err", force_terminal=True)
    with bars(quiet=False) as watchers:
        watchers.files(2)
        for _ in range(3):
            watchers.file(KNEE)
        watchers.embedding(5)
        watchers.embedded(5)
    assert "2/2" in shown.getvalue() and "3/2" not in shown.getvalue()
    assert "/s" in shown.getvalue() and "Embedding passages" in shown.getvalue()


def test_quiet_has_no_progress_but_its_warnings(monkeypatch) -> None:
    shown = console(monkeypatch, "err", force_terminal=True)
    with bars(quiet=True) as watchers:
        assert (watchers.file, watchers.files, watchers.embedding) == (None, None, None)
        watchers.told("Read without limits.")
    assert shown.getvalue() == "Read without limits.\n"
