"""``patella report``: what a run did, file by file."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

import click

from corpus.errors import NotFound
from patella.cli_options import json_option

if TYPE_CHECKING:
    from patella.engine import Engine

EPILOG = "Exit codes: 0 done, 2 usage, 3 library unusable."


def register(
    main: click.Group, engine: Callable[[click.Context], AbstractContextManager[Engine]]
) -> None:
    """Add the command to ``main``."""

    @main.command(epilog=EPILOG)
    @click.option("--failed", is_flag=True, help="Only files that failed or were read in part.")
    @click.option("--all", "whole", is_flag=True, help="Also the files that were unchanged.")
    @click.option("--run", "number", type=int, help="An earlier run, by its number.")
    @json_option
    @click.pass_context
    def report(
        ctx: click.Context, *, failed: bool, whole: bool, number: int | None, as_json: bool
    ) -> None:
        """Show what the last run did with each file; the last hundred runs are kept.

        Example: patella report --failed
        """
        from patella.run_table import print_kept
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
        print_kept(run, began, told, whole=whole or failed)
