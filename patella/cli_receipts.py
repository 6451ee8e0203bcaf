"""``patella receipts``: the operator's list of shared answers, and taking them back."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

import click

from patella.cli_options import json_option

if TYPE_CHECKING:
    from patella.engine import Engine

EPILOG = "Exit codes: 0 done, 1 some were not there, 2 usage, 3 library unusable."


def register(
    main: click.Group, engine: Callable[[click.Context], AbstractContextManager[Engine]]
) -> None:
    """Add the group to ``main``."""

    @main.group(epilog=EPILOG)
    def receipts() -> None:
        """List shared answers, or take them back.

        Example: patella receipts list
        """

    @receipts.command("list", epilog=EPILOG)
    @json_option
    @click.pass_context
    def list_(ctx: click.Context, as_json: bool) -> None:
        """List the shared answers, oldest first.

        Example: patella receipts list --json
        """
        from patella.terminal import out, print_json

        with engine(ctx) as held:
            found = held.store.receipts.list()
        if as_json:
            print_json(
                {
                    "receipts": [
                        {
                            "id": r.id,
                            "created_at": r.created_at,
                            "opened_at": r.opened_at,
                            "question": r.answer.question,
                            "state": r.answer.state,
                            "generation": r.answer.generation,
                            "version_ids": sorted({q.version_id for q in r.answer.quotes}),
                        }
                        for r in found
                    ]
                }
            )
            return
        for r in found:
            line = f"{r.id}  {r.created_at}  opened {r.opened_at[:10]}  {r.answer.question}"
            out.print(line, markup=False)
        out.print(f"{len(found)} shared", style="dim")

    @receipts.command(epilog=EPILOG)
    @click.argument("ids", nargs=-1)
    @click.option("--all", "every", is_flag=True, help="All of them.")
    @click.pass_context
    def remove(ctx: click.Context, ids: tuple[str, ...], every: bool) -> None:
        """Delete shared answers by their ids; their addresses then lead nowhere.

        Example: patella receipts remove 3f6c…
        """
        from corpus.errors import UsageError
        from patella.terminal import err, out

        if bool(ids) == every:
            raise UsageError("Nothing to remove.", hint="Give ids, or --all.")
        with engine(ctx) as held:
            kept = held.store.receipts
            wanted = [r.id for r in kept.list()] if every else list(dict.fromkeys(ids))
            removed = kept.remove(wanted)
        out.print(f"{removed} removed")
        if removed < len(wanted):
            err.print(f"{len(wanted) - removed} not found. See: patella receipts list")
            sys.exit(1)
