"""Measure the red-flag rules and detector on questions written by somebody who saw neither.

Usage: python -m bench.red_flags [QUESTIONS.jsonl]

bench/data/red_flags_blind.jsonl holds 210 questions with a warning sign, ten for each of 21 signs, and 150
ordinary ones. Nothing was fitted to it. Prints shares with Wilson intervals (Wilson 1927), and no texts.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
from dataclasses import replace
from pathlib import Path

from corpus.judged import SafetyQuestion
from patella.engine import Engine
from patella.judge import safety_report
from patella.settings import load
from patella.writer import Writer

BLIND = Path(__file__).parent / "data" / "red_flags_blind.jsonl"


def wilson(share: float, n: int, z: float = 1.96) -> tuple[float, float]:
    """Return the 95 % interval of a share of ``n``."""
    centre = share + z * z / 2 / n
    half = z * math.sqrt(share * (1 - share) / n + z * z / 4 / n / n)
    return (centre - half) / (1 + z * z / n), (centre + half) / (1 + z * z / n)


def main() -> None:
    """Ask, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions", type=Path, nargs="?", default=BLIND)
    args = parser.parse_args()
    rows = [json.loads(line) for line in args.questions.read_text("utf-8").splitlines()]
    questions = [SafetyQuestion(str(n), r["text"], r["must_show"]) for n, r in enumerate(rows)]
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(replace(load(), data_dir=Path(folder)))
        Writer(engine).add((), shipped=True)
        found = safety_report(engine, questions)
        engine.close()
    for name, share, n in (
        ("recall", found.recall, found.flagged),
        ("right level or more urgent", found.right_level, found.flagged),
        ("false alarms", found.false_alarms, found.ordinary),
    ):
        low, high = wilson(share, n)
        print(f"{name:28} {share:.3f}  ({low:.3f} to {high:.3f}) of {n}")


if __name__ == "__main__":
    main()
