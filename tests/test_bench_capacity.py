"""What a large library takes, by hand and by the script; and queues whose waits are known."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pytest

from bench.capacity import Milvus, Passage, Plan, Prices, arguments, measured, work_out
from bench.fan_out import Service, simulate, waits


def test_a_hundred_million_passages() -> None:
    found = work_out(100_000_000, Passage(), Milvus(), Plan(), Prices())
    assert found["library in PostgreSQL"] == 230.0
    assert found["kept vectors"] == 630.0
    assert found["rows in memory"] == pytest.approx(819.2, abs=0.1)
    assert found.shards == 10  # 409.6 GB over 44.8 GB each
    assert found["query nodes"] == 20
    assert found["web cores"] == 6  # 50 × 0.0506 ÷ 0.5 = 5.06
    assert found["reading and embedding"] == pytest.approx(12.59, abs=0.01)
    assert found["storing, by one writer"] == pytest.approx(61.11, abs=0.01)
    assert found["first ingest"] == pytest.approx(61.11, abs=0.01)
    # 20 × (16 × 25 + 64 × 3) + 6 × 28 + (230 + 630 + 819.2) × 0.1 + 100 × 0.023
    assert found["a month costs"] == pytest.approx(12_178.2, abs=0.1)


def test_a_small_library_has_two_of_each() -> None:
    found = work_out(1_000_000, Passage(), Milvus(), Plan(rate=1.0), Prices())
    assert (found.shards, found["query nodes"], found["web cores"]) == (1, 2, 2)


def test_bytes_are_those_of_a_library(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "library.db") as db:
        db.execute("CREATE TABLE passages (id INTEGER)")
        db.executemany("INSERT INTO passages VALUES (?)", [(n,) for n in range(4)])
    db.close()
    (tmp_path / "vectors.db").write_bytes(b"v" * 400)
    (tmp_path / "originals").mkdir()
    (tmp_path / "originals" / "a").write_bytes(b"o" * 60)
    (tmp_path / "originals" / "b").write_bytes(b"o" * 20)
    found = measured(tmp_path, Passage())
    assert (found.vectors, found.originals) == (100.0, 20.0)
    assert found.library == (tmp_path / "library.db").stat().st_size / 4
    assert found.encode == 0.026


def test_numbers_come_from_the_command_line() -> None:
    asked = arguments(["--rate", "5", "--copies", "3", "--price-cpu", "10"])
    assert (asked.rate, asked.copies, asked.price_cpu, asked.node_cores) == (5.0, 3, 10.0, 16)


def test_a_question_waits_for_those_before_it() -> None:
    assert waits(np.array([3.0, 3.0, 3.0, 1.0]), np.array([1.0, 1.0, 9.0])).tolist() == [0, 2, 4, 0]


def test_waits_are_those_of_the_formula_of_pollaczek_and_khinchine() -> None:
    chance, service = np.random.default_rng(3), Service(8.0, 24.0)
    times = service.drawn(chance, 400_000)
    gaps = chance.exponential(20.0, 400_000)
    expected = np.mean(times**2) / (2 * 20.0 * (1 - times.mean() / 20.0))
    assert waits(times, gaps).mean() == pytest.approx(expected, rel=0.05)
    assert service.mean == pytest.approx(times.mean(), rel=0.01)
    assert float(np.percentile(times, 99)) == pytest.approx(24.0, rel=0.02)


def test_more_shards_have_a_longer_tail_and_a_second_question_shortens_it() -> None:
    service = Service(13.5, 58.1)
    found = [
        simulate(service, shards=n, rate=50.0, servers=32, questions=5_000) for n in (1, 10, 100)
    ]
    assert [round(tail.p50) for tail in found] == [14, 36, 65]
    assert found[0].busy == pytest.approx(0.0257, abs=0.0001)
    hedged = simulate(service, shards=100, rate=50.0, servers=32, questions=5_000, hedge=0.95)
    assert hedged.p99 < 0.7 * found[2].p99
    assert hedged.busy == pytest.approx(1.05 * found[0].busy)


def test_a_server_that_is_busy_makes_people_wait() -> None:
    calm = simulate(Service(10.0, 20.0), shards=1, rate=10.0, servers=1)
    busy = simulate(Service(10.0, 20.0), shards=1, rate=85.0, servers=1)
    assert calm.busy == pytest.approx(0.1045, abs=0.001)
    assert busy.p99 > 4 * calm.p99
