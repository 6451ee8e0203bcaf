"""A server under readers for a long time, while its library is written anew again and again.

``make soak``, or ``python -m bench.soak --minutes 30``: a real ``patella serve`` with the real model;
readers over HTTP, each quote held against the stored text and its file; one writer that changes
files and publishes all the time; connections that say nothing or half of something. Then ten times
as many clients as the server has threads, and after them one again. Ends with a table; exit code 1
where anything was wrong, or memory grows.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from bench.crash_work import write_edition
from bench.processes import private, resident
from bench.served import Server
from bench.soak_clients import Client, Nuisances
from patella.engine import Engine
from patella.settings import Settings
from patella.writer import Writer

READERS = 3
THREADS = 8
SILENT = 150
"""More than the hundred connections that the web server would hold by default."""
CROWD_SECONDS = 20.0
MOST_SLOPE = 60.0
"""MB an hour of its own memory in the last third over which a run of 20 minutes or more fails. Before that,
bounded caches fill: of sentences, passages and questions, and what OpenVINO keeps for shapes."""


@dataclass(slots=True)
class Found:
    """What a run found."""

    minutes: float = 0.0
    publishes: int = 0
    unpublished: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    crowd: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    after: list[float] = field(default_factory=list)
    quotes: int = 0
    misquoted: int = 0
    silent: int = 0
    memory: list[tuple[float, float, float]] = field(default_factory=list)
    """Seconds since the start, MB of the server's own, and MB resident with the files that are mapped, whose
    pages the system takes back when it needs them."""
    wrong: list[str] = field(default_factory=list)

    def slopes(self) -> tuple[float, ...]:
        """Return its own MB an hour in each third of the time before the crowd, by least squares."""
        third = self.minutes * 20
        found = []
        for n in range(3):
            part = [(s, own) for s, own, _ in self.memory if n * third < s <= (n + 1) * third]
            line = statistics.linear_regression(*zip(*part, strict=True)) if len(part) > 2 else None
            found.append(line.slope * 3600 if line else 0.0)
        return tuple(found)


class Author(threading.Thread):
    """Changes files and publishes, one edition after the other."""

    def __init__(self, engine: Engine, folder: Path, ended: threading.Event, pause: float) -> None:
        super().__init__(daemon=True)
        self._engine, self._folder, self._ended, self._pause = engine, folder, ended, pause
        self.edition = 0
        self.published = 0
        self.wrong: list[str] = []

    def write(self) -> None:
        write_edition(self._folder, self.edition)
        report = Writer(self._engine).add([self._folder])
        if report.failed or not report.published:
            self.wrong.append(f"edition {self.edition} was not published: {report.counts()}")
        else:
            self.published += 1
        self.edition += 1

    def run(self) -> None:
        while not self._ended.is_set():
            try:
                self.write()
            except Exception as error:  # noqa: BLE001  (whatever it is, it is to be told)
                self.wrong.append(f"edition {self.edition}: {type(error).__name__}: {error}")
            self._ended.wait(self._pause)


def sample(server: Server, found: Found, ended: threading.Event) -> None:
    """Note the server's memory every few seconds."""
    begun = time.monotonic()
    while not ended.wait(3.0):
        with contextlib.suppress(OSError):
            held = [
                count(server.process.pid, children=False) / 2**20 for count in (private, resident)
            ]
            if all(held):
                found.memory.append((time.monotonic() - begun, held[0], held[1]))


def asking(server: Server, data: Path, count: int, *, seconds: float, pause: float) -> list[Client]:
    """Have so many clients ask for so long."""
    ended = threading.Event()
    clients = [Client(server.address, data, ended, seed=n, pause=pause) for n in range(count)]
    for client in clients:
        client.start()
    time.sleep(seconds)
    ended.set()
    for client in clients:
        client.join(90)
    return clients


def soak(root: Path, *, minutes: float, crowd: float, pause: float, shipped: bool = True) -> Found:
    """Serve a library in ``root`` for so many minutes, and then to a crowd for ``crowd`` seconds."""
    data, folder = root / "data", root / "files"
    found, ended = Found(minutes=minutes), threading.Event()
    engine = Engine(Settings(data_dir=data, keep_generations=20, lock_seconds=60))
    author = Author(engine, folder, ended, pause)
    if shipped:
        Writer(engine).add([], shipped=True)
    author.write()
    server = Server(data, PATELLA_THREADS=str(THREADS), PATELLA_WATCH="no")
    silent = Nuisances(server.address, SILENT, ended)
    memory = threading.Thread(target=sample, args=(server, found, ended), daemon=True)
    try:
        for thread in (author, silent.thread, memory):
            thread.start()
        readers = asking(server, data, READERS, seconds=minutes * 60, pause=0.05)
        crowded = asking(server, data, 10 * THREADS, seconds=crowd, pause=0.0)
        alone = asking(server, data, 1, seconds=min(crowd, 10.0), pause=0.05)
        found.silent = silent.open_now
    finally:
        ended.set()
        author.join(120)
        code = server.stop()
        engine.close()
    _gather(found, author, (readers, crowded, alone), code)
    found.wrong += [line.strip() for line in server.said if "Traceback" in line or "ERROR" in line]
    return found


