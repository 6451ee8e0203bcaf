"""A library and its server in numbers: what is served, sizes on disk, and how long answers take."""

from __future__ import annotations

import bisect
import itertools
import math
import shutil
import threading
from pathlib import Path

from corpus.database import now
from patella.board import Board
from patella.engine import Engine
from patella.gaps import Gaps
from patella.status import read_status
from webapp.workbench_records import Health, Latency

BOUNDS = (25.0, 50.0, 75.0, 100.0, 150.0, 200.0, 300.0, 500.0, 750.0, 1000.0, 2000.0, 5000.0)
"""Milliseconds."""
COLUMNS = len(BOUNDS) + 2
"""Answers up to each of BOUNDS, slower ones, and how many of all were kept ones."""


class Stopwatch:
    """Counts how long answers took, in a fixed few numbers; safe to share between threads.

    Where several processes serve, each counts in its own row of a file, and all rows are read.
    """

    def __init__(self, board: Board | None = None) -> None:
        self._counts = [0] * COLUMNS
        self._board = board
        self._lock = threading.Lock()

    def note(self, milliseconds: float, *, kept: bool = False) -> None:
        """Count an answer, and whether it was put together for an earlier request."""
        columns = [bisect.bisect_left(BOUNDS, milliseconds), *([COLUMNS - 1] if kept else [])]
        with self._lock:
            for column in columns:
                self._counts[column] += 1
                if self._board:
                    self._board.add(column)

    def read(self) -> Latency:
        """Return the counts, and percentiles from them: right within a bucket, as if spread evenly."""
        with self._lock:
            *counts, kept = self._board.totals() if self._board else self._counts
        bounds = (*BOUNDS, math.inf)
        return Latency(
            count=sum(counts),
            p50=_percentile(counts, 0.5),
            p90=_percentile(counts, 0.9),
            p99=_percentile(counts, 0.99),
            buckets=tuple(zip(bounds, counts, strict=True)),
            kept=kept,
        )


def _percentile(counts: list[int], share: float) -> float:
    wanted = share * sum(counts)
    if not wanted:
        return 0.0
    passed = list(itertools.accumulate(counts))
    place = bisect.bisect_left(passed, wanted)
    if place == len(BOUNDS):
        return BOUNDS[-1]
    low = BOUNDS[place - 1] if place else 0.0
    before = passed[place] - counts[place]
    return round(low + (BOUNDS[place] - low) * (wanted - before) / counts[place], 1)


class Examiner:
    """Looks at a library and its server."""

    def __init__(self, engine: Engine, gaps: Gaps, watch: Stopwatch) -> None:
        self._engine = engine
        self._gaps = gaps
        self._watch = watch
        self._started = now()

    def health(self) -> Health:
        """Look now; a job's state is as the library file has it."""
        engine, store = self._engine, self._engine.store
        status = read_status(engine)
        current = status.generation
        running = store.jobs.list(most=1, states=frozenset({"running"}))
        settings = engine.settings
        return Health(
            generation=current,
            model=engine.encoder.identity,
            up_to_date=status.up_to_date,
            documents=current.documents if current else 0,
            passages=current.passages if current else 0,
            sources=len(status.sources),
            failures=len(status.failures),
            hidden=len(store.hidden.list()),
            library_bytes=store.size(),
            vectors_bytes=_size(settings.vectors_file),
            originals_bytes=_size(settings.originals_dir),
            index_bytes=_size(settings.index_dir),
            free_bytes=shutil.disk_usage(settings.data_dir).free,
            latency=self._watch.read(),
            started=self._started,
            keeps_questions=self._gaps.keeps,
            days=self._gaps.days(),
            last_backup=store.history.last_backup(),
            running=running[0] if running else None,
            queued=store.jobs.count("queued"),
        )


def _size(path: Path) -> int:
    """Return the bytes of a file with what SQLite keeps beside it, or of a folder, links counted once."""
    if not path.is_dir():
        beside = [path, path.with_name(f"{path.name}-wal")]
        return sum(one.stat().st_size for one in beside if one.exists())
    stats = (one.stat() for one in path.rglob("*") if one.is_file())
    return sum({stat.st_ino: stat.st_size for stat in stats}.values())
