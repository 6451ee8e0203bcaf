"""Reading ahead changes nothing: reports and library are those of a run that reads file by file."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

from corpus.files import Source
from corpus.originals import Originals
from corpus.store import Store
from ingest.intake import ChunkSettings
from ingest.pipeline import Pipeline
from ingest.reading import InProcess, Reading
from ingest.sandbox import Limits
from tests.ingest_helpers import count_tokens
from tests.sandbox_helpers import sandbox

CHUNKING = ChunkSettings(count_tokens, 256, "test")


class Side:
    """A library of its own over a shared folder."""

    def __init__(self, root: Path, folder: Path, reading: Reading) -> None:
        self.store = Store(root / "library.db")
        originals = Originals(root / "originals")
        self.pipeline = Pipeline(
            store=self.store, originals=originals, chunking=CHUNKING, reading=reading
        )
        self.source: Source = self.store.files.add("folder", str(folder))

    def run(self, **how: bool):
        reports = self.pipeline.update([self.source], **how)
        told = [replace(report, seconds=0.0) for report in reports]
        return told, self.store.working_digest()


def scramble(folder: Path, chance: random.Random, turn: int) -> None:
    """Write, change, copy, rename, swap and remove some files, and break a few."""
    for n in range(10):
        path = folder / f"{chance.randrange(14):02}.md"
        other = folder / f"{chance.randrange(14):02}.{chance.choice(['md', 'txt'])}"
        what = chance.randrange(6)
        if what <= 1 or not path.exists():
            words = chance.choice(["kneecap", "thigh", "shin"])
            path.write_text(f"# About {words}\n\nThe {words} is sore on day {turn % 2}.\n", "utf-8")
        elif what == 2:
            other.write_bytes(path.read_bytes())
        elif what == 3:
            path.rename(other)
        elif what == 4:
            path.unlink()
        else:
            path.write_bytes(b"\x89PNG" * (n + 1))


def test_ahead_and_file_by_file_end_the_same(tmp_path: Path) -> None:
    chance = random.Random(7)
    folder = tmp_path / "files"
    folder.mkdir()
    seen = set()
    with sandbox(Limits(workers=2)) as pool:
        one = Side(tmp_path / "one", folder, InProcess(count_tokens, 256))
        two = Side(tmp_path / "two", folder, pool)
        for turn in range(12):
            scramble(folder, chance, turn)
            how = {"retry": turn % 3 == 0, "rehash": turn % 4 == 0}
            first, second = one.run(**how), two.run(**how)
            assert first == second
            seen |= {report.state for report in first[0]}
        one.store.close()
        two.store.close()
    assert seen >= {"added", "changed", "unchanged", "moved", "duplicate", "removed", "failed"}
