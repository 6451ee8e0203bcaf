"""Ingest on Ray against the local pipeline: one digest though workers and driver are killed, and the cost.

Usage: python -m bench.ray_ingest --passages 2000 --workers 2 --work DIR

Made-up documents of short passages are read and published three times: by the local pipeline, by workers
of Ray, and by workers of which one is killed (SIGKILL) after each quarter and the driver after the half;
then the same command is given again. Digests, documents and vectors are compared.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.processes import PROC, ROOT, family
from bench.speed.corpora import sentences
from bench.speed.measure import machine

SECTIONS = 8
"""Of a document, each a passage."""
_POLL = 0.2


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a library holds after a run, and the seconds: of the run, and of the command as a whole."""

    digest: str
    documents: int
    versions: int
    passages: int
    vectors: int
    seconds: float
    wall: float


def write(folder: Path, passages: int) -> int:
    """Write documents of eight short sections each, unlike one another; return how many."""
    known, chance = sentences(), random.Random(10)
    folder.mkdir(parents=True)
    count = -(-passages // SECTIONS)
    for number in range(count):
        parts = [f"# Notes {number}"]
        for section in range(SECTIONS):
            parts.append(f"## Part {section + 1}")
            parts.append(f"{chance.choice(known)} This is note {number} of part {section + 1}.")
        (folder / f"{number:06d}.md").write_text("\n\n".join(parts) + "\n", "utf-8")
    return count


def start(data: Path, folder: Path, workers: int | None) -> subprocess.Popen[str]:
    """Start the command; on so many workers of a local Ray, or without one."""
    command = [
        sys.executable,
        "-m",
        "patella",
        "--data-dir",
        str(data),
        "add",
        str(folder),
        "--json",
    ]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    if workers:
        command += ["--ray"]
        env["PATELLA_RAY_WORKERS"] = str(workers)
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env)


def ended(running: subprocess.Popen[str], data: Path, begun: float) -> Outcome:
    """Wait for the command, and look at what it made. Ends the program where that is wrong."""
    said, _ = running.communicate()
    if running.returncode:
        sys.exit(f"The run ended with {running.returncode}: {said[:2000]}")
    report = json.loads(said)
    with contextlib.closing(sqlite3.connect(data / "library.db")) as db:
        digest, documents, passages = db.execute(
            "SELECT digest, documents, passages FROM generations ORDER BY id DESC LIMIT 1"
        ).fetchone()
        versions = db.execute("SELECT count(*) FROM versions").fetchone()[0]
    with contextlib.closing(sqlite3.connect(data / "vectors.db")) as db:
        vectors = db.execute("SELECT count(*) FROM embeddings").fetchone()[0]
    for notice in report["notices"]:
        print(f"  {notice}")
    wall = time.monotonic() - begun
    return Outcome(digest, documents, versions, passages, vectors, report["seconds"], wall)


def stored(data: Path) -> int:
    """Return how many documents are stored by now."""
    try:
        with contextlib.closing(sqlite3.connect(data / "library.db", timeout=10)) as db:
            return int(db.execute("SELECT count(*) FROM versions").fetchone()[0])
    except sqlite3.Error:
        return 0


def workers_of(parent: int) -> list[int]:
    """Return the processes of workers of Ray that ``parent`` has below it."""
    below = family(parent)
    return [pid for pid in below if (PROC / f"{pid}/cmdline").read_bytes().startswith(b"ray::W")]


def until(running: subprocess.Popen[str], data: Path, documents: int) -> None:
    """Wait until so many documents are stored. Ends the program where the run ends before."""
    while stored(data) < documents:
        if running.poll() is not None:
            sys.exit("The run ended before it could be disturbed: take more passages.")
        time.sleep(_POLL)


def kill_worker(running: subprocess.Popen[str]) -> None:
    """Kill a worker of a running command."""
    pid = workers_of(running.pid)[0]
    os.kill(pid, signal.SIGKILL)
    print(f"  worker {pid} killed")


def disturbed(data: Path, folder: Path, files: int, workers: int) -> Outcome:
    """Run with a worker killed at each quarter, and the driver at the half."""
    begun = time.monotonic()
    running = start(data, folder, workers)
    until(running, data, files // 4)
    kill_worker(running)
    until(running, data, files // 2)
    running.kill()
    running.communicate()
    print(f"  driver killed with {stored(data)} of {files} documents stored")
    running = start(data, folder, workers)
    until(running, data, 3 * files // 4)
    kill_worker(running)
    return ended(running, data, begun)


def furthest(one: Path, other: Path) -> float:
    """Return the largest difference of any number of the vectors of two libraries."""
    query = "SELECT key, vector FROM embeddings ORDER BY key"
    with (
        contextlib.closing(sqlite3.connect(one / "vectors.db")) as a,
        contextlib.closing(sqlite3.connect(other / "vectors.db")) as b,
    ):
        worst = 0.0
        for (key, mine), (other_key, theirs) in zip(
            a.execute(query), b.execute(query), strict=True
        ):
            assert key == other_key
            difference = np.abs(np.frombuffer(mine, "<f4") - np.frombuffer(theirs, "<f4"))
            worst = max(worst, float(difference.max()))
        return worst


def told(name: str, found: Outcome, base: Outcome) -> str:
    """Return a row of the table."""
    same = "the same" if found.digest == base.digest else "ANOTHER"
    return (
        f"| {name} | {found.documents:,} | {found.passages:,} | {found.seconds:.0f} s"
        f" | {found.wall:.0f} s | {found.seconds / base.seconds:.2f}"
        f" | {found.wall / base.wall:.2f} | {same} |"
    )


def main() -> None:
    """Measure as the command line says; exits 1 where anything differs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--passages", type=int, default=2_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument(
        "--work", type=Path, required=True, help="Is emptied, and holds the libraries."
    )
    asked = parser.parse_args()
    shutil.rmtree(asked.work, ignore_errors=True)
    files = write(asked.work / "files", asked.passages)
    print(json.dumps(machine()))
    data = {name: asked.work / name for name in ("local", "ray", "disturbed")}
    begun = time.monotonic()
    local = ended(start(data["local"], asked.work / "files", None), data["local"], begun)
    print("local: done", flush=True)
    begun = time.monotonic()
    calm = ended(start(data["ray"], asked.work / "files", asked.workers), data["ray"], begun)
    print("on Ray: done", flush=True)
    hit = disturbed(data["disturbed"], asked.work / "files", files, asked.workers)
    print("\n| run | documents | passages | run | command | run, × | command, × | digest |")
    print("|---|---|---|---|---|---|---|---|")
    print(told("local", local, local))
    print(told(f"Ray, {asked.workers} workers", calm, local))
    print(told("Ray, a worker killed twice and the driver once", hit, local))
    apart = max(furthest(data["local"], data[name]) for name in ("ray", "disturbed"))
    print(f"\nVectors differ by {apart:.1e} at most; digest {local.digest[:16]}.")
    same = all(
        (one.digest, one.documents, one.versions, one.passages, one.vectors)
        == (local.digest, files, files, local.passages, local.vectors)
        for one in (local, calm, hit)
    )
    sys.exit(0 if same else "The libraries differ.")


if __name__ == "__main__":
    main()
