"""One of several serving processes, started by ``patella serve --processes N`` with its place as argument."""

from __future__ import annotations

import signal
import sys
from dataclasses import replace
from pathlib import Path

from patella.place import Place


def main(told: str) -> int:
    """Serve in a place until told to stop; return the exit code."""
    # Ctrl-C reaches all processes of a terminal: the parent hears it, and stops this one in its turn
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    place = Place.load(told)
    # heavy, and after the signal
    from corpus.errors import PatellaError  # noqa: PLC0415
    from patella.serve import run  # noqa: PLC0415
    from patella.settings import load  # noqa: PLC0415
    from patella.terminal import print_error  # noqa: PLC0415

    try:
        settings = replace(
            load(Path(place.data_dir)),
            host=place.host,
            port=place.port,
            watch=place.watch,
            processes=place.processes,
        )
        run(settings, quiet=place.quiet, place=place)
    except PatellaError as error:
        print_error(str(error), error.hint)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
