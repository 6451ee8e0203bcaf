"""A server under load: searches a second over HTTP, its memory, and CPU seconds a search."""

from __future__ import annotations

import http.client
import itertools
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from bench.processes import cpu_seconds, private, resident
from bench.served import Server
from bench.speed.measure import Figure, Times, seconds
from bench.speed.questions import asked

CONNECTIONS = 8


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
    server = Server(data)
    try:
        pid, port = server.process.pid, int(server.address.rpartition(":")[2])
        ask(port, questions[:20], connections=2)
        cpu, begun = cpu_seconds(pid), time.perf_counter()
        took = ask(port, questions, connections=CONNECTIONS)
        wall, cpu = time.perf_counter() - begun, cpu_seconds(pid) - cpu
        held, own = resident(pid) / 1e6, private(pid) / 1e6
    finally:
        server.stop()
    what = f"{size:,} passages, {searches:,} searches"
    tail = f"p50 {seconds(took.median)}, p99 {seconds(took.percentile(0.99))}"
    rate = f"searches a second over HTTP, {CONNECTIONS} connections"
    mapped = f"{own:.0f} MB its own, the rest mapped files"
    return [
        Figure("serving", rate, len(took.all) / wall, "/s", note=tail),
        Figure("serving", "CPU a search", cpu / len(took.all)),
        Figure("serving", f"resident after {what}", held, "MB", target=350, note=mapped),
    ]
