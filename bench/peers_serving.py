"""Searches a second: Patella over HTTP, with a process a core, against txtai in process, by turns.

Usage: python -m bench.peers_serving --work DIR [--passages 1000] [--corpus BEIR-FOLDER …]

Both have the same encoder, passages and questions, none of them asked before. txtai answers one question
after the other with all cores for each, which is its best in one process; Patella answers eight at once, and
does more for each: words beside meaning, sentences scored one by one, spelling, filters and facets.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.peers.client import Driver
from bench.peers.environments import default_folder
from bench.speed.corpora import prepare
from bench.speed.measure import machine
from bench.speed.serving import load, new_questions, served
from corpus.machine import cores

PEER = "txtai"


def main() -> None:
    """Measure both, and print the ratios."""
    parser = argparse.ArgumentParser(description="Searches a second beside txtai.")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--passages", type=int, default=1000)
    parser.add_argument("--corpus", type=Path, nargs="+", default=[], help="Sets in BEIR form.")
    parser.add_argument("--environments", type=Path, default=default_folder())
    parser.add_argument("--searches", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    corpus = prepare(args.work, args.passages, args.corpus)
    folders = {name: args.work / "serving" / name for name in (PEER, "patella")}
    for name, folder in folders.items():
        if not folder.is_dir():
            with Driver(name, folder, environments=args.environments, mode="files") as driver:
                driver.tell(do="ready")
                driver.tell(do="index", passages=str(corpus.passages))
    rounds = _by_turns(folders, args.environments, args.searches, args.rounds)
    print(json.dumps(machine()), file=sys.stderr)
    print(_table(rounds, args.passages))


Round = tuple[float, float, float, float]
"""Searches a second and CPU seconds each, of the peer and of Patella."""


def _by_turns(
    folders: dict[str, Path], environments: Path, searches: int, rounds: int
) -> list[Round]:
    found = []
    questions = new_questions((rounds + 1) * searches)
    with (
        served(folders["patella"], cores()) as server,
        Driver(PEER, folders[PEER], environments=environments, mode="files") as driver,
    ):
        driver.tell(do="open")
        driver.tell(do="search", queries=[["0", "first"]], k=10)
        for number in range(1, rounds + 1):
            mine = questions[number * searches : (number + 1) * searches]
            asked = [[str(n), text] for n, text in enumerate(mine)]
            peer = driver.tell(do="search", queries=asked, k=10)
            ours = load(server, mine)
            rate, cpu = len(mine) / sum(peer["took"]), peer["cpu"] / len(mine)
            found.append((rate, cpu, ours.rate, ours.cpu))
            print(found[-1], file=sys.stderr, flush=True)
    return found


def _table(rounds: Sequence[Round], passages: int) -> str:
    rate, cpu, our_rate, our_cpu = (
        statistics.median(column) for column in zip(*rounds, strict=True)
    )
    faster = statistics.median(ours / peer for peer, _, ours, _ in rounds)
    share = statistics.median(ours / peer for _, peer, _, ours in rounds)
    return (
        f"| {passages:,} passages | searches a second | CPU each |\n|---|---|---|\n"
        f"| {PEER}, in process | {rate:.1f} | {1000 * cpu:.1f} ms |\n"
        f"| Patella over HTTP, {cores()} processes | {our_rate:.1f} | {1000 * our_cpu:.1f} ms |\n"
        f"| ratio, median of {len(rounds)} rounds | {faster:.2f} × | {share:.2f} × |\n"
    )


if __name__ == "__main__":
    main()
