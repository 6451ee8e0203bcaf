"""Ingest on Ray: what a real local Ray makes of a folder is what the local pipeline makes of it."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import sys
import warnings
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result

from bench.ray_ingest import furthest, workers_of
from corpus.errors import ModelError
from index.embed import HashEncoder
from patella.cli_ray import spread_engine
from patella.engine import Engine
from patella.ray_cluster import crew_of
from patella.run_report import RunReport, Watchers
from patella.settings import Settings, load
from patella.writer import Writer


def told(report: RunReport) -> list[tuple[str, str, str, str, int]]:
    return [(f.path, f.state, f.reason, f.document, f.passages) for f in report.files]


# -- without Ray


def test_ray_that_is_not_installed_is_told(
    patella: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    said = patella("ingest", tmp_path, "--ray", code=2).output
    assert "Ray is not installed." in said
    assert 'pip install "patella[ray]"' in said


def test_an_address_that_is_none_is_told(patella: Callable[..., Result]) -> None:
    said = patella("ingest", "x.md", "--ray", "head-node", code=2).output
    assert "'head-node' is no address of Ray." in said
    assert "ray://HOST:PORT" in said


@pytest.mark.parametrize("address", ["127.0.0.1:1", "ray://127.0.0.1:1"])
def test_an_address_where_nothing_answers_is_told(
    patella: Callable[..., Result], address: str
) -> None:
    pytest.importorskip("ray", reason="Ray is not installed: pip install 'patella[ray]'")
    said = patella("index", "--ray", address, code=2).output
    assert f"Nothing answers at {address}: [Errno 111] Connection refused" in said


# -- with a Ray of two workers


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return replace(load(tmp_path_factory.mktemp("ray")), ray_workers=2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of several kinds: twins, some that cannot be read, an archive, a sidecar."""
    made = tmp_path_factory.mktemp("files")
    for n in range(40):
        words = f"# Exercise {n}\n\nExercise {n} strengthens the thigh. Do it {n} times a week.\n"
        (made / f"{n:02}.md").write_text(words, "utf-8")
    shutil.copy(made / "03.md", made / "twin.md")
    (made / "broken.pdf").write_bytes(b"%PDF-1.7\nthat was all")
    (made / "empty.txt").write_text("", "utf-8")
    (made / "02.md.meta.yaml").write_text("title: The second\n", "utf-8")
    with zipfile.ZipFile(made / "more.zip", "w") as archive:
        archive.writestr("inside.html", "<h1>Inside</h1><p>Bend the knee slowly, then rest it.</p>")
    return made


@pytest.fixture(scope="module")
def ray_running() -> Iterator[None]:
    """A Ray of this process, which all tests below use."""
    ray = pytest.importorskip("ray", reason="Ray is not installed: pip install 'patella[ray]'")
    from patella.ray_cluster import LOCAL, _connected, _library

    with _connected(_library(), LOCAL):
        swept()
        yield
    assert not ray.is_initialized()
    swept()


def swept() -> None:
    """Let go of what Ray left of a start that took too long: it does not wait for its processes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.mark.usefixtures("ray_running")
def test_a_worker_is_killed_and_all_is_as_in_a_local_run(
    settings: Settings, folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    local = Engine(replace(settings, data_dir=tmp_path / "local"))
    expected = Writer(local).add([folder])
    digest = local.generation().digest
    local.close()

    killed: list[int] = []

    def watch(_: object) -> None:
        if not killed:
            killed.append(workers_of(os.getpid())[0])
            os.kill(killed[0], signal.SIGKILL)

    with spread_engine(replace(settings, data_dir=tmp_path / "ray"), "local") as engine:
        report = Writer(engine, watchers=Watchers(file=watch)).add([folder])
        assert engine.generation().digest == digest
        assert engine.search("which exercise strengthens the thigh").hits
    assert killed
    assert capfd.readouterr().out == "", "a report for programs stands there alone"
    assert told(report) == told(expected)
    assert sum(f.state == "failed" for f in report.files) == 2
    # one that had nothing left to do is not started again
    again = "Workers that ended and were started again: 1. Nothing was lost by it."
    assert report.notices in {(), (again,)}
    assert furthest(tmp_path / "local", tmp_path / "ray") < 5e-3
    with spread_engine(replace(settings, data_dir=tmp_path / "ray"), "local") as engine:
        again = Writer(engine).add([folder])
        assert (again.published, again.embedded) == (False, 0)


@pytest.mark.usefixtures("ray_running")
def test_workers_with_another_model_are_refused(settings: Settings) -> None:
    with (
        crew_of(replace(settings, ray_workers=1), HashEncoder(), "local") as crew,
        pytest.raises(ModelError, match="and this machine"),
    ):
        crew.ask("encode", ["one"]).result(120)


def test_a_folder_behind_the_option_is_a_folder(folder: Path, tmp_path: Path) -> None:
    from patella.cli_ray import told_apart

    assert told_apart(("b.md",), str(folder)) == ((str(folder), "b.md"), "local")
    assert told_apart(("b.md",), "10.0.0.1:6379") == (("b.md",), "10.0.0.1:6379")