def _gather(
    found: Found,
    author: Author,
    clients: tuple[list[Client], list[Client], list[Client]],
    code: int,
) -> None:
    readers, crowded, alone = clients
    found.publishes = author.published
    found.unpublished = len(author.wrong)
    found.wrong += author.wrong
    if code:
        found.wrong.append(f"the server ended with {code}")
    for one in [*readers, *crowded, *alone]:
        found.quotes += one.asked.quotes
        found.misquoted += one.asked.misquoted
        found.wrong += one.asked.wrong
        if one.asked.retry_missing:
            found.wrong.append(f"{one.asked.retry_missing} refusals without Retry-After")
    for one in [*readers, *alone]:
        found.statuses += one.asked.statuses
    for one in crowded:
        found.crowd += one.asked.statuses
    found.seconds = [second for one in readers for second in one.asked.seconds]
    found.after = [second for one in alone for second in one.asked.seconds]
    others = found.statuses.keys() - {200}
    if others:
        found.wrong.append(f"statuses {sorted(others)} where nobody crowded")
    if found.crowd.keys() - {200, 429, 503}:
        found.wrong.append(f"statuses {sorted(found.crowd)} in the crowd")
    if not found.seconds or not found.after or not found.quotes:
        found.wrong.append("nothing was asked")


def table(found: Found) -> str:
    """Return what was tried, survived and lost, in Markdown."""
    asked = sum(found.statuses.values())
    crowd, refused = sum(found.crowd.values()), found.crowd[503] + found.crowd[429]
    first, last = (found.memory[0][1:], found.memory[-1][1:]) if found.memory else ((0, 0), (0, 0))
    own, with_files = (max((one[n] for one in found.memory), default=0.0) for n in (1, 2))
    usual, worst = _percentiles(found.seconds)
    after, _ = _percentiles(found.after)
    lines = [
        "| tried | | survived | lost |",
        "|---|---:|---:|---:|",
        f"| requests by {READERS} readers in {found.minutes:g} minutes | {asked}"
        f" | {found.statuses[200]} | {asked - found.statuses[200]} |",
        f"| quotes held against what is stored | {found.quotes + found.misquoted}"
        f" | {found.quotes} | {found.misquoted} |",
        f"| generations published meanwhile | {found.publishes + found.unpublished}"
        f" | {found.publishes} | {found.unpublished} |",
        f"| silent, half-sent and slow connections held all the while | {found.silent} | | |",
        f"| requests by {10 * THREADS} clients at once, {10} a thread"
        f" | {crowd} | {found.crowd[200]} answered, {refused} told to wait"
        f" | {crowd - found.crowd[200] - refused} |",
        "",
        f"Half of the requests took {usual * 1000:.0f} ms or less, 99 of 100 {worst * 1000:.0f} ms;"
        f" right after the crowd, half {after * 1000:.0f} ms.",
        f"The server's own memory: {first[0]:.0f} MB at the start, {last[0]:.0f} MB at the end, {own:.0f} MB"
        f" at most; in the three thirds of the time {', '.join(f'{one:+.0f}' for one in found.slopes())}"
        " MB an hour. With the pages of mapped files:"
        f" {first[1]:.0f} MB, {last[1]:.0f} MB, {with_files:.0f} MB.",
    ]
    return "\n".join(lines)


def _percentiles(seconds: list[float]) -> tuple[float, float]:
    if len(seconds) < 2:
        return 0.0, 0.0
    cuts = statistics.quantiles(seconds, n=100)
    return cuts[49], cuts[98]


def main() -> None:
    """Run as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--pause", type=float, default=1.0, help="seconds between two editions")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = soak(Path(folder), minutes=asked.minutes, crowd=CROWD_SECONDS, pause=asked.pause)
    print(table(found))
    for what in found.wrong[:30]:
        print(f"WRONG {what}")
    grows = asked.minutes >= 20 and found.slopes()[-1] > MOST_SLOPE
    sys.exit(1 if found.wrong or grows else 0)


if __name__ == "__main__":
    main()
