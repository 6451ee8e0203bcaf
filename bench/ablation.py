"""What each part of the search is worth: the same judged questions, with one thing changed at a time.

Usage: python -m bench.ablation DIR [--split train] [--questions N --documents N] [--work DIR]
    [--reranker MODEL] [--json]

DIR is a set in BEIR form; ``python -m bench.beir OUT`` writes our own questions so. Three libraries are
made of it: as it is by default, without titles and headings before the passages, and with passages of
half the size. Each row is nDCG@10, its difference to the default, and the two-sided p-value of that by
the paired bootstrap. ``--work`` keeps the libraries for the next run.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bench.peers_quality import part_of
from corpus.judged import JudgedDocument, JudgedSet, Run, read_beir
from corpus.records import Scored
from index import fuse
from index.expand import Expansion, expand
from index.reranker import Reranker
from index.search import DEPTH, Words
from index.vector_files import Vectors
from index.vectors import DenseHit
from patella.asking import normalise
from patella.engine import Engine, shipped_words
from patella.evaluate import Evaluation, compare, fill, library, plain, run_queries, score
from patella.settings import load

MEASURE = "nDCG@10"
RRF_K = 60
"""Of reciprocal rank fusion (Cormack, Clarke and Buettcher 2009)."""
FEEDBACK = 3
"""First passages whose mean vector is added to the question's (Rocchio 1971)."""
FEEDBACK_WEIGHT = 0.3
HALF = 128
"""Tokens of a passage of half the size."""

Order = Callable[["Lab", str], Sequence[Scored]]
"""A question to passages with scores."""


@dataclass(frozen=True)
class Lab:
    """A library opened for trying things on its parts."""

    engine: Engine

    def added(self, text: str) -> Expansion:
        """Return what the search adds to a question."""
        lexical = self.engine.searcher().lexical
        return expand(
            text,
            vocabulary=shipped_words()[1],
            frequency=lexical.document_frequency,
            similar=lexical.similar,
            passages=len(lexical),
            holds=lambda word: lexical.frequency(word) > 0,
        )

    def question(self, text: str, *, added: bool = True) -> tuple[Vectors, dict[str, float]]:
        """Return a question's vector and its stems with weights, with words added or not."""
        found = self.added(text) if added else Expansion((), text, {})
        stems = self.engine.searcher().lexical.stems(text)
        return self.engine.encoder.encode([found.mended])[0], found.weights | dict.fromkeys(
            stems, 1.0
        )

    def fused(self, text: str, *, weight: float, added: bool = True) -> list[Scored]:
        """Search as the engine does before it reads sentences."""
        vector, weights = self.question(text, added=added)
        return self.engine.searcher().search(vector, Words(weights), weight=weight)

    def documents(self, scored: Sequence[Scored]) -> dict[int, str]:
        """Return the document of each passage."""
        generation = self.engine.generation().id
        found = self.engine.store.passages([s.passage_id for s in scored], generation=generation)
        return {passage_id: document.path for passage_id, (_, document) in found.items()}


def convex(weight: float, *, added: bool = True) -> Order:
    """Return the convex combination with ``weight`` on dense."""
    return lambda lab, text: lab.fused(text, weight=weight, added=added)


def without_titles(lab: Lab, text: str) -> list[Scored]:
    """Fuse without the title's cosine."""
    found = lab.fused(text, weight=1.0)
    dense = [DenseHit(s.passage_id, s.dense, s.dense, s.questions) for s in found]
    return fuse.convex(dense, {s.passage_id: s.lexical for s in found if s.lexical})


def reciprocal_ranks(lab: Lab, text: str) -> list[Scored]:
    """Fuse by the ranks in both lists."""
    dense = lab.fused(text, weight=1.0)
    words = sorted(dense, key=lambda s: -s.lexical)
    total: dict[int, float] = {}
    for ranked in (dense[:DEPTH], [s for s in words if s.lexical][:DEPTH]):
        for rank, one in enumerate(ranked, start=1):
            total[one.passage_id] = total.get(one.passage_id, 0.0) + 1 / (RRF_K + rank)
    return [s._replace(score=total.get(s.passage_id, 0.0)) for s in dense]


def feedback(lab: Lab, text: str) -> list[Scored]:
    """Search again with the question's vector moved towards the first passages."""
    vector, weights = lab.question(text)
    searcher = lab.engine.searcher()
    first = searcher.search(vector, Words(weights))[:FEEDBACK]
    found = lab.engine.store.passages(
        [s.passage_id for s in first], generation=lab.engine.generation().id
    )
    texts = [f"{p.prefix}\n{p.text}" for p, _ in found.values()]
    moved = vector + FEEDBACK_WEIGHT * lab.engine.encoder.encode(texts).mean(axis=0)
    return searcher.search(moved / np.linalg.norm(moved), Words(weights))


