"""Quality of the two backends side by side: one library, its index in files and in Milvus Lite.

Usage: python -m bench.backends DIR [DIR ...] [--split train] [--questions N] [--work DIR]

DIR is a set in BEIR form. Documents, passages and vectors are the same ones, so that a difference comes
of the index alone. It is told for the search as it is, and for what it is made of: vectors alone, words
alone, and both fused, so that the cause shows. Beside them: of each question's ten best passages, how
many both found. Exits 1 where the default search of a set differs by more than 0.005 nDCG@10.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bench.ablation import MEASURE, Lab, Order, convex, run
from corpus.judged import JudgedSet, Run, read_beir
from index import fuse
from patella.engine import Engine
from patella.evaluate import Evaluation, compare, fill, run_queries, score
from patella.settings import load

TARGET = 0.005
DEEP = 10
DEFAULT = "search as it is"
PARTS: dict[str, Order] = {
    "vectors alone": convex(1.0),
    "words alone (BM25)": convex(0.0),
    "fused": convex(fuse.DENSE_WEIGHT),
}
"""What a search is made of."""


@dataclass(frozen=True, slots=True)
class Row:
    """One way of searching on both backends: means, the difference and its p, and the overlap."""

    name: str
    local: float
    milvus: float
    gap: float
    p: float
    overlap: float
    """The share of the ten best documents of a question that both found, on average."""


def searched(engine: Engine, judged: JudgedSet) -> dict[str, Evaluation]:
    """Return the evaluation of each way of searching."""
    lab = Lab(engine)
    runs = {DEFAULT: run_queries(engine, judged.queries)}
    runs |= {name: run(lab, judged.queries, order) for name, order in PARTS.items()}
    return {name: score(found, judged.qrels) for name, found in runs.items()}


def overlap(one: Run, other: Run) -> float:
    """Return the share of the best ten of each question in ``one`` that are in ``other``'s, on average."""
    shares = []
    for query, found in one.items():
        mine, theirs = _best(found), _best(other[query])
        if mine:
            shares.append(len(mine & theirs) / len(mine))
    return float(np.mean(shares)) if shares else 1.0


def _best(found: dict[str, float]) -> set[str]:
    return set(sorted(found, key=lambda name: (-found[name], name))[:DEEP])


def rows(local: dict[str, Evaluation], milvus: dict[str, Evaluation]) -> list[Row]:
    """Hold the ways of searching against each other; the default comes first."""
    return [
        Row(
            name,
            mine.measures[MEASURE].mean,
            milvus[name].measures[MEASURE].mean,
            *compare(milvus[name], mine, MEASURE),
            overlap(mine.run, milvus[name].run),
        )
        for name, mine in local.items()
    ]


def cause(found: Sequence[Row]) -> str:
    """Say which part the difference of the default search comes from."""
    by_name = {row.name: row for row in found}
    if abs(by_name[DEFAULT].gap) <= TARGET:
        return f"Within {TARGET:g}."
    vectors, words = (by_name[name] for name in list(PARTS)[:2])
    if vectors.overlap < words.overlap:
        return "Cause: the approximate search by vectors, which finds other passages."
    return "Cause: BM25, whose word frequencies Milvus Lite counts over each segment."


def judged_of(folder: Path, split: str, questions: int) -> JudgedSet:
    """Read a set, or its first questions over all documents."""
    judged = read_beir(folder, split)
    names = [q for q in judged.queries if q in judged.qrels][: questions or None]
    return replace(
        judged,
        queries={q: judged.queries[q] for q in names},
        qrels={q: judged.qrels[q] for q in names},
    )


def measure(folder: Path, split: str, questions: int, work: Path) -> list[Row]:
    """Search a set on both backends, the second made of the library that the first made."""
    judged = judged_of(folder, split, questions)
    settings = replace(load(), data_dir=work / folder.name)
    found = []
    for backend in ("local", "milvus"):
        engine = Engine(replace(settings, index_backend=backend))
        try:
            fill(engine, judged.corpus)
            begun = time.monotonic()
            found.append(searched(engine, judged))
            took = time.monotonic() - begun
            print(f"{folder.name}, {backend}: {took:.0f} s", file=sys.stderr, flush=True)
        finally:
            engine.close()
    return rows(found[0], found[1])


def main() -> None:
    """Print a table for each set."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folders", type=Path, nargs="+", metavar="DIR")
    parser.add_argument("--split", action="append", help="One for all sets, or one for each.")
    parser.add_argument("--questions", type=int, default=0, help="Only the first N of each.")
    parser.add_argument("--work", type=Path, help="Keep the libraries here.")
    args = parser.parse_args()
    splits = args.split or ["test"]
    splits = splits * len(args.folders) if len(splits) == 1 else splits
    met = True
    with tempfile.TemporaryDirectory() as spare:
        for folder, split in zip(args.folders, splits, strict=True):
            found = measure(folder, split, args.questions, args.work or Path(spare))
            met &= abs(found[0].gap) <= TARGET
            print(
                f"\n| {folder.name}, {split} | local | Milvus Lite | gap | p | same of best ten |"
            )
            print("|---|--:|--:|--:|--:|--:|")
            for one in found:
                print(
                    f"| {one.name} | {one.local:.4f} | {one.milvus:.4f} | {one.gap:+.4f}"
                    f" | {one.p:.2f} | {one.overlap:.1%} |"
                )
            print(f"\n{cause(found)}", flush=True)
    sys.exit(0 if met else 1)


if __name__ == "__main__":
    main()
