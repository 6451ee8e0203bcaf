"""A real server under readers, a writer and silent connections for some seconds, then under a crowd."""

from __future__ import annotations

from pathlib import Path

from bench.soak import SILENT, soak


def test_nothing_is_wrong_and_a_crowd_is_told_to_wait(tmp_path: Path) -> None:
    found = soak(tmp_path, minutes=0.04, crowd=2.0, pause=0.2, shipped=False)
    assert found.wrong == []
    assert found.statuses.keys() == {200}
    assert found.quotes > 0
    assert found.publishes > 1
    assert found.silent == SILENT
    assert found.crowd[200] > 0
    assert found.crowd[503] > 0
