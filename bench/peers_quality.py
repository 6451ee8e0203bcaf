"""Judge Patella and its peers on the same sets, each as it comes: nDCG@10, and whether the gap is chance.

Usage: python -m bench.peers_quality BEIR-FOLDER [BEIR-FOLDER …] --split test [--out DIR]

Every library embeds with all-MiniLM-L6-v2 from the same folder and searches hybridly with its own
defaults; it gets whole documents, and cuts them or not as it does. A document scores as its best part,
and 100 documents are asked for. ``p`` is two-sided, from a paired bootstrap over the questions.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.peers.client import Driver
from bench.peers.environments import ALL, default_folder, version_of
from corpus.judged import JudgedSet, Run, read_beir
from patella.evaluate import Evaluation, compare, score

K = 100
MEASURE = "nDCG@10"


def judge(name: str, judged: JudgedSet, work: Path, environments: Path) -> Evaluation:
    """Have one library index a set's documents and search its questions."""
    with Driver(name, work / name, environments=environments) as driver:
        took = driver.tell(do="index", passages=str(judged.folder / "corpus.jsonl"))
        queries = [[query, text] for query, text in judged.queries.items()]
        found = driver.tell(do="search", queries=queries, k=K)
    run: Run = found["run"]
    print(
        f"{name}: indexed in {took['took']:.0f} s, {len(run)} questions in {sum(found['took']):.1f} s",
        file=sys.stderr,
    )
    return score(run, judged.qrels)


def part_of(judged: JudgedSet, work: Path, questions: int, documents: int) -> JudgedSet:
    """Return a smaller set: the first questions, what they ask for, and other documents beside it."""
    folder = work / f"{judged.folder.name}-{questions}-{documents}"
    folder.mkdir(parents=True, exist_ok=True)
    kept = dict(list(judged.queries.items())[:questions])
    qrels = {query: judged.qrels[query] for query in kept}
    wanted = {document for grades in qrels.values() for document in grades}
    every = list(judged.corpus())
    chosen = [one for one in every if one.id in wanted]
    chosen += [one for one in every if one.id not in wanted][: max(0, documents - len(chosen))]
    with (folder / "corpus.jsonl").open("w", encoding="utf-8") as file:
        for one in chosen:
            file.write(json.dumps({"_id": one.id, "title": one.title, "text": one.text}) + "\n")
    return JudgedSet(folder, kept, qrels)


def read_run(path: Path) -> Run:
    """Read a run that was kept in TREC form."""
    run: Run = {}
    for line in path.read_text("utf-8").splitlines():
        query, _, document, _, value, _ = line.split()
        run.setdefault(query, {})[document] = float(value)
    return run


def row(name: str, mine: Evaluation, ours: Evaluation) -> dict[str, Any]:
    """Return a library's figures, and how ours differs from it."""
    told: dict[str, Any] = {"library": name, **{m: v.mean for m, v in mine.measures.items()}}
    if name != "patella":
        told["version"] = version_of(name)
        told["ahead"], told["p"] = compare(ours, mine, MEASURE)
    return told


def table(title: str, rows: list[dict[str, Any]]) -> str:
    """Return a set's figures as a table in Markdown."""
    lines = [
        f"**{title}**",
        "",
        "| | nDCG@10 | R@10 | R@100 | S@1 | Patella ahead | p |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in rows:
        name = f"{one['library']} {one.get('version', '')}".strip()
        ahead = f"{one['ahead']:+.3f} | {one['p']:.3f}" if "ahead" in one else " | "
        figures = " | ".join(f"{one[m]:.3f}" for m in ("nDCG@10", "R@10", "R@100", "S@1"))
        lines.append(f"| {name} | {figures} | {ahead} |")
    return "\n".join(lines) + "\n"


def write_run(path: Path, run: Run, name: str) -> None:
    """Write a run in TREC form, so that other tools can judge it."""
    with path.open("w", encoding="utf-8") as file:
        for query, found in run.items():
            ranked = sorted(found.items(), key=lambda item: (-item[1], item[0]))[:K]
            for rank, (document, value) in enumerate(ranked, start=1):
                file.write(f"{query} Q0 {document} {rank} {value:.6f} {name}\n")


def main() -> None:
    """Judge the sets that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", type=Path, nargs="+")
    parser.add_argument("--split", default="test")
    parser.add_argument("--environments", type=Path, default=default_folder())
    parser.add_argument("--only", nargs="+", choices=ALL, default=list(ALL))
    parser.add_argument(
        "--out",
        type=Path,
        help="Keep runs (TREC form) and figures (JSON) here; kept runs are used.",
    )
    parser.add_argument("--questions", type=int, help="Only so many questions …")
    parser.add_argument("--documents", type=int, default=1000, help="… over so many documents.")
    args = parser.parse_args()
    for folder in args.sets:
        with tempfile.TemporaryDirectory(prefix="peers-") as work:
            judged = read_beir(folder, args.split)
            if args.questions:
                judged = part_of(judged, Path(work), args.questions, args.documents)
            compare_on(judged, args, Path(work))


def compare_on(judged: JudgedSet, args: argparse.Namespace, work: Path) -> None:
    """Judge all libraries on one set, and print and keep what comes of it."""
    named = f"{judged.folder.name}.{args.split}"
    found: dict[str, Evaluation] = {}
    if args.out:
        args.out.mkdir(parents=True, exist_ok=True)
    for name in ["patella", *(n for n in args.only if n != "patella")]:
        kept = args.out / f"{named}.{name}.run" if args.out else None
        if kept and kept.is_file():
            found[name] = score(read_run(kept), judged.qrels)
            continue
        found[name] = judge(name, judged, work, args.environments)
        if kept:
            write_run(kept, found[name].run, name)
    rows = [row(name, one, found["patella"]) for name, one in found.items()]
    print(table(f"{judged.folder.name}, {args.split} ({len(judged.queries)} questions)", rows))
    if args.out:
        body = {"set": judged.folder.name, "split": args.split, "rows": rows}
        (args.out / f"{named}.json").write_text(json.dumps(body, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
