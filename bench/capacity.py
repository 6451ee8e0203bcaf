"""Sizes and costs of a library of many millions of passages, worked out from what one passage takes.

Usage: python -m bench.capacity [--library DATA-DIR] [--passages 1000000 ...] [--rate 50] [--price-cpu 25 ...]

Every line shows its arithmetic. What was measured, and by which command, stands at each number of
``Passage``; with ``--library`` the bytes a passage are those of that library. A million passages ran in the
local index; nothing larger, and no cluster, ever ran. Rows in Milvus are worked out, prices assumed.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

from bench.fan_out import Service, Tail, simulate

SIZES = (1_000_000, 10_000_000, 100_000_000, 1_000_000_000)
HOUR, MONTH_HOURS = 3_600, 730
GB = 1e9


@dataclass(frozen=True, slots=True)
class Passage:
    """What one passage takes. CPU in seconds of one core, the rest in bytes."""

    encode: float = 0.026
    """``bench.speed ingest`` and the profile beside it (docs/performance.md, "Ingest")."""
    read: float = 0.0030
    store: float = 0.0022
    library: float = 2_300
    """``--library`` on SciFact (2,410) and MedQuAD (2,187): documents, text, passages, sums."""
    vectors: float = 6_300
    """The file of kept vectors, titles counted in: 7,072 and 5,524."""
    originals: float = 1_000
    """About the text; PDFs take more."""
    local_index: float = 2_040
    """``bench.speed scale`` at a million passages."""


@dataclass(frozen=True, slots=True)
class Milvus:
    """A row there, worked out and not measured: two vectors of 384 floats, links, words, numbers."""

    vectors: float = 2 * 384 * 4
    links: float = 2 * 32 * 4 * 1.07
    """HNSW, M 32: 64 neighbours on the lowest level, some 7 % more above."""
    words: float = 600
    """Sparse row and text of stems."""
    numbers: float = 150

    @property
    def memory(self) -> float:
        return self.vectors + self.links + self.words + self.numbers


@dataclass(frozen=True, slots=True)
class Plan:
    """What is wanted of a cluster."""

    rate: float = 50.0
    """Questions a second at the busiest time."""
    copies: int = 2
    """Of each row in memory: one machine may go."""
    node_memory: float = 64 * GB
    node_cores: int = 16
    filled: float = 0.7
    """The share of a machine's memory that is given to rows."""
    busy: float = 0.5
    """The share of the time that a core of the web processes works."""
    answer: float = 0.0506
    """CPU seconds of an answer over HTTP (``bench.speed serving``, one process)."""
    workers: int = 64
    """Cores that read and embed on Ray."""


@dataclass(frozen=True, slots=True)
class Prices:
    """A month's prices, assumed: put your own."""

    cpu: float = 25.0
    memory: float = 3.0
    disk: float = 0.10
    objects: float = 0.023
    """Of a GB, as the two before."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that is worked out: its arithmetic in words, and the value."""

    what: str
    how: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Capacity:
    """What a library of one size takes."""

    passages: int
    lines: tuple[Line, ...]
    shards: int
    """Machines that one copy of all rows lies on."""

    def __getitem__(self, what: str) -> float:
        return next(line.value for line in self.lines if line.what == what)


def work_out(passages: int, one: Passage, row: Milvus, plan: Plan, prices: Prices) -> Capacity:
    """Work out what a library of so many passages takes."""
    shards = max(1, math.ceil(passages * row.memory / (plan.node_memory * plan.filled)))
    nodes = shards * plan.copies
    replicas = max(2, math.ceil(plan.rate * plan.answer / plan.busy))
    work = one.encode + one.read
    spread, alone = passages * work / plan.workers / HOUR, passages * one.store / HOUR
    library, kept = passages * one.library / GB, passages * one.vectors / GB
    originals, memory = passages * one.originals / GB, passages * row.memory * plan.copies / GB
    cost = {
        "nodes": nodes * (plan.node_cores * prices.cpu + plan.node_memory / GB * prices.memory),
        "web": replicas * (prices.cpu + prices.memory),
        "disk": (library + kept + memory / plan.copies * 2) * prices.disk,
        "objects": originals * prices.objects,
    }
    n = f"{passages:,}"
    lines = (
        Line("library in PostgreSQL", f"{n} × {one.library:,.0f} B", library, "GB"),
        Line("kept vectors", f"{n} × {one.vectors:,.0f} B", kept, "GB"),
        Line("originals", f"{n} × {one.originals:,.0f} B", originals, "GB"),
        Line(
            "local index instead",
            f"{n} × {one.local_index:,.0f} B",
            passages * one.local_index / GB,
            "GB",
        ),
        Line("rows in memory", f"{n} × {row.memory:,.0f} B × {plan.copies}", memory, "GB"),
        Line(
            "query nodes",
            f"⌈{n} × {row.memory:,.0f} B ÷ ({plan.node_memory / GB:.0f} GB × {plan.filled})⌉ × {plan.copies}",
            nodes,
            "",
        ),
        Line(
            "web cores",
            f"⌈{plan.rate:g}/s × {plan.answer * 1000:.1f} ms ÷ {plan.busy}⌉, at least 2",
            replicas,
            "",
        ),
        Line(
            "reading and embedding",
            f"{n} × {work * 1000:.1f} ms ÷ {plan.workers} cores",
            spread,
            "hours",
        ),
        Line("storing, by one writer", f"{n} × {one.store * 1000:.1f} ms", alone, "hours"),
        Line("first ingest", "the longer of the two", max(spread, alone), "hours"),
        Line(
            "first ingest costs",
            f"{n} × {work * 1000:.1f} ms × {prices.cpu:g} a core and month",
            passages * work / HOUR / MONTH_HOURS * prices.cpu,
            "",
        ),
        Line(
            "a month costs",
            " + ".join(f"{value:,.0f} {name}" for name, value in cost.items()),
            sum(cost.values()),
            "",
        ),
    )
    return Capacity(passages, lines, shards)


