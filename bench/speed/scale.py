"""How a search grows with the library: time, recall, memory and disk at each size.

Each size is measured in a process of its own, that has opened the index and the encoder and nothing
else: its memory is that of a search.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench.processes import ROOT, private, resident
from bench.speed import large
from bench.speed.measure import Figure, Times, seconds
from bench.speed.questions import asked
from index.search import Searcher, Words
from patella.encoders import make_encoder
from patella.settings import load

SLOWER, LEAST_RECALL, MEMORY = 5.0, 0.98, 1_200.0
"""Targets: p99 beside that of the size next to 10,000, recall@10, and MB of its own."""
_QUESTIONS = 300


def figures(work: Path, sizes: list[int]) -> list[Figure]:
    """Make what is not there, and measure each size."""
    encoder = make_encoder(load())
    found = {}
    for size in sizes:
        folder = large.made(work, size, encoder)
        done = subprocess.run(
            [sys.executable, "-m", "bench.speed.scale", str(folder)],
            capture_output=True,
            check=True,
            cwd=ROOT,
            text=True,
        )
        found[size] = json.loads(done.stdout)
    return [figure for size in sizes for figure in _figures(size, found)]


def _figures(size: int, all_found: dict[int, dict[str, Any]]) -> list[Figure]:
    found, held = all_found[size], f"{size:,} passages"
    small = all_found.get(10_000)
    slower = found["p99"] / small["p99"] if small and size > 10_000 else None
    parts = ", ".join(
        f"{name} {seconds(found[name])} and {seconds(found[f'{name} p99'])}"
        for name in ("encoding", "by vector", "by words", "both, fused")
    )
    return [
        Figure(
            "scale",
            f"p99 of a search with its encoding, {held}",
            found["p99"],
            against="10,000 passages" if slower else "",
            base=small["p99"] if small and slower else None,
            ratio=slower,
            target=SLOWER if slower else None,
            note=f"p50 {seconds(found['p50'])}; p50 and p99 of {parts}",
        ),
        Figure(
            "scale",
            f"recall@10 against exact, {held}",
            found["recall"],
            "",
            target=LEAST_RECALL,
            at_least=True,
            note=f"{found['recall']:.4f}; {found['setting']}",
        ),
        Figure(
            "scale",
            f"memory of its own, {held}",
            found["own"] / 1e6,
            "MB",
            target=MEMORY,
            note=f"and {found['mapped'] / 1e6:.0f} MB of mapped files; the index takes"
            f" {found['disk'] / 1e6:,.0f} MB of disk",
        ),
    ]


def measured(folder: Path) -> dict[str, Any]:
    """Search ``folder`` for our own judged questions, and tell how long and how well."""
    searcher, encoder = Searcher(folder), make_encoder(load())
    questions = asked()[:_QUESTIONS]
    vectors = encoder.encode(questions)
    took: dict[str, list[float]] = {
        name: [] for name in ("encoding", "by vector", "by words", "both, fused")
    }
    found = wanted = 0
    for turn in range(2):
        for question, vector in zip(questions, vectors, strict=True):
            stems = dict.fromkeys(searcher.lexical.stems(question), 1.0)
            ways = {
                # a mark, since the encoder remembers questions
                "encoding": lambda q=f"{question} ({turn})": encoder.encode([q]),
                "by vector": lambda v=vector: searcher.vectors.search(v, 100),
                "by words": lambda s=stems: searcher.lexical.search(s, 100),
                "both, fused": lambda v=vector, s=stems: searcher.search(v, Words(s)),
            }
            for name, way in ways.items():
                begun = time.perf_counter()
                way()
                took[name].append(time.perf_counter() - begun)
    own, all_of_it = private(os.getpid()), resident(os.getpid())
    for vector in vectors:
        best = {hit.passage_id for hit in searcher.vectors.search_exactly(vector, 10)}
        found += len(best & {hit.passage_id for hit in searcher.vectors.search(vector, 10)})
        wanted += len(best)
    whole = Times(tuple(a + b for a, b in zip(took["encoding"], took["both, fused"], strict=True)))
    settings = [one for s in searcher.vectors.segments if (one := s.approximate())]
    told = "; ".join(f"{s.probes} of {s.lists} lists, {s.width} compared exactly" for s in settings)
    out = {"p50": whole.median, "p99": whole.percentile(0.99), "recall": found / wanted}
    for name, times in took.items():
        out[name] = Times(tuple(times)).median
        out[f"{name} p99"] = Times(tuple(times)).percentile(0.99)
    disk = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return out | {
        "own": own,
        "mapped": all_of_it - own,
        "disk": disk,
        "setting": told or "all compared",
    }


if __name__ == "__main__":
    print(json.dumps(measured(Path(sys.argv[1]))))
