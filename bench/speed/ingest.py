"""Files to searchable, against the bare encoder on the same passages."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from bench.speed.corpora import Corpus
from bench.speed.limits import flops, gemm
from bench.speed.measure import Figure, cpu_used
from bench.speed.start import PATELLA, run
from index.embed import find_model
from index.tokens import SPECIAL_TOKENS, TokenCounter
from patella.encoders import make_encoder
from patella.settings import load


def figures(corpus: Corpus, work: Path, rounds: int) -> list[Figure]:
    """Read, embed and publish a folder in a process of its own; beside it the encoder, by turns."""
    encoder = make_encoder(load())
    encoder.encode(list(corpus.inputs[:32]))
    size = len(corpus.inputs)
    mine, bare = [], []
    used: list[tuple[float, ...]] = []
    for number in range(rounds):
        data = work / f"ingest-{size}-{number}"
        shutil.rmtree(data, ignore_errors=True)
        begun, cpu = time.perf_counter(), cpu_used()
        run(*PATELLA, "--data-dir", data, "add", corpus.files, "--quiet")
        mine.append(time.perf_counter() - begun)
        used.append((cpu_used() - cpu,))
        begun, cpu = time.perf_counter(), cpu_used()
        encoder.encode(list(corpus.inputs))
        bare.append(time.perf_counter() - begun)
        used[-1] += (cpu_used() - cpu,)
        shutil.rmtree(data)
    ratios = sorted(a / b for a, b in zip(mine, bare, strict=True))
    counted = TokenCounter(find_model("shipped").tokenizer)(corpus.inputs)
    work_done = flops([n + SPECIAL_TOKENS for n in counted])
    peak = gemm()
    best = max(peak.values())
    rate = work_done / min(bare) / 1e9
    return [
        Figure(
            "ingest",
            f"{size:,} passages, files to searchable",
            sorted(mine)[rounds // 2],
            against="the bare encoder",
            base=sorted(bare)[rounds // 2],
            ratio=ratios[rounds // 2],
            target=1.1,
            note=f"{size / min(mine):.0f} passages/s at best; CPU {min(a / b for a, b in used):.2f} ×"
            + ", made-up texts" * corpus.made_up,
        ),
        Figure(
            "ingest",
            "the encoder's GFLOP/s against matrix products",
            rate,
            "GFLOP/s",
            against=f"float32 {peak['float32']:.0f}, bfloat16 {peak['bfloat16']:.0f}",
            base=best,
            ratio=rate / best,
            target=0.5,
            at_least=True,
        ),
    ]
