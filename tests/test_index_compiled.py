"""What a compiled model holds in memory: a file that was read through a mapping is let go of."""

from __future__ import annotations

import mmap
import sys
from pathlib import Path

import pytest

from index.compiled import let_go

SIZE = 8_000_000


def resident(path: Path) -> int:
    """Return the bytes of a file that this process has mapped and in its memory."""
    found, ours = 0, False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if "-" in line.split()[0]:
            ours = line.endswith(str(path))
        elif ours and line.startswith("Rss:"):
            found += int(line.split()[1]) * 1024
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux")
def test_pages_of_a_file_that_was_read_no_longer_count_and_are_still_there(tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(bytes(range(250)) * (SIZE // 250))
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as held:
        assert sum(held[::4096]) > 0
        assert resident(path) >= SIZE
        let_go(path)
        assert resident(path) == 0
        assert held[249] == 249 and held[-1] == 249


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux")
def test_what_could_have_been_written_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(b"x" * SIZE)
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY) as held:
        held[:SIZE] = b"y" * SIZE
        let_go(path)
        assert held[:3] == b"yyy"


def test_a_file_that_is_not_mapped_is_no_matter(tmp_path: Path) -> None:
    let_go(tmp_path / "none.bin")
