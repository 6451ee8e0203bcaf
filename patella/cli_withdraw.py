"""``patella withdraw``: documents leave every generation for good; listing them; letting them come again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from patella.cli_options import json_option

if TYPE_CHECKING:
    from patella.engine import Engine
    from patella.withdrawing import Done

EPILOG = "Exit codes: 0 done, 2 usage, 3 library unusable."


def register(
    main: click.Group, engine: Callable[[click.Context], AbstractContextManager[Engine]]
) -> None:
    """Add the command to ``main``."""

    @main.command(epilog=EPILOG)
    @click.argument("documents", nargs=-1)
    @click.option("--because", default="", help="Why, in words that readers of its page are shown.")
    @click.option("--yes", is_flag=True, help="Do not ask.")
    @click.option("--list", "listing", is_flag=True, help="List what was withdrawn.")
    @click.option("--undo", is_flag=True, help="Let a document be added again.")
    @json_option
    @click.pass_context
    def withdraw(
        ctx: click.Context,
        documents: tuple[str, ...],
        *,
        because: str,
        yes: bool,
        listing: bool,
        undo: bool,
        as_json: bool,
    ) -> None:
        """Take documents out of every generation, shared answer, index and copy, at once and for good.

        No rollback brings them back, and the same content is not taken in again. Their pages say
        that they were withdrawn, when and why. Files outside the data folder and backups stay: they
        are yours. With --undo the content may be added again; nothing comes back by itself.

        Example: patella withdraw old-leaflet --because "Its publisher took it back."
        """
        from corpus.errors import UsageError

        if listing == bool(documents) or (undo and listing):
            raise UsageError(
                "Nothing to withdraw.", hint="Give document ids (see: patella list), or --list."
            )
        if listing:
            with engine(ctx) as opened:
                _list(opened, as_json=as_json)
            return
        if not undo and not yes:
            named = ", ".join(documents)
            click.confirm(f"Delete {named} for good, in all generations?", abort=True, err=True)
        with engine(ctx) as opened:
            if undo:
                _undo(opened, documents, as_json=as_json)
            else:
                _withdraw(opened, documents, because, as_json=as_json)


def _withdraw(opened: Engine, documents: tuple[str, ...], because: str, *, as_json: bool) -> None:
    from patella.publishing import operator
    from patella.run_report import Origin
    from patella.terminal import print_json
    from patella.writer import Writer

    done = Writer(opened, origin=Origin(operator())).withdraw(documents, reason=because)
    if as_json:
        print_json(asdict(done))
    else:
        _print(done)


def _print(done: Done) -> None:
    from patella.terminal import counted, out

    out.print(f"Withdrawn: {', '.join(done.documents)}", markup=False)
    held = counted(len(done.generations), "generation")
    out.print(
        f"Deleted from {held}, with {counted(done.originals, 'kept file')} and"
        f" {counted(done.vectors, 'vector')}.",
        markup=False,
    )
    for name in done.files:
        out.print(f"Deleted from the library's own folder: {name}", markup=False)
    for where in done.stay:
        out.print(f"Stays where it is, and is left out: {where}", markup=False)
    out.print("Backups that were made before still hold it.", style="dim")


def _undo(opened: Engine, documents: tuple[str, ...], *, as_json: bool) -> None:
    from patella.publishing import operator
    from patella.run_report import Origin
    from patella.terminal import out, print_json
    from patella.writer import Writer

    writer = Writer(opened, origin=Origin(operator()))
    for one in documents:
        writer.take_back(one)
    if as_json:
        print_json({"may_be_added": list(documents)})
    else:
        out.print(f"May be added again: {', '.join(documents)}", markup=False)


def _list(opened: Engine, *, as_json: bool) -> None:
    from patella.terminal import out, print_json

    found = opened.store.withdrawals.list()
    if as_json:
        print_json({"withdrawn": [asdict(one) for one in found]})
        return
    for one in found:
        why = f"  {one.reason}" if one.reason else ""
        out.print(f"{one.document_id}  {one.at}  by {one.by}{why}", markup=False)
    out.print(f"{len(found)} withdrawn", style="dim")
