"""How search grows with the library: flat and approximate, time and recall."""

from __future__ import annotations

import time

from bench.speed.measure import Figure, Times, seconds
from index.embed import Vectors
from index.search import Words
from patella.engine import Engine


def figures(engine: Engine, questions: list[str], size: int) -> list[Figure]:
    """Time the parts of a search: candidates by vector, by words, and both fused."""
    searcher = engine.searcher()
    vectors: Vectors = engine.encoder.encode(questions)
    dense, words, whole = [], [], []
    for question, vector in zip(questions, vectors, strict=True):
        stems = dict.fromkeys(searcher.lexical.stems(question), 1.0)
        begun = time.perf_counter()
        searcher.vectors.search(vector, 100)
        dense.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        searcher.lexical.search(stems, 100)
        words.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        searcher.search(vector, Words(stems))
        whole.append(time.perf_counter() - begun)
    found = []
    for name, took in {"by vector": dense, "by words": words, "fused": whole}.items():
        times = Times(tuple(took))
        found.append(
            Figure(
                "scale",
                f"{size:,} passages, candidates {name}",
                times.median,
                note=f"p99 {seconds(times.percentile(0.99))}, made-up texts",
            )
        )
    return found
