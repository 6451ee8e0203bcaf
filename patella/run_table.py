"""What a person is shown of a run: a row for each file, short when all is well, and the sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click
from rich.markup import escape
from rich.padding import Padding

from patella import terminal
from webapp.words import plural

if TYPE_CHECKING:
    from patella.run_report import RunReport

SHOWN = 40
"""Files that are all listed after a run; of more, only those of which something is to be said."""
MOST_WORDS = 100
"""Of those."""
COLOURS = {"failed": "red", "partial": "yellow", "skipped": "dim", "unchanged": "dim"}
INDENT = 11

File = Mapping[str, Any]
"""A file of a run as ``RunReport.as_json`` has it, and the library keeps it."""


def print_run(report: RunReport, *, quiet: bool = False) -> None:
    """Write what a run did; when ``quiet``, only the files of which something is to be said."""
    told = report.as_json()
    changed = _without_unchanged(told["files"])
    listed = changed if len(changed) <= SHOWN and not quiet else _needing_words(changed)
    print_files(listed[:MOST_WORDS])
    if quiet:
        return
    left = len(changed) - len(listed[:MOST_WORDS])
    if left:
        more = "more files" if listed else "files"
        terminal.out.print(f"[dim]{left:,} {more} are listed by: patella report[/]")
    terminal.out.print(f"[bold]{counts_in_words(told)}[/] in {report.seconds:.1f} s")
    if report.published:
        terminal.out.print(_published(told))
    elif report.held:
        terminal.out.print(f"[yellow]{escape(report.held)} To publish it: patella publish[/]")
    elif report.generation is not None:
        terminal.out.print(f"Nothing to publish: generation {report.generation} is up to date.")


def print_kept(run: int, began: str, told: Mapping[str, Any], *, whole: bool) -> None:
    """Write a run as the library keeps it; ``whole`` with the files that were unchanged."""
    sums = f"{counts_in_words(told)}, in {told['seconds']:.1f} s"
    terminal.out.print(f"[bold]Run {run}[/], {began}: {sums}")
    for notice in told.get("notices", ()):
        terminal.out.print(f"[yellow]{escape(notice)}[/]")
    print_files(told["files"] if whole else _without_unchanged(told["files"]))
    if told["published"]:
        terminal.out.print(_published(told))


def _published(told: Mapping[str, Any]) -> str:
    vectors = terminal.counted(told["embedded"], "vector")
    return f"Published generation {told['generation']}; {vectors} made."


def counts_in_words(told: Mapping[str, Any]) -> str:
    """Return how many files ended in each state."""
    return ", ".join(f"{n:,} {state}" for state, n in told["counts"].items()) or "no files"


def print_files(files: Sequence[File]) -> None:
    """Write a table on a terminal, else a line for each file with its parts apart by tabs."""
    if not files:
        return
    if not terminal.out.is_terminal:
        for file in files:
            # not by rich, which makes spaces of tabs
            click.echo(_line(file), file=terminal.out.file)
        return
    paged = any(file["pages"] for file in files)
    head = f"{'State':>{INDENT - 2}}  " + _cells("Pages", "No text", "Passages", "Seconds", paged)
    terminal.out.print(f"[bold]{head}File[/]", soft_wrap=True)
    for file in files:
        colour = COLOURS.get(file["state"], "green")
        cells = _cells(*_figures(file), paged)
        terminal.out.print(
            f"[{colour}]{file['state']:>{INDENT - 2}}[/]  {cells}{escape(file['path'])}",
            soft_wrap=True,
        )
        if said := words(file):
            terminal.out.print(Padding(escape(said), (0, 0, 0, INDENT)))


def words(file: File) -> str:
    """Return what is to be said of a file: why, what to do, and what was noticed."""
    return " ".join(said for said in (file["reason"], file["hint"], *file["warnings"]) if said)


def _figures(file: File) -> tuple[str, str, str, str]:
    textless = len(file["pages_without_text"])
    return (
        f"{file['pages']:,}" if file["pages"] else "",
        f"{textless:,}" if textless else "",
        f"{file['passages']:,}" if file["passages"] else "",
        f"{file['seconds']:.2f}" if file["seconds"] >= 0.005 else "",
    )


def _cells(pages: str, textless: str, passages: str, seconds: str, paged: bool) -> str:
    of_pages = f"{pages:>5}  {textless:>7}  " if paged else ""
    return f"{of_pages}{passages:>8}  {seconds:>7}  "


def _line(file: File) -> str:
    """Return a file for other programs: state, path, then what there is to tell."""
    _, textless, _, seconds = _figures(file)
    parts = [
        file["state"],
        file["path"],
        plural(file["passages"], "passage") if file["passages"] else "",
        plural(file["pages"], "page") if file["pages"] else "",
        f"{textless} without text" if textless else "",
        f"{seconds} s" if seconds else "",
        words(file),
    ]
    return "\t".join(
        terminal.harmless(part.replace("\t", " ").replace("\n", " ")) for part in parts if part
    )


def _without_unchanged(files: Any) -> list[File]:
    return [file for file in files if file["state"] != "unchanged"]


def _needing_words(files: Sequence[File]) -> list[File]:
    return [f for f in files if f["state"] in {"failed", "partial"} or f["warnings"]]
