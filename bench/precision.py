"""What 8 bits cost: a set's documents and questions embedded in full precision and in 8 bits, and judged.

Usage: python -m bench.precision BEIR-FOLDER [--split test] [--documents N]

Vectors alone order the documents, so that no other part of a search hides a difference. With
``--documents`` the judged documents and the first others are taken.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import ir_measures
import numpy as np
from ir_measures import nDCG

from corpus.judged import JudgedDocument, JudgedSet, Qrels, Run, read_beir
from index.embed import Encoder, Vectors
from patella.encoders import make_encoder
from patella.settings import load

MEASURE = nDCG @ 10
DEPTH = 100


def chosen(judged: JudgedSet, documents: int) -> list[JudgedDocument]:
    """Return the judged documents and the first others, ``documents`` in all; 0 for every one."""
    wanted = {name for grades in judged.qrels.values() for name in grades}
    every = list(judged.corpus())
    if not documents:
        return every
    first = [one for one in every if one.id in wanted]
    others = [one for one in every if one.id not in wanted]
    return first + others[: max(0, documents - len(first))]


def run_of(
    questions: dict[str, str], asked: Vectors, documents: Sequence[JudgedDocument], held: Vectors
) -> Run:
    """Return the best documents of each question by cosine."""
    scores = asked @ held.T
    run: Run = {}
    for name, row in zip(questions, scores, strict=True):
        best = np.argsort(-row, kind="stable")[:DEPTH]
        run[name] = {documents[i].id: float(row[i]) for i in best}
    return run


def judge(qrels: Qrels, run: Run) -> dict[str, float]:
    """Return nDCG@10 of each question."""
    return {one.query_id: one.value for one in ir_measures.iter_calc([MEASURE], qrels, run)}


def embedded(encoder: Encoder, texts: Sequence[str]) -> tuple[Vectors, float]:
    """Return vectors, and the CPU seconds that they took."""
    encoder.encode(texts[:2])
    begun = time.process_time()
    return encoder.encode(texts), time.process_time() - begun


def main() -> None:
    """Embed, judge, and print a table."""
    parser = argparse.ArgumentParser(description="What 8 bits cost.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--split", default="test")
    parser.add_argument("--documents", type=int, default=0)
    parser.add_argument("--questions", type=int, default=0)
    args = parser.parse_args()
    judged = read_beir(args.folder, args.split)
    documents = chosen(judged, args.documents)
    names = list(judged.queries)[: args.questions or None]
    questions = {name: judged.queries[name] for name in names}
    qrels = {name: judged.qrels[name] for name in names}
    texts = [f"{one.title}\n{one.text}" if one.title else one.text for one in documents]
    values, cpu, held = {}, {}, {}
    for precision in ("full", "int8"):
        encoder = make_encoder(replace(load(), precision=precision))
        held[precision], cpu[precision] = embedded(encoder, texts)
        asked = encoder.encode(list(questions.values()))
        values[precision] = judge(qrels, run_of(questions, asked, documents, held[precision]))
    change = [values["int8"][name] - values["full"][name] for name in names]
    cosines = (held["full"] * held["int8"]).sum(axis=1)
    told = {
        "set": args.folder.name,
        "documents": len(documents),
        "questions": len(names),
        "full": round(float(np.mean(list(values["full"].values()))), 4),
        "int8": round(float(np.mean(list(values["int8"].values()))), 4),
        "change": round(float(np.mean(change)), 4),
        "standard error": round(float(np.std(change) / len(change) ** 0.5), 4),
        "cosine, mean": round(float(cosines.mean()), 5),
        "cosine, least": round(float(cosines.min()), 5),
        "CPU, full / int8": round(cpu["full"] / cpu["int8"], 2),
    }
    print(json.dumps(told, ensure_ascii=False))


if __name__ == "__main__":
    main()
