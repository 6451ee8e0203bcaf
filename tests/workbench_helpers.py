"""What the tests of jobs and publishing share: a real engine over a tiny library, read without processes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ingest.reading import InProcess
from patella.engine import Engine
from patella.settings import Settings
from patella.writer import Writer
from tests.library_helpers import CountingEncoder

STAIRS = "# Stairs\n\nGoing down stairs loads the knee more than going up.\n"
SITTING = "# Sitting\n\nSitting for long with a bent knee can hurt.\n"
BEES = "# Bees\n\nBees leave the hive in May when it has grown too small.\n"


def read_in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have writers read files in this process: starting others takes seconds, and is tested elsewhere."""

    @contextmanager
    def here(_: Writer, __: Path, chunking: Any) -> Iterator[InProcess]:
        yield InProcess(chunking.count_tokens, chunking.limit)

    monkeypatch.setattr(Writer, "_sandbox", here)


def make_engine(root: Path, **settings: Any) -> Engine:
    """Open a library with a cheap encoder."""
    opened = Engine(
        Settings(data_dir=root, **({"lock_seconds": 0.2} | settings)), encoder=CountingEncoder()
    )
    opened.settings.inbox_dir.mkdir(parents=True, exist_ok=True)
    return opened


def build(data: Path, *runs: Mapping[str, str]) -> None:
    """Make a library by runs of the writer: before each, files are written, or taken away where empty."""
    with pytest.MonkeyPatch.context() as patched:
        read_in_process(patched)
        opened = make_engine(data)
        for files in runs:
            for name, text in files.items():
                if text:
                    drop(opened, name, text)
                else:
                    (opened.settings.inbox_dir / name).unlink()
            Writer(opened).index()
        opened.close()


@contextmanager
def copied(built: Path, data: Path) -> Iterator[Engine]:
    """Open a copy of a library at another place, to be changed there."""
    shutil.copytree(built, data)
    opened = make_engine(data)
    opened.store.files.move_inbox(str(opened.settings.inbox_dir))
    yield opened
    opened.close()


def with_settings(engine: Engine, **settings: Any) -> None:
    """Change an engine's settings."""
    engine.settings = replace(engine.settings, **settings)


def drop(engine: Engine, name: str, text: str) -> None:
    """Put a file into the library's own folder."""
    (engine.settings.inbox_dir / name).write_text(text, "utf-8")


def served(engine: Engine) -> list[str]:
    """Return the ids of the documents that are served."""
    current = engine.store.current()
    return sorted(d.id for d in engine.store.documents(current.id)) if current else []
