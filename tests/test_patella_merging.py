"""When merging is done, and that neither changes nor other processes wait for it."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from index.build import Builder
from index.standing import MERGED
from patella.engine import Engine
from patella.locks import hold
from patella.merging import merge
from patella.quiet import quietly
from patella.writer import Writer
from tests.workbench_helpers import BEES, SITTING, STAIRS, build, drop, read_in_process

TAPING = "# Taping\n\nTape may ease the knee for a while.\n"
LADDERS = "# Ladders\n\nClimbing ladders bends the knee deeply.\n"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four generations, each with a segment of its own: they are due to be merged."""
    data = tmp_path_factory.mktemp("built") / "data"
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Builder, "in_passing", 1)
        build(
            data, {"stairs.md": STAIRS}, {"sitting.md": SITTING}, {"bees.md": BEES},
            {"taping.md": TAPING},
        )  # fmt: skip
    return data


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    read_in_process(monkeypatch)
    monkeypatch.setattr(Builder, "in_passing", 1)


def segments(engine: Engine) -> list[str]:
    current = engine.store.current()
    assert current
    folder = engine.settings.index_dir / f"gen-{current.id:08d}"
    return sorted(path.name for path in folder.glob("seg-*") if path.is_dir())


def is_merged(engine: Engine) -> bool:
    return (engine.settings.index_dir / MERGED).is_dir()


def test_a_change_goes_on_while_it_is_merged(engine: Engine) -> None:
    seen: list[int | None] = []

    def meanwhile() -> bool:
        if not seen:
            drop(engine, "ladders.md", LADDERS)
            seen.append(Writer(engine).index().generation)
        return True

    assert merge(engine, meanwhile)
    assert seen == [5]
    assert is_merged(engine)
    drop(engine, "stairs.md", f"{STAIRS}\nHold the rail.\n")
    assert Writer(engine).index().generation == 6
    assert segments(engine) == ["seg-00000004-merged", "seg-00000005", "seg-00000006"]
    assert not is_merged(engine)
    found = {hit.document.id for hit in engine.search("knee stairs bees ladders tape", k=10).hits}
    assert found == {"stairs", "sitting", "bees", "taping", "ladders"}


def test_of_two_processes_one_merges_and_the_other_lets_it(engine: Engine) -> None:
    with hold(engine.settings.merge_lock_file, seconds=0, busy=""):
        assert not merge(engine)
    assert not is_merged(engine)
    with hold(engine.settings.lock_file, seconds=0, busy=""):
        # another process changes the library all the time
        assert not merge(engine)
    assert not list(engine.settings.index_dir.glob(".merge-*"))
    assert merge(engine)


def test_a_server_merges_in_a_quiet_moment(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("patella.quiet.LOOK_SECONDS", 0.01)
    engine.used = time.monotonic() + 0.5  # as if questions came meanwhile
    with quietly(engine, merge):
        time.sleep(0.3)
        assert not is_merged(engine)
        end = time.monotonic() + 10
        while not is_merged(engine) and time.monotonic() < end:
            time.sleep(0.02)
    assert is_merged(engine)


def test_the_command_line_reports_first(
    built: Path, tmp_path: Path, patella, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(built, tmp_path / "data")
    order: list[str] = []
    monkeypatch.setattr("patella.merging.merge", lambda _: order.append("merged"))
    monkeypatch.setattr("patella.run_table.print_run", lambda *_, **__: order.append("told"))
    patella("remove", "bees")
    assert order == ["told", "merged"]
