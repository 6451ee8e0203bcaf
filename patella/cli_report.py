"""``patella report``: what a run did, file by file."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import click

from corpus.errors import NotFound
from patella.cli_options import json_option

if TYPE_CHECKING:
    from patella.engine import Engine

EPILOG = "Exit codes: 0 done, 2 usage, 3 library unusable."
COLOURS = {"failed": "red", "partial": "yellow", "skipped": "dim"}


def register(
    main: click.Group, engine: Callable[[click.Context], AbstractContextManager[Engine]]
) -> None:
    """Add the command to ``main``."""

    @main.command(epilog=EPILOG)
    @click.option("--failed", is_flag=True, help="Only files that failed or were read in part.")
    @click.option("--run", "number", type=int, help="An earlier run, by its number.")
    @json_option
    @click.pass_context
    def report(ctx: click.Context, failed: bool, number: int | None, as_json: bool) -> None:
        """Show what the last run did with each file; the last hundred runs are kept.

        Example: patella report --failed
        """
        from patella.terminal import print_json

        with engine(ctx) as held:
            found = held.store.run(number)
        if found is None:
            raise NotFound(
                "No such run is kept."
                if number
                else "Nothing has been read into this library yet.",
                hint="See the last one: patella report"
                if number
                else "Begin with: patella add PATH",
            )
        run, began, body = found
        told = json.loads(body)
        if failed:
            told["files"] = [f for f in told["files"] if f["state"] in {"failed", "partial"}]
        if as_json:
            print_json({"run": run, "started_at": began, **told})
            return
        _print(run, began, told)


def _print(run: int, began: str, told: Mapping[str, Any]) -> None:
    from rich.markup import escape

    from patella.terminal import out

    shown = [file for file in told["files"] if file["state"] != "unchanged"]
    counts = ", ".join(f"{n} {state}" for state, n in told["counts"].items()) or "no files"
    out.print(f"[bold]Run {run}[/], {began}: {counts}, in {told['seconds']:.1f} s")
    for notice in told.get("notices", ()):
        out.print(f"[yellow]{escape(notice)}[/]")
    if out.is_terminal:
        _print_table(shown)
    else:
        _print_lines(shown)
    if told["published"]:
        out.print(f"Published generation {told['generation']}; {told['embedded']} vectors made.")


def _print_table(files: Sequence[Mapping[str, Any]]) -> None:
    from rich.markup import escape
    from rich.table import Table

    from patella.terminal import out

    table = Table("State", "File", "Pages", "Passages", "Seconds", "What", box=None, pad_edge=False)
    for file in files:
        colour = COLOURS.get(file["state"], "green")
        table.add_row(
            f"[{colour}]{file['state']}[/]",
            escape(file["path"]),
            str(file["pages"] or ""),
            str(file["passages"] or ""),
            f"{file['seconds']:.2f}" if file["seconds"] else "",
            escape(_words(file)),
        )
    if files:
        out.print(table)


def _print_lines(files: Sequence[Mapping[str, Any]]) -> None:
    """Write a line for each file, its parts apart by tabs."""
    from patella.terminal import harmless

    for file in files:
        parts = [file["state"], file["path"], f"{file['passages']} passages", _words(file)]
        click.echo(
            "\t".join(
                harmless(part.replace("\t", " ").replace("\n", " ")) for part in parts if part
            )
        )


def _words(file: Mapping[str, Any]) -> str:
    said = [file["reason"], file["hint"], *file["warnings"]]
    return " ".join(words for words in said if words)
