"""``patella serve --processes 2``: one socket, one count, one library; one that ends is started again."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench.processes import family
from bench.served import Server
from patella.board import Board
from patella.place import TURN_COLUMNS, Place, Turns

PATELLA = [sys.executable, "-m", "patella"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("served")
    article = tmp_path_factory.mktemp("articles") / "knees.md"
    article.write_text("# Knees\n\nSitting presses the kneecap against the thigh bone.", "utf-8")
    add(data, article)
    running = Server(
        data,
        PATELLA_PROCESSES="2",
        PATELLA_TRUSTED_PROXY="127.0.0.1",
        PATELLA_API_LIMITS="5 per hour",
        PATELLA_HTTPS="1",
        PATELLA_METRICS="open",
    )
    until(lambda: len(serving(running)) == 2)
    until(lambda: all(len(threads(pid)) > 8 for pid in serving(running)))
    yield running
    assert running.stop() == 0


def add(data: Path, article: Path) -> None:
    command = [*PATELLA, "--data-dir", str(data), "add", str(article)]
    done = subprocess.run(command, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0


def until(true: Callable[[], bool], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def serving(server: Server) -> list[int]:
    """Return the ids of the processes that serve."""
    found = []
    for pid in family(server.process.pid)[1:]:
        with contextlib.suppress(OSError):
            if b"patella.serving" in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.append(pid)
    return found


def threads(pid: int) -> list[Path]:
    """Return a process's threads; it has those that serve once it listens."""
    with contextlib.suppress(OSError):
        return list(Path(f"/proc/{pid}/task").iterdir())
    return []


def connect(server: Server) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", int(server.address.rpartition(":")[2]), 30)


def get(connection: http.client.HTTPConnection, path: str, **fields: str) -> tuple[int, str]:
    connection.request("GET", path, headers=fields)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def connected(server: Server) -> list[http.client.HTTPConnection]:
    """Return two kept connections, one to each process: they take turns."""
    pair = []
    for _ in range(2):
        one = connect(server)
        assert get(one, "/healthz")[0] == 200
        pair.append(one)
        time.sleep(1.2)  # until each has told the other what it holds
    return pair


def counted(server: Server, route: str) -> float:
    with contextlib.closing(connect(server)) as one:
        status, text = get(one, "/metrics")
    assert status == 200
    found = re.findall(rf'patella_requests_total{{.*route="{route}".*}} (\S+)', text)
    return sum(map(float, found))


def test_they_count_together_against_the_limit_and_in_the_figures(server: Server) -> None:
    pair = connected(server)
    before = counted(server, "/api/v1/search")
    elsewhere = {"X-Forwarded-For": "203.0.113.9"}
    took = [get(pair[n % 2], "/api/v1/search?q=knee&k=1", **elsewhere)[0] for n in range(8)]
    assert took == [200] * 5 + [429] * 3
    assert counted(server, "/api/v1/search") - before == 8
    for one in pair:
        one.close()


def test_a_new_generation_is_taken_up_by_all(server: Server, tmp_path: Path) -> None:
    pair = connected(server)

    def generations() -> set[int]:
        return {json.loads(get(one, "/healthz")[1])["generation"] for one in pair}

    [before] = generations()
    (tmp_path / "bees.md").write_text("# Bees\n\nA swarm leaves its hive in May.", "utf-8")
    add(server.data, tmp_path / "bees.md")
    until(lambda: generations() == {before + 1}, 2.0)
    for one in pair:
        one.close()


def test_one_that_ends_is_started_again_and_what_it_counted_stays(server: Server) -> None:
    before = counted(server, "/healthz")
    killed, other = serving(server)
    os.kill(killed, signal.SIGKILL)
    until(lambda: len(serving(server)) == 2 and killed not in serving(server))
    assert other in serving(server)
    assert "Server process 1 ended (code -9); it is started again.\n" in server.said
    # the other one goes on meanwhile
    with contextlib.closing(connect(server)) as one:
        assert get(one, "/healthz")[0] == 200
    until(lambda: all(len(threads(pid)) > 8 for pid in serving(server)))
    assert counted(server, "/healthz") >= before + 1
    assert sum("Patella is at " in line for line in server.said) == 1


def test_all_end_with_the_first_however_that_ends(server: Server) -> None:
    another = Server(server.data, PATELLA_PROCESSES="2")
    until(lambda: len(serving(another)) == 2)
    pids = serving(another)
    another.stop(signal.SIGKILL)
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))


def test_a_port_that_is_taken_is_told_before_anything_is_started(server: Server) -> None:
    port = server.address.rpartition(":")[2]
    command = [*PATELLA, "--data-dir", str(server.data), "serve", "--processes", "2"]
    done = subprocess.run(
        [*command, "--port", port], capture_output=True, encoding="utf-8", timeout=60, check=False
    )
    assert done.returncode == 3
    assert f"Cannot listen on 127.0.0.1:{port}: Address already in use." in done.stderr


def test_a_first_process_that_cannot_serve_ends_all_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "library.db").write_bytes(b"no library " * 1000)
    command = [*PATELLA, "--data-dir", str(tmp_path), "serve", "--processes", "2", "--port", "0"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60, check=False)
    assert done.returncode == 3
    # a long path is broken over lines
    assert "library.db is damaged." in done.stderr.replace("\n", "")


# -- the parts


def place(tmp_path: Path, number: int) -> Place:
    return Place(
        data_dir="/data",
        host="127.0.0.1",
        port=8000,
        watch=True,
        quiet=False,
        number=number,
        processes=3,
        again=False,
        shared=str(tmp_path),
        sockets=(3, 4),
        alive=5,
        ready=6,
    )


def test_a_place_is_the_same_after_a_command_line(tmp_path: Path) -> None:
    assert Place.load(place(tmp_path, 1).dump()) == place(tmp_path, 1)
    assert [place(tmp_path, n).first for n in range(3)] == [True, False, False]


def test_a_board_adds_up_the_rows_of_all(tmp_path: Path) -> None:
    rows = [place(tmp_path, n).board("latency", 4) for n in range(3)]
    rows[0].add(1)
    rows[2].add(1, 5)
    rows[1].set(3, 7)
    assert all(row.totals() == [0, 6, 0, 7] for row in rows)
    assert rows[0].others(1) == [0, 5]
    again = place(tmp_path, 2).board("latency", 4)
    again.add(1)
    assert rows[0].totals() == [0, 7, 0, 7]
    for row in (*rows, again):
        row.close()


def test_who_holds_the_fewest_takes_the_next(tmp_path: Path) -> None:
    turns = [Turns(place(tmp_path, n).board("turns", TURN_COLUMNS)) for n in range(3)]
    assert turns[0].mine(0)
    assert turns[1].mine(0)
    assert not turns[0].mine(1)
    assert turns[1].mine(0)
    turns[1].mine(2)
    assert turns[0].mine(1)
    assert turns[2].mine(1) and not turns[2].mine(2)


def test_one_that_has_ended_or_hangs_is_not_waited_for(tmp_path: Path) -> None:
    boards = [place(tmp_path, n).board("turns", TURN_COLUMNS) for n in range(2)]
    one, other = map(Turns, boards)
    other.mine(0)
    assert not one.mine(4)
    other.give_up()
    assert one.mine(4)
    other.mine(0)
    assert not one.mine(4)
    hung: Board = boards[1]
    hung.set(1, int(time.monotonic()) - 10)
    assert one.mine(4)
