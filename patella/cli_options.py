"""What several commands of the command line share: an option, and what exit codes mean."""

from __future__ import annotations

import click

EXIT_SOME_FAILED = 1
EXIT_USAGE = 2
EXIT_UNUSABLE = 3
EXIT_STOPPED = 130
"""As shells have it for Ctrl-C."""

EPILOG = "Exit codes: 0 done, 1 some inputs failed, 2 usage, 3 library unusable."

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")

ray_option = click.option(
    "--ray",
    "ray",
    is_flag=False,
    flag_value="local",
    metavar="[ADDRESS]",
    help="Read and embed on Ray: local (a Ray of its own, if left out), auto, HOST:PORT, ray://HOST:PORT.",
)

quiet_option = click.option(
    "-q", "--quiet", is_flag=True, help="Say nothing of what was done, only of what went wrong."
)
