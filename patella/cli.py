"""The command line. It calls down into the engine and is called by nothing."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import click

from corpus.errors import PatellaError, ReadError, UsageError
from patella import __version__
from patella.cli_opening import asking_engine, engine_of, settings_of
from patella.cli_options import EPILOG, EXIT_SOME_FAILED, EXIT_STOPPED, EXIT_UNUSABLE, EXIT_USAGE
from patella.commands import LISTED

_GIVEN: dict[str, tuple[Callable[..., Any], ...]] = {
    "cli_accounts": (settings_of,),
    "cli_adopt": (settings_of,),
    "cli_ask": (asking_engine,),
    "cli_evaluate": (settings_of,),
    "cli_keeping": (engine_of, settings_of),
    "cli_library": (),
}
"""What is given to a module's ``register`` to open the library with; to the others, what opens the engine."""


class Group(click.Group):
    """Loads a command when it is used, and turns our errors into words and exit codes.

    Knows ``ingest`` as another word for ``add``.
    """

    def list_commands(self, _: click.Context) -> list[str]:
        return sorted(LISTED)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        name = {"ingest": "add"}.get(name, name)
        if name in LISTED and name not in self.commands:
            module = LISTED[name][0]
            given = _GIVEN.get(module, (engine_of,))
            importlib.import_module(f"patella.{module}").register(self, *given)
        return super().get_command(ctx, name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        limit = formatter.width - 6 - max(map(len, LISTED))
        said = {name: click.Command(name, help=text) for name, (_, text) in LISTED.items()}
        with formatter.section("Commands"):
            formatter.write_dl([(n, c.get_short_help_str(limit)) for n, c in sorted(said.items())])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except PatellaError as error:
            _fail(error)
        except KeyboardInterrupt:
            _stopped(ctx)
        except BrokenPipeError:
            # the reader of our output has gone (head, less): nothing to say, and nobody to say it to
            sys.stderr.close()
            sys.exit(0)
        except OSError as error:
            where = f" ({error.filename})" if error.filename else ""
            _fail(
                PatellaError(
                    f"The system refused: {error.strerror or error}{where}.",
                    hint="Check permissions and free space, then run the command again.",
                )
            )


def _stopped(ctx: click.Context) -> NoReturn:
    from patella.terminal import err

    kept = " What was read so far is kept; to go on: patella index"
    err.print("Stopped." + kept * (ctx.invoked_subcommand in {"add", "ingest", "index"}))
    sys.exit(EXIT_STOPPED)


def _fail(error: PatellaError) -> NoReturn:
    from patella.terminal import print_error, print_json

    print_error(str(error), error.hint)
    if "--json" in sys.argv:
        print_json({"error": type(error).__name__, "message": str(error), "hint": error.hint})
    code = EXIT_UNUSABLE
    if isinstance(error, UsageError):
        code = EXIT_USAGE
    elif isinstance(error, ReadError):
        code = EXIT_SOME_FAILED
    sys.exit(code)


@click.group(cls=Group, epilog=EPILOG)
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="PATELLA_DATA_DIR",
    help="The library's folder. Default: this user's data folder.",
)
@click.option("--server", metavar="URL", help="Another Patella, for ask and search.")
@click.option(
    "--token", default="", envvar="PATELLA_TOKEN", show_envvar=True, help="For that server."
)
@click.version_option(__version__, prog_name="patella")
@click.pass_context
def main(ctx: click.Context, data_dir: Path | None, server: str | None, token: str) -> None:
    """Find the right passage in a library of trusted guidance, quoted word for word.

    Example: patella ask "why does sitting hurt my knee"
    """
    ctx.obj = data_dir
    ctx.meta.update(server=server, token=token)
