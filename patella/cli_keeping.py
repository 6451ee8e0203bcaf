"""``patella collect``: what a library keeps, and for how long."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from patella.cli_options import EPILOG, json_option

if TYPE_CHECKING:
    from patella.engine import Engine


def register(
    main: click.Group, engine: Callable[[click.Context], AbstractContextManager[Engine]]
) -> None:
    """Add the commands to ``main``."""

    @main.command(epilog=EPILOG)
    @click.option("--keep", type=click.IntRange(1), required=True, help="How many to keep.")
    @json_option
    @click.pass_context
    def collect(ctx: click.Context, keep: int, as_json: bool) -> None:
        """Keep the newest generations; remove older ones and the texts that nothing else needs.

        Shared answers keep the versions that they quote. The setting keep_generations does it after
        each publishing.

        Example: patella collect --keep 20
        """
        from patella.terminal import out, print_json
        from patella.writer import Writer

        with engine(ctx) as opened:
            gone = Writer(opened).collect(keep)
        if as_json:
            print_json({"removed": asdict(gone)})
            return
        originals = "no" if gone.originals is None else gone.originals
        out.print(
            f"Removed {gone.generations} generations, {gone.versions} versions of documents,"
            f" {gone.vectors} vectors and {originals} original files."
        )
