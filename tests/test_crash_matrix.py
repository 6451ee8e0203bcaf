"""Killed at each named point of a change, a library is whole, and the next run ends as an undisturbed one."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench.crash import Tally, measure, table
from bench.crash_process import Reader, Stop, killed_at, run
from bench.crash_work import Kind, Work, ask, do, look, open_engine, write_edition
from corpus.failpoints import LOCAL, POINTS
from corpus.store import Store
from index.generation import folder_name
from tests.test_architecture import CODE


def test_each_point_stands_in_the_code_once_at_least() -> None:
    code = "".join(path.read_text("utf-8") for path in CODE)
    assert set(re.findall(r"\breach\(\"([a-z.]+)\"\)", code)) == set(POINTS)


EDITION = 7
"""The eighth: at it segments are merged, what was merged beside is taken up, and a folder is removed."""


@dataclass(frozen=True)
class Stages:
    """A library before each kind of work, and what must come of it."""

    root: Path
    folder: Path
    digest: str
    """Of the newest edition."""
    points: dict[Kind, list[str]]

    def work(self, kind: Kind, data: Path) -> Work:
        return Work(kind, data, self.folder, generation=2, grace=0.0)


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> Stages:
    root = tmp_path_factory.mktemp("stages")
    data, folder = root / "data", root / "files"
    for edition in range(EDITION):
        write_edition(folder, edition)
        do(Work("ingest", data, folder))
        do(Work("publish", data, folder))
        do(Work("merge", data, folder))
    write_edition(folder, EDITION)
    points: dict[Kind, list[str]] = {}
    shutil.copytree(data, root / "add")
    shutil.copytree(data, root / "added")
    points["add"] = sorted(run(Work("add", root / "added", folder)).seen)
    for kind in STEPS:
        if kind == "rollback":
            # its folder went when newer ones came: it has to be made again first
            assert not (data / "index" / folder_name(2)).exists()
        shutil.copytree(data, root / kind)
        points[kind] = sorted(run(Work(kind, data, folder, generation=2, grace=0.0)).seen)
        if kind == "rollback":
            do(Work("publish", data, folder))
    return Stages(root, folder, look(data)[1], points)


def test_the_stages_reach_every_point(stages: Stages) -> None:
    assert {point for found in stages.points.values() for point in found} == set(LOCAL)


STEPS: tuple[Kind, ...] = ("ingest", "publish", "merge", "rollback", "collect")
KINDS: tuple[Kind, ...] = (*STEPS, "add")


@pytest.mark.parametrize("point", LOCAL)
def test_killed_at_a_point_it_is_whole_and_ends_as_an_undisturbed_run(
    stages: Stages, tmp_path: Path, point: str
) -> None:
    kind = next(kind for kind in KINDS if point in stages.points[kind])
    data, image = tmp_path / "data", tmp_path / "image"
    shutil.copytree(stages.root / kind, data)
    before = look(data)
    assert killed_at(stages.work(kind, data), Stop(point, image=image))
    for library in (data, image):
        served, stored, generation = look(library)
        assert (served, generation) in {before[::2], after(stages, kind, before)}
        assert kind == "ingest" or stored == stages.digest
        engine = open_engine(library)
        assert ask(engine, EDITION) > 5
        engine.close()
    do(stages.work(kind, data))
    served, stored, generation = look(data)
    assert (served, generation) == after(stages, kind, before)
    assert stored == stages.digest


def after(stages: Stages, kind: Kind, before: tuple[str, str, int]) -> tuple[str, int]:
    """Return the served digest and generation as they are once the work is done."""
    served, _, generation = before
    if kind in {"publish", "add"}:
        return stages.digest, generation + 1
    if kind == "rollback":
        return digest_of(stages.root / kind, 2), 2
    return served, generation


def digest_of(data: Path, generation: int) -> str:
    store = Store(data / "library.db")
    try:
        return next(g.digest for g in store.generations() if g.id == generation)
    finally:
        store.close()


def test_the_table_tells_how_many_power_failures_lost_something(tmp_path: Path) -> None:
    told = table(Tally(images=3, torn=1), Reader(tmp_path), 1.0)
    assert "| power failures: unsynced writes dropped or torn | 3 | 2 | 1 |" in told.splitlines()


def test_killed_at_chance_while_a_reader_asks_nothing_is_lost(tmp_path: Path) -> None:
    tally, reader, _ = measure(tmp_path, kills=4, at_each=0, seed=3)
    assert tally.kills >= 4
    assert (tally.lost, reader.wrong) == ([], [])
    assert reader.asked > 0
    assert reader.checked > 0
