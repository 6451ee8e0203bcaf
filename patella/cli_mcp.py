"""``patella mcp``: the library as tools of the Model Context Protocol."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

import click

from corpus.errors import UsageError

if TYPE_CHECKING:
    from patella.engine import Engine

EPILOG = "Exit codes: 0 stopped, 2 usage, 3 library unusable or port taken."


def register(
    group: click.Group, engine: Callable[[click.Context], AbstractContextManager[Engine]]
) -> None:
    """Add the command to ``group``."""

    @group.command(epilog=EPILOG)
    @click.option("--http", "address", metavar="HOST:PORT", help="Over HTTP instead of stdio.")
    @click.option(
        "--pages",
        default="",
        metavar="URL",
        help="Where this library's pages are, for the addresses in citations.",
    )
    @click.pass_context
    def mcp(ctx: click.Context, address: str | None, pages: str) -> None:
        """Serve search, ask and open_source to programs that speak MCP, until they hang up.

        Example: patella mcp --pages http://localhost:8000
        """
        try:
            from patella.mcp_server import make_server
        except ImportError as error:
            raise UsageError(
                f"The parts for MCP are not installed ({error.name} is missing).",
                hint="Install them: pip install 'patella[mcp]'",
            ) from error
        from patella.terminal import err

        with engine(ctx) as held:
            held.generation()
            server = make_server(held, pages=pages)
            if address is None:
                server.run("stdio")
                return
            from patella.mcp_http import run_http

            run_http(
                server,
                held.settings,
                address,
                lambda where: err.print(f"MCP is at {where} (stop with Ctrl-C)"),
            )
