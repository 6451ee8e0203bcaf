"""The run over mutated files goes on where an earlier one stopped, and counts as if it had not."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.fuzz_readers import Tally, read_kept, run


def counted(tally: Tally) -> tuple[object, ...]:
    return tally.files, tally.past_header, tally.read, tally.errors, tally.faults, tally.lines


def test_a_run_goes_on_from_what_was_kept(tmp_path: Path) -> None:
    keep = tmp_path / "counts.json"
    whole = {"rtf": Tally()}
    run(whole, share=6, seed=3, minutes=5, keep=None)
    run({"rtf": Tally()}, share=4, seed=3, minutes=5, keep=keep)
    kept = read_kept(keep, 3)
    assert kept["rtf"].files == 4
    run({"rtf": kept["rtf"]}, share=6, seed=3, minutes=5, keep=keep)
    assert counted(read_kept(keep, 3)["rtf"]) == counted(whole["rtf"])
    assert len(whole["rtf"].lines) > 100
    run({"text": Tally()}, share=1, seed=3, minutes=5, keep=keep)
    assert {kind: tally.files for kind, tally in read_kept(keep, 3).items()} == {
        "rtf": 6,
        "text": 1,
    }
    with pytest.raises(SystemExit, match="seed 3"):
        read_kept(keep, 4)
