"""What Linux tells of a process and its children: resident memory, and CPU seconds."""

from __future__ import annotations

import os
from pathlib import Path

PROC = Path("/proc")
ROOT = Path(__file__).parents[1]
"""The repository."""


def family(pid: int) -> list[int]:
    """Return a process and all that it started and that still run."""
    found = [pid]
    for task in (PROC / str(pid) / "task").glob("*/children"):
        for child in task.read_text().split():
            found += family(int(child))
    return found


def resident(pid: int, *, children: bool = True) -> int:
    """Return the resident bytes of a process and its children; pages that they share count for each."""
    found = family(pid) if children else [pid]
    return sum(_kilobytes(one, "VmRSS") for one in found) * 1024


def private(pid: int, *, children: bool = True) -> int:
    """Return the bytes of a process and its children that no file lies behind."""
    found = family(pid) if children else [pid]
    return sum(_kilobytes(one, "RssAnon") for one in found) * 1024


def _kilobytes(pid: int, field: str) -> int:
    for line in (PROC / str(pid) / "status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1])
    return 0


def cpu_seconds(pid: int) -> float:
    """Return the CPU seconds that a process and its children have used."""
    ticks = 0
    for one in family(pid):
        fields = (PROC / str(one) / "stat").read_text().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")
