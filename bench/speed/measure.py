"""Measuring by turns: every way once a round, so that what else the machine does meets all alike."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import resource
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FLAGS = ("avx2", "avx512f", "avx512_bf16", "avx512_vnni", "amx_bf16", "amx_int8")
PACKAGES = ("openvino", "faiss-cpu", "tantivy", "numpy", "sentence-transformers", "torch")


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured, beside what it is held against.

    ``value`` and ``base`` are seconds (medians) unless ``unit`` says otherwise; ``ratio`` is the one
    through the other, of the least of each where ``least`` says so.
    """

    part: str
    what: str
    value: float
    unit: str = "s"
    against: str = ""
    base: float | None = None
    ratio: float | None = None
    target: float | None = None
    """The most that ``ratio`` (``value`` where there is no ratio) may be; the least if ``at_least``."""
    at_least: bool = False
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Tell whether the target is met; None without one."""
        if self.target is None:
            return None
        told = self.value if self.ratio is None else self.ratio
        return told >= self.target if self.at_least else told <= self.target


@dataclass(frozen=True, slots=True)
class Times:
    """The seconds of one way, of all rounds."""

    all: tuple[float, ...]
    cpu: tuple[float, ...] = ()
    """CPU seconds of the same, children's counted in."""

    @property
    def least(self) -> float:
        return min(self.all)

    @property
    def median(self) -> float:
        return statistics.median(self.all)

    def percentile(self, share: float) -> float:
        ordered = sorted(self.all)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def by_turns(ways: Mapping[str, Callable[[int], object]], rounds: int) -> dict[str, Times]:
    """Do each way once a round, given the round's number; the order turns from round to round."""
    took: dict[str, list[float]] = {name: [] for name in ways}
    used: dict[str, list[float]] = {name: [] for name in ways}
    names = list(ways)
    for number in range(rounds):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            begun, cpu = time.perf_counter(), cpu_used()
            ways[name](number)
            took[name].append(time.perf_counter() - begun)
            used[name].append(cpu_used() - cpu)
    return {name: Times(tuple(took[name]), tuple(used[name])) for name in names}


def cpu_used() -> float:
    """Return the CPU seconds of this process and of its children that have ended."""
    mine = resource.getrusage(resource.RUSAGE_SELF)
    theirs = resource.getrusage(resource.RUSAGE_CHILDREN)
    return mine.ru_utime + mine.ru_stime + theirs.ru_utime + theirs.ru_stime


def against(
    part: str,
    what: str,
    times: dict[str, Times],
    mine: str,
    base: str,
    *,
    target: float | None = None,
    note: str = "",
) -> Figure:
    """Return a figure of two ways that were measured by turns: the ratio is of the medians of both.

    On a machine that others use, the median of the rounds' own ratios says more than two minima.
    """
    ratios = [a / b for a, b in zip(times[mine].all, times[base].all, strict=True)]
    return Figure(
        part,
        what,
        times[mine].median,
        against=base,
        base=times[base].median,
        ratio=statistics.median(ratios),
        target=target,
        note=f"least {seconds(times[mine].least)} and {seconds(times[base].least)};"
        f" CPU {_cpu(times, mine, base):.2f} ×" + (f"; {note}" if note else ""),
    )


def _cpu(times: Mapping[str, Times], mine: str, base: str) -> float:
    """Return the ratio of CPU seconds: what a busy machine cannot stretch much."""
    return sum(times[mine].cpu) / max(sum(times[base].cpu), 1e-9)


def seconds(value: float) -> str:
    """Return a time as people read it."""
    return f"{value:.2f} s" if value >= 1 else f"{1000 * value:.1f} ms"


def machine() -> dict[str, Any]:
    """Return what the figures were taken on."""
    cpu: dict[str, str] = {}
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        cpu.setdefault(name.strip(), value.strip())
    flags = cpu.get("flags", "").split()
    return {
        "cores": os.cpu_count(),
        "cpu": cpu.get("model name", platform.processor()),
        "flags": [flag for flag in FLAGS if flag in flags],
        "load": round(os.getloadavg()[0], 2),
        "system": platform.system(),
        "python": platform.python_version(),
        "packages": {name: importlib.metadata.version(name) for name in PACKAGES},
        "date": time.strftime("%Y-%m-%d"),
    }
