"""Measure how fast Patella is, and print a table: each figure beside what it is held against.

Usage: python -m bench.speed [start] [question] [change] [serving] [ingest] [scale] --work DIR

With ``--corpus`` (sets in BEIR form) ``ingest`` reads real texts, else texts made up of our own
articles' sentences, as the libraries of the other parts are. A library is made once in ``--work``.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

from bench.speed import change, ingest, questions, report, scale, serving, start
from bench.speed.corpora import prepare, sentences
from bench.speed.made_up import Pieced, library
from bench.speed.measure import Figure, machine
from patella.encoders import make_encoder
from patella.engine import Engine
from patella.readers import Readers
from patella.settings import load

PARTS = ("start", "question", "change", "serving", "ingest", "scale")


def made(work: Path, size: int) -> Path:
    """Return the data folder of a made-up library; it is made if it is not there."""
    data = work / f"made-up-{size}-library"
    if not (data / "made").is_file():
        print(f"Making a library of {size:,} passages …", file=sys.stderr)
        settings = replace(load(), data_dir=data)
        encoder = Pieced(make_encoder(settings), sentences())
        engine = Engine(settings, encoder=encoder)
        library(engine, encoder, size)
        engine.close()
        (data / "made").touch()
    return data


def measure(part: str, args: argparse.Namespace) -> list[Figure]:
    """Measure one part."""
    rounds: int = args.rounds
    if part == "ingest":
        return ingest.figures(
            prepare(args.work, args.texts, args.corpus), args.work, max(1, rounds // 3)
        )
    if part == "scale":
        return scale.figures(args.work, args.sizes)
    if part == "change":
        return changes(args)
    data = made(args.work, args.passages)
    if part == "start":
        return start.figures(data, rounds)
    if part == "serving":
        return serving.figures(data, args.passages, args.searches)
    engine = Engine(replace(load(), data_dir=data))
    try:
        assert engine.generation().passages >= args.passages
        return questions.figures(engine, 20 * rounds, args.passages)
    finally:
        engine.close()


def changes(args: argparse.Namespace) -> list[Figure]:
    """Change documents in libraries of several sizes."""
    found, medians = [], {}
    for size in args.changed:
        settings = replace(load(), data_dir=made(args.work, size))
        engine, reader = Engine(settings, readers=Readers()), Engine(settings)
        try:
            told = change.figures(engine, reader, args.work, size, 6 * args.rounds)
        finally:
            engine.close()
            reader.close()
        medians[size] = told[0].value
        found += told
    return found + change.compared(medians)


def main() -> None:
    """Measure what is named, else everything."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--work", type=Path, required=True, help="Holds libraries between runs.")
    parser.add_argument("--corpus", type=Path, nargs="+", default=[], help="Sets in BEIR form.")
    parser.add_argument("--texts", type=int, default=1000, help="Passages to ingest.")
    parser.add_argument("--passages", type=int, default=10_000)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000, 1_000_000])
    parser.add_argument(
        "--changed",
        type=int,
        nargs="+",
        default=[10_000],
        help="Sizes of the libraries in which a document is changed: 10000 100000 1000000.",
    )
    parser.add_argument("--searches", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, help="Keep speed.json, speed.md and speed.svg here.")
    args = parser.parse_args()
    if unknown := set(args.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    args.work.mkdir(parents=True, exist_ok=True)
    print(json.dumps(machine()), file=sys.stderr)
    found = []
    for part in args.parts or PARTS:
        figures = measure(part, args)
        print(report.table(figures), flush=True)
        found += figures
        if args.out:
            report.keep(args.out, machine(), figures)


if __name__ == "__main__":
    main()