ORDERS: dict[str, Order] = {
    "BM25 alone": convex(0.0),
    "dense alone": convex(1.0),
    "fused by reciprocal ranks": reciprocal_ranks,
    "fused, 0.5 dense": convex(0.5),
    "fused, 0.6 dense (what the default reads)": convex(fuse.DENSE_WEIGHT),
    "fused, 0.7 dense": convex(0.7),
    "fused, 0.8 dense": convex(0.8),
    "fused, without title vectors": without_titles,
    "fused, without added words": convex(fuse.DENSE_WEIGHT, added=False),
    "fused, with feedback from the first three": feedback,
}
DEFAULT = "default: fused, then ordered by sentences"
SUM = "fused, a document as the sum of its two best passages"


def run(lab: Lab, queries: dict[str, str], order: Order, *, best: int = 1) -> Run:
    """Rank documents for each question; a document scores as the sum of its ``best`` passages."""
    found: Run = {}
    for query, text in queries.items():
        scored = order(lab, normalise(plain(text)))
        documents = lab.documents(scored)
        passages: dict[str, list[float]] = {}
        for one in scored:
            passages.setdefault(documents[one.passage_id], []).append(one.score)
        found[query] = {d: sum(sorted(s)[-best:]) for d, s in passages.items()}
    return found


def ablate(judged: JudgedSet, work: Path, reranker: str) -> Iterator[tuple[str, Evaluation]]:
    """Give each variant with its evaluation as it is measured, the default first."""
    settings = load()
    with library(settings, work / "default") as engine:
        fill(engine, judged.corpus)
        lab = Lab(engine)
        yield DEFAULT, score(run_queries(engine, judged.queries), judged.qrels)
        for name, order in ORDERS.items():
            yield name, score(run(lab, judged.queries, order), judged.qrels)
        summed = run(lab, judged.queries, convex(fuse.DENSE_WEIGHT), best=2)
        yield SUM, score(summed, judged.qrels)
        if reranker:
            engine.reranker = Reranker(reranker)
            reranked = run_queries(engine, judged.queries)
            yield "default, and the reranker", score(reranked, judged.qrels)

    def untitled() -> Iterator[JudgedDocument]:
        return (replace(document, title="") for document in judged.corpus())

    for name, titled, limit in (
        ("default, without titles and headings", False, None),
        ("default, passages of half the size", True, HALF),
    ):
        with library(settings, work / name.split(", ")[1]) as engine:
            fill(engine, judged.corpus if titled else untitled, limit=limit)
            yield name, score(run_queries(engine, judged.queries), judged.qrels)


def told(
    judged: JudgedSet, work: Path, reranker: str
) -> Iterator[tuple[str, tuple[float, float, float]]]:
    """Give each variant's measure, its difference to the default and the p-value of that.

    Each is told on stderr at once: all of them take half an hour on a set of some size.
    """
    default = None
    for name, one in ablate(judged, work, reranker):
        default = default or one
        row = (one.measures[MEASURE].mean, *compare(one, default, MEASURE))
        print(name, *(f"{value:.3f}" for value in row), file=sys.stderr, flush=True)
        yield name, row


def main() -> None:
    """Print the table, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--split", default="train")
    parser.add_argument("--questions", type=int, default=0, help="only the first N …")
    parser.add_argument("--documents", type=int, default=1000, help="… over so many documents")
    parser.add_argument("--work", type=Path)
    parser.add_argument("--reranker", default="")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    judged = read_beir(args.folder, args.split)
    with tempfile.TemporaryDirectory() as spare:
        if args.questions:
            judged = part_of(judged, Path(spare), args.questions, args.documents)
        rows = dict(told(judged, args.work or Path(spare), args.reranker))
    if args.json:
        print(json.dumps({n: {MEASURE: m, "gap": g, "p": p} for n, (m, g, p) in rows.items()}))
        return
    over = f" over {args.documents} documents" if args.questions else ""
    asked = f"{len(judged.queries)} questions{over}"
    print(f"| {args.folder.name}, {args.split}, {asked} | {MEASURE} | gap | p |")
    print("|---|--:|--:|--:|")
    for name, (mean, gap, p) in rows.items():
        print(f"| {name} | {mean:.3f} | {gap:+.3f} | {p:.3f} |")


if __name__ == "__main__":
    main()
