"""Two web servers on one PostgreSQL and one Milvus: what the other publishes, load split, one killed.

    python -m bench.cluster

Nothing is between them but the two databases: each has a data directory of its own.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.processes import ROOT
from bench.served import Server
from bench.servers import MilvusLite, Postgres
from corpus.postgres import Address, open_postgres
from corpus.store import Store

TOPICS = "stairs sitting kneeling running squats cycling hiking braces taping ice".split()
WAYS = "why does my knee hurt with {}|what helps against pain from {}|is {} bad for my knee".split(
    "|"
)


@dataclass
class Cluster:
    """Two servers with data directories of their own; the first changes the library."""

    folder: Path
    settings: dict[str, str]
    servers: list[Server]

    def add(self, name: str, text: str) -> None:
        """Add a document at the first one's command line."""
        path = self.folder / f"{name}.md"
        path.write_text(text, "utf-8")
        command = [sys.executable, "-m", "patella", "--data-dir", str(self.folder / "one"), "add"]
        subprocess.run(
            [*command, str(path)],
            env=os.environ | {"PYTHONPATH": str(ROOT)} | self.settings,
            check=True,
            capture_output=True,
        )


@contextlib.contextmanager
def cluster(documents: Mapping[str, str] | None = None, **settings: str) -> Iterator[Cluster]:
    """Start PostgreSQL, Milvus Lite's server, and two servers of one library.

    It holds ``documents``, texts by their names, or the shipped articles.
    """
    folder = Path(tempfile.mkdtemp(prefix="patella-cluster-"))
    folder.chmod(0o755)
    for name in ("postgres", "milvus"):
        (folder / name).mkdir()
    postgres, milvus = Postgres(folder / "postgres"), MilvusLite(folder / "milvus")
    servers: list[Server] = []
    try:
        postgres.make()
        postgres.start()
        milvus.start()
        given = {
            "PATELLA_STORE_URL": postgres.url,
            "PATELLA_INDEX_BACKEND": "milvus",
            "PATELLA_INDEX_URI": milvus.uri,
            **settings,
        }
        found = Cluster(folder, given, servers)
        for name, text in (documents or {}).items():
            found.add(name, text)
        # the first that writes is at home
        for name in ("one", "two"):
            servers.append(Server(folder / name, **given))
        yield found
    finally:
        for server in servers:
            if server.process.poll() is None:
                server.stop()
        milvus.kill()
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Balancer:
    """Sends each request to the next server, as one before them would: one that refuses is passed by."""

    addresses: Sequence[str]
    answered: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    failed: list[tuple[str, float, str]] = field(default_factory=list)
    """Where, when it was sent, and what became of it."""
    at_work: Counter[str] = field(default_factory=Counter)
    _turn: int = 0
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, question: str) -> dict[str, object] | None:
        """Return the answer; None where a request was lost on its way."""
        with self._guard:
            turn = self._turn % len(self.addresses)
            self._turn += 1
        for address in (*self.addresses[turn:], *self.addresses[:turn]):
            host = urllib.parse.urlsplit(address).netloc
            connection = http.client.HTTPConnection(host, timeout=30)
            begun = time.perf_counter()
            try:
                connection.connect()
            except OSError:
                # nothing was sent yet: the next one is asked
                continue
            with self._guard:
                self.at_work[address] += 1
            try:
                connection.request("GET", f"/api/v1/ask?{urllib.parse.urlencode({'q': question})}")
                answer = connection.getresponse()
                body = json.loads(answer.read())
                if answer.status != 200:
                    raise OSError(f"{answer.status} {body}")
            except (OSError, http.client.HTTPException, ValueError) as error:
                with self._guard:
                    self.failed.append((address, begun, repr(error)))
                return None
            else:
                with self._guard:
                    self.answered[address] += 1
                    self.seconds.append(time.perf_counter() - begun)
                return dict(body)
            finally:
                connection.close()
                with self._guard:
                    self.at_work[address] -= 1
        with self._guard:
            self.failed.append(("", time.perf_counter(), "no server took it"))
        return None


