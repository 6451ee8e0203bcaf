"""Sums of large files are remembered while nothing has written to the file."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from index.sums import Sums

ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
ABD = "a52d159f262b2c6ddb724a61840befc36eb30c88877a4030b65cbe86298449c9"


def test_an_unchanged_file_is_not_read_again(tmp_path: Path) -> None:
    file = tmp_path / "weights"
    file.write_bytes(b"abc")
    assert Sums(tmp_path).of(file) == ABC
    # what is kept is believed: only so can it be seen that the file was not read
    kept = json.loads((tmp_path / "sums.json").read_text())
    kept[str(file)][1] = "0" * 64
    (tmp_path / "sums.json").write_text(json.dumps(kept))
    assert Sums(tmp_path).of(file) == "0" * 64
    assert Sums(None).of(file) == ABC


def test_a_write_is_seen_whatever_the_size_and_the_time_say(tmp_path: Path) -> None:
    file = tmp_path / "weights"
    file.write_bytes(b"abc")
    before = file.stat()
    assert Sums(tmp_path).of(file) == ABC
    file.write_bytes(b"abd")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert file.stat().st_size == before.st_size
    assert Sums(tmp_path).of(file) == ABD


@pytest.mark.parametrize("kept", ["", "[]", '{"a": 1}', '{"a": ["x"]}', "{"])
def test_what_cannot_be_read_is_found_again(tmp_path: Path, kept: str) -> None:
    file = tmp_path / "weights"
    file.write_bytes(b"abc")
    (tmp_path / "sums.json").write_text(kept)
    assert Sums(tmp_path).of(file) == ABC


def test_a_folder_that_cannot_be_made_costs_time_alone(tmp_path: Path) -> None:
    file = tmp_path / "weights"
    file.write_bytes(b"abc")
    assert Sums(file / "below").of(file) == ABC


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Sums(tmp_path).of(tmp_path / "none")
