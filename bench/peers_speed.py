"""Patella beside txtai, LlamaIndex and Haystack: ingest, cold start, queries, one change, memory, disk.

Usage: python -m bench.peers_speed --work DIR [--passages 1000] [--corpus BEIR-FOLDER …]

Every library has a process of its own, the same encoder and the same passages. Patella reads them from
files, as people add them, and the others get them in memory. Queries are our own judged questions, each
of them once; the libraries take turns, round by round, and the median counts. CPU seconds stand beside
wall times, since a busy machine stretches those less. The start is that of a process until its first result
is back; of Patella, ``patella ask`` to its end, which searches, composes, checks and prints an answer.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.peers.client import Driver
from bench.peers.environments import ALL, default_folder, size_of
from bench.speed.corpora import Corpus, prepare
from bench.speed.measure import Times, machine, seconds
from bench.speed.questions import asked
from bench.speed.start import PATELLA, run

K = 10
QUERIES = 100


@dataclass(frozen=True, slots=True)
class Round:
    """What one library took in one round, in seconds and bytes; ``cpu`` is of a query."""

    library: str
    ingest: float
    ingest_cpu: float
    start: float
    p50: float
    p99: float
    rate: float
    cpu: float
    change: float
    memory: int
    disk: int


def measure(
    name: str, corpus: Corpus, work: Path, environments: Path, questions: Sequence[str]
) -> Round:
    """Index in one process; open, search and change in a fresh one."""
    folder = work / name
    shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(f"{folder}-files", ignore_errors=True)
    with Driver(name, folder, environments=environments, mode="files") as driver:
        driver.tell(do="ready")
        ingest = driver.tell(do="index", passages=str(corpus.passages))
    disk = size_of(folder)
    with Driver(name, folder, environments=environments, mode="files") as driver:
        driver.tell(do="open")
        driver.tell(do="search", queries=[["first", questions[-1]]], k=K)
        start = time.perf_counter() - driver.started
        if name == "patella":
            start = _ask(folder, questions[-1])
        queries = [[str(n), text] for n, text in enumerate(questions[:QUERIES])]
        found = driver.tell(do="search", queries=queries, k=K)
        times = Times(tuple(found["took"]))
        edited = {
            "id": "d000000-0",
            "title": "Changed",
            "text": f"The knee, changed {time.time()}.",
        }
        change = driver.tell(do="change", passage=edited)["seconds"]
        memory = driver.memory()
    total = sum(times.all)
    return Round(
        name,
        ingest["took"],
        ingest["cpu"],
        start,
        times.median,
        times.percentile(0.99),
        len(times.all) / total,
        found["cpu"] / len(times.all),
        change,
        memory,
        disk,
    )


def _ask(folder: Path, question: str) -> float:
    begun = time.perf_counter()
    run(*PATELLA, "--data-dir", folder, "ask", question)
    return time.perf_counter() - begun


def ratios(found: Sequence[Round]) -> str:
    """Return how the fastest peer of each round stands to Patella, median of the rounds, in their order."""
    own = [one for one in found if one.library == "patella"]
    size = len(found) // len(own)
    turns = [found[n * size : (n + 1) * size] for n in range(len(own))]

    def middle(field: str) -> float:
        return statistics.median(
            min(getattr(one, field) for one in turn if one.library != "patella")
            / next(getattr(one, field) for one in turn if one.library == "patella")
            for turn in turns
        )

    return (
        f"The fastest peer's over Patella's: ingest {middle('ingest'):.2f} × (CPU"
        f" {middle('ingest_cpu'):.2f} ×), cold start to first result {middle('start'):.1f} ×,"
        f" query {middle('p50'):.2f} × (CPU {middle('cpu'):.2f} ×), one changed"
        f" {middle('change'):.1f} ×.\n"
    )


def table(rounds: Sequence[Round], passages: int) -> str:
    """Return the medians of the rounds, a library a row."""
    lines = [
        f"| | {passages:,} passages to a saved index | CPU of that | cold process to first result"
        " | query p50 / p99 | queries/s, one at a time | CPU a query | one changed | resident MB"
        " | index MB |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name in dict.fromkeys(r.library for r in rounds):
        own = [r for r in rounds if r.library == name]

        def middle(field: str, own: Sequence[Round] = own) -> float:
            return float(statistics.median(getattr(r, field) for r in own))

        cells = [
            seconds(middle("ingest")),
            seconds(middle("ingest_cpu")),
            seconds(middle("start")),
            f"{seconds(middle('p50'))} / {seconds(middle('p99'))}",
            f"{middle('rate'):.1f}",
            seconds(middle("cpu")),
            seconds(middle("change")),
            f"{middle('memory') / 1e6:.0f}",
            f"{middle('disk') / 1e6:.0f}",
        ]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure all libraries by turns."""
    parser = argparse.ArgumentParser(description="Patella beside its peers: how fast.")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--passages", type=int, default=1000)
    parser.add_argument("--corpus", type=Path, nargs="+", default=[], help="Sets in BEIR form.")
    parser.add_argument("--environments", type=Path, default=default_folder())
    parser.add_argument("--only", nargs="+", choices=ALL, default=list(ALL))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, help="Keep the figures (JSON) in this file.")
    args = parser.parse_args()
    corpus = prepare(args.work, args.passages, args.corpus)
    questions = asked()
    found: list[Round] = []
    for number in range(args.rounds):
        for name in args.only[number % len(args.only) :] + args.only[: number % len(args.only)]:
            one = measure(name, corpus, args.work / "peers", args.environments, questions)
            print(json.dumps(asdict(one)), file=sys.stderr, flush=True)
            found.append(one)
    if args.out:
        body = {
            "machine": machine(),
            "passages": args.passages,
            "rounds": [asdict(r) for r in found],
        }
        args.out.write_text(json.dumps(body, indent=1) + "\n", "utf-8")
    print(table(sorted(found, key=lambda r: ALL.index(r.library)), args.passages))
    if {*args.only} > {"patella"}:
        print(ratios(found))


if __name__ == "__main__":
    main()
