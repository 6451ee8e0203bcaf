"""A run that is killed costs nothing but time."""

from __future__ import annotations

from pathlib import Path

from bench.kill_ingest import measure


def test_after_a_kill_the_next_run_ends_as_an_undisturbed_one(tmp_path: Path) -> None:
    assert measure(tmp_path, files=40, kills=3) >= 1
