"""What ``patella lint`` does: check the library, mend its reference lists, write the report."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from pathlib import Path

from corpus.library_report import make_report
from corpus.lint import LintReport, fix, lint, read_library
from corpus.shipped import ROOT
from patella.terminal import print_json

EXIT_FINDINGS = 1


def run_lint(
    folder: Path | None, *, mend: bool = False, as_json: bool = False, report_to: Path | None = None
) -> int:
    """Check a library (the shipped one unless ``folder`` is given); return the exit code.

    Raises UsageError if there is no library in the folder.
    """
    folder = folder or ROOT
    mended = fix(folder) if mend else ()
    report = lint(folder)
    if as_json:
        print_json(_as_json(report, mended))
    else:
        _print(report, mended)
    if report_to:
        text = make_report(read_library(folder), report, made_on=date.today())
        report_to.write_text(text, encoding="utf-8", newline="\n")
    return EXIT_FINDINGS if report.faults else 0


def _as_json(report: LintReport, mended: tuple[Path, ...]) -> dict[str, object]:
    return {
        "ok": not report.faults,
        "findings": [asdict(finding) for finding in report.findings],
        "articles": [asdict(measures) for measures in report.measures],
        "median_grade": report.median_grade,
        "mended": [path.name for path in mended],
    }


def _print(report: LintReport, mended: tuple[Path, ...]) -> None:
    for path in mended:
        print(f"mended {path.name}")
    for finding in report.findings:
        print(finding)
    warnings = len(report.findings) - len(report.faults)
    print(
        f"{len(report.measures)} articles, median reading grade {report.median_grade:.1f}: "
        f"{len(report.faults)} faults, {warnings} warnings."
    )