def under_load(
    balancer: Balancer, *, threads: int, until: threading.Event
) -> list[threading.Thread]:
    """Ask new questions from several threads until ``until`` is set."""

    def run(number: int) -> None:
        count = 0
        while not until.is_set():
            way, topic = WAYS[count % len(WAYS)], TOPICS[count // len(WAYS) % len(TOPICS)]
            balancer.ask(f"{way.format(topic)} {number}-{count}")
            count += 1

    started = [threading.Thread(target=run, args=(n,)) for n in range(threads)]
    for one in started:
        one.start()
    return started


def warm(addresses: Sequence[str]) -> None:
    """Ask each server what it will be asked: sentences that it meets for the first time take longer."""
    for address in addresses:
        asked = Balancer([address])
        for topic in TOPICS:
            for way in WAYS:
                asked.ask(way.format(topic))


def generation_of(address: str) -> int:
    """Return the generation that a server says it serves."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(address).netloc, timeout=30)
    try:
        connection.request("GET", "/healthz")
        return int(json.loads(connection.getresponse().read())["generation"])
    finally:
        connection.close()


def seen_after(found: Cluster, name: str, text: str, question: str) -> float:
    """Add a document at the first server's, and see that the second answers by it.

    Returns the seconds from when it is published in the store until the second server serves it.
    """
    second = found.servers[1].address
    before = generation_of(second)
    moved: list[float] = []
    seen: list[float] = []
    stop = threading.Event()

    def watch() -> None:
        store = Store(open_postgres(Address(found.settings["PATELLA_STORE_URL"], "patella")))
        known = store.current()
        while not stop.is_set() and store.current() == known:
            time.sleep(0.005)
        moved.append(time.perf_counter())
        store.close()

    def look() -> None:
        while not stop.is_set() and generation_of(second) == before:
            time.sleep(0.01)
        seen.append(time.perf_counter())

    threads = [threading.Thread(target=watch), threading.Thread(target=look)]
    for one in threads:
        one.start()
    found.add(name, text)
    for one in threads:
        one.join(30)
    stop.set()
    answer = Balancer([second]).ask(question)
    assert answer and name in json.dumps(answer["quotes"]), f"{second} does not answer by {name}"
    return seen[0] - moved[0]


@dataclass(frozen=True)
class Killed:
    """What became of requests when a server was killed under load."""

    at_work: int
    """Requests that it was answering when it was killed; as it dies, others may still have reached it."""
    failed: int
    elsewhere: int
    """Those of them that were sent to others, or when it was dead."""
    answered: dict[str, int]
    """Before, by server."""
    after: int
    """Answered from then on."""
    seconds: tuple[float, ...]


def kill_under_load(found: Cluster, *, threads: int, seconds: float) -> Killed:
    """Load both servers for some seconds, kill the second, and go on as long."""
    balancer, until = Balancer([one.address for one in found.servers]), threading.Event()
    second = found.servers[1]
    started = under_load(balancer, threads=threads, until=until)
    time.sleep(seconds)
    with balancer._guard:
        before, at_work = dict(balancer.answered), balancer.at_work[second.address]
    second.stop(signal.SIGKILL)
    dead = time.perf_counter()
    time.sleep(seconds)
    until.set()
    for one in started:
        one.join()
    elsewhere = [x for x in balancer.failed if x[0] != second.address or x[1] > dead]
    for one in elsewhere:
        print(one, file=sys.stderr)
    return Killed(
        at_work,
        len(balancer.failed),
        len(elsewhere),
        before,
        sum(balancer.answered.values()) - sum(before.values()),
        tuple(sorted(balancer.seconds)),
    )


def bees(number: int) -> tuple[str, str, str]:
    """Return a document about nothing else, its name, and a question that it alone answers."""
    name = f"hive-{number}"
    text = f"A swarm of bees leaves hive {number} in May, at ten in the morning."
    return (
        name,
        f"# Swarms of hive {number}\n\n{text}\n",
        f"when does a swarm of bees leave hive {number}",
    )


def main() -> None:
    """Measure, and tell."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--publishes", type=int, default=5)
    args = parser.parse_args()
    with cluster() as found:
        lags = [seen_after(found, *bees(n)) for n in range(args.publishes)]
        print(
            f"published in one, served by the other after {max(lags):.2f} s at the most of {len(lags)}"
        )
        warm([one.address for one in found.servers])
        done = kill_under_load(found, threads=args.threads, seconds=args.seconds)
    times, before = done.seconds, sum(done.answered.values())
    shares = " and ".join(f"{count / before:.0%}" for count in done.answered.values())
    print(f"{before} questions in {args.seconds:g} s, split {shares}")
    print(
        f"median {times[len(times) // 2] * 1000:.0f} ms, p95 {times[int(len(times) * 0.95)] * 1000:.0f} ms"
    )
    print(
        f"one killed while it answered {done.at_work}: {done.failed} failed, {done.elsewhere} of them"
        f" not in flight there; {done.after} answered in the {args.seconds:g} s after"
    )


if __name__ == "__main__":
    main()
