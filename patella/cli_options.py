"""What several commands of the command line share: an option, and what exit codes mean."""

from __future__ import annotations

import click

EPILOG = "Exit codes: 0 done, 1 some inputs failed, 2 usage, 3 library unusable."

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")

quiet_option = click.option(
    "-q", "--quiet", is_flag=True, help="Say nothing of what was done, only of what went wrong."
)
