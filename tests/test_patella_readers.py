"""Processes that read files are kept between the runs of a server, and end when nobody needs them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from index.embed import HashEncoder
from ingest import sandbox
from ingest.child import Child
from ingest.reading import Job
from ingest.sandbox import Limits
from patella.engine import Engine
from patella.readers import Readers
from patella.settings import load
from patella.writer import Writer
from tests.sandbox_helpers import sandbox as made


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Child]:
    """All reading processes that were started; they are real ones."""
    children: list[Child] = []

    class Counted(Child):
        def __init__(self, module: str, *, session: bool = True) -> None:
            super().__init__(module, session=session)
            children.append(self)

    monkeypatch.setattr(sandbox, "Child", Counted)
    return children


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    settings = replace(load(tmp_path / "data"), read_workers=1)
    opened = Engine(settings, encoder=HashEncoder(), readers=Readers())
    yield opened
    opened.close()


def gone(child: Child) -> bool:
    until = time.monotonic() + 10
    while child.runs() and time.monotonic() < until:
        time.sleep(0.02)
    return not child.runs()


def test_runs_share_a_process_which_ends_with_the_engine(
    engine: Engine, tmp_path: Path, started: list[Child]
) -> None:
    Writer(engine).ready()
    file = tmp_path / "one.md"
    file.write_text("# One\n\nThe knee hurts after sitting.\n", "utf-8")
    assert [f.state for f in Writer(engine).add([file]).files] == ["added"]
    file.write_text("# One\n\nThe knee hurts after standing.\n", "utf-8")
    assert [f.state for f in Writer(engine).index().files] == ["changed"]
    assert len(started) == 1 and started[0].runs()
    engine.close()
    assert gone(started[0])


def test_idle_ones_end_and_another_setup_gets_its_own(started: list[Child]) -> None:
    readers = Readers(idle_seconds=0.2)

    def read(key: str) -> None:
        with readers.lent(key, lambda: made(Limits(workers=1))) as lent:
            job = Job(b"# One\n\nA knee.", "one.md")
            assert lent.submit(job).result().passages

    read("a")
    read("a")
    assert len(started) == 1
    read("b")
    assert len(started) == 2 and gone(started[0])
    assert gone(started[1])
    readers.close()


def test_a_run_that_breaks_off_takes_its_processes_with_it(started: list[Child]) -> None:
    readers = Readers()
    with pytest.raises(KeyError), readers.lent("a", lambda: made(Limits(workers=1))) as lent:
        lent.submit(Job(b"A knee.", "one.txt")).result()
        raise KeyError("stopped")
    assert gone(started[0])
    readers.close()
    # what is lent when all are closed ends when it comes back
    with readers.lent("a", lambda: made(Limits(workers=1))) as lent:
        lent.submit(Job(b"A knee.", "one.txt")).result()
    assert gone(started[1])
