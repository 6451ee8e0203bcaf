"""One document changed: read, embedded, published, and seen by an engine that runs."""

from __future__ import annotations

import time
from pathlib import Path

from bench.speed.measure import Figure, Times, seconds
from patella.engine import Engine
from patella.writer import Writer

BODY = "The knee hurts when sitting for long with the knee bent, and going down stairs. " * 6


def figures(engine: Engine, work: Path, size: int, rounds: int) -> list[Figure]:
    """Change a document ``rounds`` times; beside each, embed as long a text alone.

    The engine keeps its reading processes, as a server's does.
    """
    folder = work / f"changing-{size}"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "one.md"
    file.write_text(f"# One\n\n{BODY}\n", "utf-8")
    Writer(engine).add([folder])
    assert engine.generation().passages >= size
    took, alone, beyond = [], [], []
    for number in range(rounds):
        said = f"Edit {number} at {time.time()}."
        begun = time.perf_counter()
        engine.encoder.encode([f"One\n{BODY}{said}", "One"])
        alone.append(time.perf_counter() - begun)
        file.write_text(f"# One\n\n{BODY}{said}\n", "utf-8")
        begun = time.perf_counter()
        report = Writer(engine).add([folder])
        assert engine.generation().id == report.generation
        took.append(time.perf_counter() - begun)
        beyond.append(took[-1] - 1.5 * alone[-1])
    all_, bare = Times(tuple(took)), Times(tuple(alone))
    over = Times(tuple(beyond))
    return [
        Figure(
            "change",
            f"one document of {size:,} passages, until it is seen",
            all_.median,
            against="embedding it",
            base=bare.median,
            note=f"least {seconds(all_.least)}, worst {seconds(max(took))} of {rounds}, merges included",
        ),
        Figure(
            "change",
            f"the same, {size:,} passages, beyond 1.5 × its embedding",
            over.median,
            target=0.1,
        ),
    ]