def measured(data: Path, one: Passage) -> Passage:
    """Return what a passage takes, the bytes as they are in the library at ``data``."""
    with contextlib.closing(sqlite3.connect(f"file:{data / 'library.db'}?mode=ro", uri=True)) as db:
        passages = db.execute("SELECT count(*) FROM passages").fetchone()[0]
    if not passages:
        raise SystemExit(f"The library in {data} holds no passages.")
    sizes = {
        "library": _bytes(data / "library.db"),
        "vectors": _bytes(data / "vectors.db"),
        "originals": _bytes(data / "originals"),
    }
    return replace(one, **{name: size / passages for name, size in sizes.items() if size})


def _bytes(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def tails(shards: int, plan: Plan, service: Service) -> list[tuple[str, Tail]]:
    """Simulate the searches of all shards, without and with a second question to the other copy."""
    told = {"shards": shards, "rate": plan.rate, "servers": plan.copies * plan.node_cores}
    return [
        ("as they come", simulate(service, **told)),
        ("asked again after the slowest 5 %", simulate(service, **told, hedge=0.95)),
    ]


def told(found: Capacity) -> str:
    """Return a table of one size."""
    rows = [f"\n### {found.passages:,} passages\n", "| what | arithmetic | |", "|---|---|--:|"]
    for line in found.lines:
        digits = 0 if line.value >= 100 or line.value == int(line.value) else 1
        rows.append(
            f"| {line.what} | {line.how} | {line.value:,.{digits}f} {line.unit} |".replace(
                "  |", " |"
            )
        )
    return "\n".join(rows)


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line: an option for each number of Plan and Prices."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--library", type=Path, help="Take the bytes a passage from this library.")
    parser.add_argument("--passages", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--median", type=float, default=13.5, help="A search of one shard, in ms.")
    parser.add_argument("--p99", type=float, default=58.1)
    for one in fields(Plan):
        kind = type(one.default)
        parser.add_argument(f"--{one.name.replace('_', '-')}", type=kind, default=one.default)
    for one in fields(Prices):
        parser.add_argument(f"--price-{one.name}", type=float, default=one.default)
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    """Print the sizes and the simulation."""
    asked = arguments(argv)
    plan = Plan(**{one.name: getattr(asked, one.name) for one in fields(Plan)})
    prices = Prices(**{one.name: getattr(asked, f"price_{one.name}") for one in fields(Prices)})
    one = measured(asked.library, Passage()) if asked.library else Passage()
    service = Service(asked.median, asked.p99)
    sizes = [work_out(size, one, Milvus(), plan, prices) for size in asked.passages]
    for found in sizes:
        print(told(found))
    print(f"\n### Searches over all query nodes, simulated at {plan.rate:g} a second\n")
    print(
        f"A shard is taken to answer in {service.median:g} ms (p99 {service.p99:g} ms), measured for"
        " a million passages in the local index.\n"
    )
    print("| passages | shards | | p50 | p95 | p99 | busy |\n|--:|--:|---|--:|--:|--:|--:|")
    for found in sizes:
        for name, tail in tails(found.shards, plan, service):
            print(
                f"| {found.passages:,} | {found.shards} | {name} | {tail.p50:.0f} ms | {tail.p95:.0f} ms"
                f" | {tail.p99:.0f} ms | {tail.busy:.0%} |"
            )


if __name__ == "__main__":
    main()
