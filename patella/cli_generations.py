"""``patella generations``, ``rollback``, ``publish``, ``hide`` and ``unhide``."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from patella.cli_options import EPILOG, json_option

if TYPE_CHECKING:
    from patella.engine import Engine
    from patella.writer import Writer


def register(
    main: click.Group, engine: Callable[[click.Context], AbstractContextManager[Engine]]
) -> None:
    """Add the commands to ``main``."""
    _register_generations(main, engine)
    _register_hiding(main, engine)


def _writer(held: Engine) -> Writer:
    from patella.publishing import operator
    from patella.run_report import Origin
    from patella.writer import Writer

    return Writer(held, origin=Origin(operator()))


def _register_generations(
    main: click.Group, engine: Callable[[click.Context], AbstractContextManager[Engine]]
) -> None:
    @main.command(epilog=EPILOG)
    @json_option
    @click.pass_context
    def generations(ctx: click.Context, as_json: bool) -> None:
        """List the generations that can be served, newest first, with who published them.

        Example: patella generations
        """
        from patella.publishing import held, kept_generations
        from patella.terminal import out, print_json
        from webapp.words import plural

        with engine(ctx) as opened:
            found, holding = kept_generations(opened), held(opened)
        if as_json:
            print_json({"generations": [asdict(one) for one in found], "held": holding})
            return
        for one in found:
            mark = "*" if one.served else " "
            by = f"  by {one.by}" if one.by else ""
            model = "" if one.usable else "  (another model)"
            counts = f"{plural(one.documents, 'document')}, {plural(one.passages, 'passage')}"
            out.print(f"{mark} {one.number:>4}  {one.created}  {counts}{by}{model}", markup=False)
        if holding:
            out.print(f"{holding} To publish it: patella publish", markup=False, style="yellow")

    @main.command(epilog=EPILOG)
    @click.argument("number", type=int)
    @json_option
    @click.pass_context
    def rollback(ctx: click.Context, number: int, as_json: bool) -> None:
        """Serve an earlier generation again; a running server takes it up by itself.

        Nothing is published by itself from then on: what is stored waits for patella publish.

        Example: patella rollback 12
        """
        from patella.publishing import held
        from patella.terminal import out, print_json

        with engine(ctx) as opened:
            served = _writer(opened).roll_back(number)
            holding = held(opened)
        if as_json:
            print_json({"generation": asdict(served), "held": holding})
        else:
            out.print(f"Serving generation {served.id}. {holding}".rstrip(), markup=False)

    @main.command(epilog=EPILOG)
    @json_option
    @click.pass_context
    def publish(ctx: click.Context, as_json: bool) -> None:
        """Publish what is stored: what waits for review, or was held back by a rollback.

        Example: patella publish
        """
        from corpus.errors import UsageError
        from patella.terminal import out, print_json

        with engine(ctx) as opened:
            if opened.settings.second_approval:
                raise UsageError(
                    "The setting second_approval asks for two persons before anything is published.",
                    hint="Publish at the desk: one asks for it, and another approves.",
                )
            before = opened.store.current()
            served = _writer(opened).publish()
        new = before is None or before.id != served.id
        if as_json:
            print_json({"generation": asdict(served), "published": new})
        else:
            words = "Published" if new else "Nothing to publish: serving"
            out.print(f"{words} generation {served.id}.")


def _register_hiding(
    main: click.Group, engine: Callable[[click.Context], AbstractContextManager[Engine]]
) -> None:
    def told(report: Any, as_json: bool) -> None:
        from patella.run_table import print_run
        from patella.terminal import print_json

        if as_json:
            print_json(report.as_json())
        else:
            print_run(report)

    @main.command(epilog=EPILOG)
    @click.argument("documents", nargs=-1, required=True)
    @json_option
    @click.pass_context
    def hide(ctx: click.Context, documents: tuple[str, ...], as_json: bool) -> None:
        """Leave documents out of search and answers, though they stay stored and kept up to date.

        Example: patella hide old-leaflet
        """
        with engine(ctx) as opened:
            told(_writer(opened).hide(documents), as_json)

    @main.command(epilog=EPILOG)
    @click.argument("documents", nargs=-1, required=True)
    @json_option
    @click.pass_context
    def unhide(ctx: click.Context, documents: tuple[str, ...], as_json: bool) -> None:
        """Take patella hide back.

        Example: patella unhide old-leaflet
        """
        with engine(ctx) as opened:
            told(_writer(opened).show(documents), as_json)
