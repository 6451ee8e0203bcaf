"""A server under load: searches a second over HTTP, its memory, and CPU seconds a search."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from bench.processes import cpu_seconds, family, private, resident
from bench.served import Server
from bench.speed.measure import Figure, Times, seconds
from bench.speed.questions import asked
from corpus.machine import cores

CONNECTIONS = 8
READY_SECONDS = 60


def new_questions(number: int) -> list[str]:
    """Return our judged questions over and over, each with a mark: none was asked before."""
    return [
        f"{text} ({n})" for n, text in zip(range(number), itertools.cycle(asked()), strict=False)
    ]


def ask(
    port: int, questions: Sequence[str], *, connections: int, path: str = "/api/v1/search"
) -> Times:
    """Ask every question over kept connections; return how long each took."""
    left, took, lock = iter(questions), [], threading.Lock()

    def work() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while True:
            with lock:
                question = next(left, None)
            if question is None:
                return
            begun = time.perf_counter()
            connection.request("GET", f"{path}?q={quote(question)}")
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


@dataclass(frozen=True, slots=True)
class Load:
    """A server under load: CPU seconds a question, and the resident bytes of its largest process."""

    times: Times
    rate: float
    cpu: float
    held: int
    own: int


@contextlib.contextmanager
def served(data: Path, processes: int) -> Iterator[Server]:
    """Serve a library with so many processes, all of them ready."""
    server = Server(data, PATELLA_PROCESSES=str(processes), PATELLA_KEPT_ANSWERS="0")
    try:
        port = _port(server)
        end = time.monotonic() + READY_SECONDS
        while processes > 1 and len(workers(server.process.pid)) < processes:
            assert time.monotonic() < end, server.said
            time.sleep(0.1)
        for _ in range(3):  # connections take turns, so that each process has answered
            ask(port, new_questions(4 * processes), connections=processes)
            time.sleep(0.5)
        yield server
    finally:
        server.stop()


def workers(pid: int) -> list[int]:
    """Return the processes of a server that have loaded enough to answer."""
    return [one for one in family(pid) if resident(one, children=False) > 150e6]


def load(server: Server, questions: Sequence[str], path: str = "/api/v1/search") -> Load:
    """Ask a server that is ready."""
    pid = server.process.pid
    cpu, begun = cpu_seconds(pid), time.perf_counter()
    took = ask(_port(server), questions, connections=CONNECTIONS, path=path)
    wall, cpu = time.perf_counter() - begun, cpu_seconds(pid) - cpu
    largest = max(family(pid), key=lambda one: resident(one, children=False))
    held = resident(largest, children=False)
    return Load(took, len(took.all) / wall, cpu / len(took.all), held, private(largest))


def _port(server: Server) -> int:
    return int(server.address.rpartition(":")[2])


def figures(data: Path, size: int, searches: int) -> list[Figure]:
    """Ask a fresh server of one process, then of one a core, questions that nobody asked before."""
    found = []
    for processes in sorted({1, cores()}):
        with served(data, processes) as server:
            search = load(server, new_questions(searches))
            answer = load(server, new_questions(searches // 4), path="/api/v1/ask")
        who = f"{processes} process{'es' * (processes > 1)}"
        for what, one in (("searches", search), ("answers", answer)):
            tail = f"p50 {seconds(one.times.median)}, p99 {seconds(one.times.percentile(0.99))}"
            rate = f"{what} a second over HTTP, {CONNECTIONS} connections, {who}"
            found.append(Figure("serving", rate, one.rate, "/s", note=tail))
            found.append(Figure("serving", f"CPU of {what}, {who}, each", one.cpu))
        what = f"resident, the largest of {who}, {size:,} passages, {searches:,} searches"
        mapped = f"{search.own / 1e6:.0f} MB its own, the rest mapped files"
        found.append(Figure("serving", what, search.held / 1e6, "MB", target=350, note=mapped))
    return found
