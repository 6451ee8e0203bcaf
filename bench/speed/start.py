"""Cold starts: the command line's help, and a first answer, each a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from bench.processes import ROOT
from bench.speed.measure import Figure, against, by_turns, seconds

QUESTION = "why does sitting hurt my knee"
PATELLA = (sys.executable, "-c", "from patella.cli import main; main()")


def run(*command: str | Path, **more: str) -> None:
    """Run a command of the repository to its end, its output thrown away."""
    env = os.environ | {"PYTHONPATH": str(ROOT)} | more
    subprocess.run([str(c) for c in command], check=True, stdout=subprocess.DEVNULL, env=env)


def figures(data: Path, rounds: int) -> list[Figure]:
    """Measure starts, over the library in ``data``."""
    times = by_turns(
        {
            "python -c pass": lambda _: run(sys.executable, "-c", "pass"),
            "patella --help": lambda _: run(*PATELLA, "--help"),
            "patella ask": lambda _: run(*PATELLA, "--data-dir", data, "ask", QUESTION),
        },
        rounds,
    )
    first = times["patella ask"]
    return [
        against("start", "patella --help", times, "patella --help", "python -c pass", target=3),
        Figure(
            "start",
            "patella ask, cold process to answer",
            first.median,
            target=1.0,
            note=f"least {seconds(first.least)}; CPU {min(first.cpu):.2f} s",
        ),
    ]
