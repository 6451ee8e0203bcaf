"""A server under load: searches a second over HTTP, its memory, and CPU seconds a search."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

from bench.processes import ROOT, cpu_seconds, private, resident
from bench.speed.measure import Figure, Times, seconds
from bench.speed.questions import asked

CONNECTIONS = 8
SERVE = "from patella.cli import main; main()"


@contextlib.contextmanager
def server(data: Path) -> Iterator[tuple[int, int]]:
    """Serve the library in ``data``; give the process's id and the port."""
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", SERVE, "--data-dir", str(data), "serve", "--port", "0"]
    process = subprocess.Popen(command, env=env, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        for line in process.stderr:
            if found := re.search(r"http://[^:]+:(\d+)", line):
                yield process.pid, int(found[1])
                return
        raise SystemExit("The server did not start.")
    finally:
        process.terminate()
        process.wait(timeout=60)


def ask(port: int, questions: Sequence[str], *, connections: int) -> Times:
    """Search for every question over kept connections; return how long each took."""
    left, took, lock = iter(questions), [], threading.Lock()

    def work() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while True:
            with lock:
                question = next(left, None)
            if question is None:
                return
            begun = time.perf_counter()
            connection.request("GET", f"/api/v1/search?q={quote(question)}&k=10")
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200, answer.status
            took.append(time.perf_counter() - begun)

    threads = [threading.Thread(target=work) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Times(tuple(took))


def figures(data: Path, size: int, searches: int) -> list[Figure]:
    """Ask a fresh server ``searches`` questions, most of them twice at least, as people do."""
    questions = list(itertools.islice(itertools.cycle(asked()), searches))
    with server(data) as (pid, port):
        ask(port, questions[:20], connections=2)
        cpu, begun = cpu_seconds(pid), time.perf_counter()
        took = ask(port, questions, connections=CONNECTIONS)
        wall, cpu = time.perf_counter() - begun, cpu_seconds(pid) - cpu
        held, own = resident(pid) / 1e6, private(pid) / 1e6
    what = f"{size:,} passages, {searches:,} searches"
    tail = f"p50 {seconds(took.median)}, p99 {seconds(took.percentile(0.99))}"
    rate = f"searches a second over HTTP, {CONNECTIONS} connections"
    mapped = f"{own:.0f} MB its own, the rest mapped files"
    return [
        Figure("serving", rate, len(took.all) / wall, "/s", note=tail),
        Figure("serving", "CPU a search", cpu / len(took.all)),
        Figure("serving", f"resident after {what}", held, "MB", target=350, note=mapped),
    ]
