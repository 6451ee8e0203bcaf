"""One document changed: read, embedded, published, and seen by an engine that runs, merges included."""

from __future__ import annotations

import statistics
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from bench.speed.corpora import sentences
from bench.speed.measure import Figure, Times, seconds
from index.build import IN_PASSING
from index.merging import STALE
from patella.engine import Engine
from patella.merging import merge
from patella.quiet import quietly
from patella.writer import Writer

BODY = "The knee hurts when sitting for long with the knee bent, and going down stairs. " * 6
DOCUMENTS = 20
"""Documents that are changed in turns: what each replaces lies in a segment of its own age."""
MOST_MERGED = 100_000
"""Passages of a library that is merged as a whole; a million would take minutes."""
_SAMPLE = 128
"""Passages embedded to tell what building anew costs at least."""


@dataclass(slots=True)
class _Measured:
    seen: list[float] = field(default_factory=list)
    """Seconds from the beginning of a run until the other engine answers from what it published."""
    whole: list[float] = field(default_factory=list)
    """Until the run has ended, with what it clears away after that."""
    alone: list[float] = field(default_factory=list)
    written: list[int] = field(default_factory=list)


def figures(engine: Engine, reader: Engine, work: Path, size: int, rounds: int) -> list[Figure]:
    """Change documents in turns, ``rounds`` times; beside each, embed as long a text alone.

    ``engine`` keeps its reading processes, as a server's does; ``reader`` serves the same library.
    """
    folder = work / f"changing-{size}"
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(DOCUMENTS):
        (folder / f"{number}.md").write_text(_text(number, f"As of {time.time()}."), "utf-8")
    Writer(engine).add([folder])
    assert engine.generation().passages >= size
    _change(engine, reader, folder, 0, _Measured())
    found = _Measured()
    with quietly(engine, merge):
        for number in range(rounds):
            _change(engine, reader, folder, number, found)
    told = _figures(found, size, _anew(engine, size))
    return [*told, *_many(engine, size)] if IN_PASSING < size <= MOST_MERGED else told


def _many(engine: Engine, size: int) -> list[Figure]:
    """Leave out so many documents that everything is to be merged, and show them again."""
    listed = [document.id for document in engine.documents()]
    out = listed[: int(1.3 * STALE * len(listed))]
    times = []
    for work in (
        lambda: Writer(engine).hide(out[1:]),
        lambda: merge(engine),
        lambda: Writer(engine).hide(out[:1]),
    ):
        begun = time.perf_counter()
        assert work()
        times.append(time.perf_counter() - begun)
    Writer(engine).show(out)
    merge(engine)
    change, beside, after = times
    note = f"merged beside it in {seconds(beside)}, taken up by a change of {seconds(after)}"
    return [Figure("change", f"a quarter of {size:,} passages left out", change, note=note)]


def _text(number: int, said: str) -> str:
    return f"# Number {number}\n\n{BODY}{said}\n"


def _change(engine: Engine, reader: Engine, folder: Path, number: int, found: _Measured) -> None:
    said = f"Edit {number} at {time.time()}."
    begun = time.perf_counter()
    engine.encoder.encode([f"Number {number}\n{BODY}{said}"])
    found.alone.append(time.perf_counter() - begun)
    place = number % DOCUMENTS
    (folder / f"{place}.md").write_text(_text(place, said), "utf-8")
    before, seen = reader.generation().id, threading.Event()
    moments: list[float] = []

    def look() -> None:
        while not seen.is_set():
            if reader.generation().id != before:
                moments.append(time.perf_counter())
                return
            time.sleep(0.002)

    looking = threading.Thread(target=look)
    written = _written()
    begun = time.perf_counter()
    looking.start()
    try:
        report = Writer(engine).add([folder / f"{place}.md"])
        found.whole.append(time.perf_counter() - begun)
        looking.join(timeout=30)
    finally:
        seen.set()
    assert reader.generation().id == report.generation != before
    found.seen.append(moments[0] - begun)
    found.written.append(_written() - written)


def _written() -> int:
    """Return the bytes that this process has had written to disks."""
    lines = Path("/proc/self/io").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("write_bytes:"))


def _anew(engine: Engine, size: int) -> float:
    """Return what embedding alone takes when a library of ``size`` passages is built anew."""
    known = sentences()
    texts = [" ".join(known[(7 * n + i) % len(known)] for i in range(7)) for n in range(_SAMPLE)]
    begun = time.perf_counter()
    engine.encoder.encode(texts)
    return (time.perf_counter() - begun) / _SAMPLE * size


def _figures(found: _Measured, size: int, anew: float) -> list[Figure]:
    seen, whole, alone = (
        Times(tuple(found.seen)),
        Times(tuple(found.whole)),
        Times(tuple(found.alone)),
    )
    beyond = [a - 1.5 * b for a, b in zip(found.seen, found.alone, strict=True)]
    own = len(_text(0, "").encode()) + 2 * 4 * 384
    written = statistics.median(found.written)
    rounds = len(found.seen)
    return [
        Figure(
            "change",
            f"one document of {size:,} passages, until it is seen",
            seen.median,
            against="embedding it",
            base=alone.median,
            note=f"least {seconds(seen.least)}, worst {seconds(max(seen.all))} of {rounds}, merges"
            f" included; the run ends after {seconds(whole.median)}, at worst {seconds(max(whole.all))}",
        ),
        Figure(
            "change",
            f"the same, {size:,} passages, beyond 1.5 × its embedding",
            statistics.median(beyond),
            target=0.1,
            note=f"least {seconds(min(beyond))}",
        ),
        Figure(
            "change",
            f"written to the disk, {size:,} passages",
            written / 1e3,
            unit="kB",
            note=f"{written / own:.0f} × the document and its vectors (median),"
            f" on average {statistics.mean(found.written) / own:.0f} ×,"
            f" at worst {max(found.written) / own:.0f} ×",
        ),
        Figure(
            "change",
            f"building {size:,} passages anew, embedding alone",
            anew,
            against="the change",
            base=seen.median,
            ratio=anew / seen.median,
            target=200 if size >= 10_000 else None,
            at_least=True,
        ),
    ]


def compared(medians: dict[int, float]) -> list[Figure]:
    """Return how a change in the largest library compares with one in the smallest."""
    if len(medians) < 2:
        return []
    small, large = min(medians), max(medians)
    return [
        Figure(
            "change",
            f"at {large:,} passages against {small:,}",
            medians[large],
            against=f"{small:,}",
            base=medians[small],
            ratio=medians[large] / medians[small],
            target=2.0,
        )
    ]
