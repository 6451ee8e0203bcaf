"""A real server under readers, a writer and silent connections for some seconds, then under a crowd."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from bench.soak import SILENT, Found, soak, table


def test_nothing_is_wrong_and_a_crowd_is_told_to_wait(tmp_path: Path) -> None:
    found = soak(tmp_path, minutes=0.04, crowd=2.0, pause=0.2, shipped=False)
    assert found.wrong == []
    assert found.statuses.keys() == {200}
    assert found.quotes > 0
    assert found.publishes > 1
    assert found.silent == SILENT
    assert found.crowd[200] > 0
    assert found.crowd[503] > 0


def test_the_table_tells_what_was_lost() -> None:
    crowd = Counter({200: 5, 503: 3, 500: 2})
    found = Found(publishes=3, unpublished=1, quotes=9, misquoted=2, crowd=crowd)
    rows = [line for line in table(found).splitlines() if line.startswith("| ")]
    assert rows[2:4] == [
        "| quotes held against what is stored | 11 | 9 | 2 |",
        "| generations published meanwhile | 4 | 3 | 1 |",
    ]
    assert rows[5].endswith(" | 10 | 5 answered, 3 told to wait | 2 |")


def test_growth_is_of_the_servers_own_memory_third_by_third() -> None:
    # a minute: settles for 40 s, then grows by 1 MB in each 10 s; pages of files come and go
    memory = [(float(s), 200.0 + max(0, s - 40) / 10, 300.0 - s) for s in range(0, 61, 4)]
    found = Found(minutes=1.0, memory=memory)
    assert [round(one, 3) for one in found.slopes()] == [0.0, 0.0, 360.0]
    assert table(found).splitlines()[-1] == (
        "The server's own memory: 200 MB at the start, 202 MB at the end, 202 MB at most; in the three"
        " thirds of the time +0, +0, +360 MB an hour. With the pages of mapped files: 300 MB, 240 MB, 300 MB."
    )
