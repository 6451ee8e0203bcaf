"""The shipped library keeps the editor's guide: if this fails, run ``patella lint``."""

from __future__ import annotations

from corpus.lint import lint
from corpus.shipped import ROOT


def test_the_shipped_library_is_clean() -> None:
    report = lint(ROOT)
    assert [str(finding) for finding in report.faults] == []
    assert len(report.measures) >= 45
    assert report.median_grade <= 8
