"""The examples of docs/api.md, run as they stand against a server."""

from __future__ import annotations

import json
import re
import runpy
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from index.embed import Encoder
from patella import jobs as jobs_module
from patella.cli import main
from patella.engine import Engine
from patella.settings import Settings
from patella.workbench import PatellaWorkbench
from patella.writer import Writer
from tests.accounts_helpers import Office
from tests.browser_helpers import serving
from tests.workbench_helpers import STAIRS, drop, read_in_process
from webapp.app import create_app
from webapp.settings import WebSettings

PAGE = (Path(__file__).parent.parent / "docs" / "api.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.M | re.S)
SHELL = [body for kind, body in BLOCKS if kind == "sh" and body.startswith("curl")]
PYTHON = [body for kind, body in BLOCKS if kind == "python"]
SITTING = """---
title: Sitting and your knee
kind: patient-information
topics: [sitting]
published: 2024
---

# Why sitting hurts

Sitting for long with a bent knee can hurt, because it presses the kneecap on the thigh bone.
"""
RUNNING = """---
title: Running with knee pain
kind: patient-information
topics: [running]
---

# Can you keep running?

You can keep running if the pain stays mild and settles by the next morning.
"""
WRITTEN_AT = "http://localhost:8000"


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, encoder: Encoder
) -> Iterator[tuple[str, str, PatellaWorkbench]]:
    """Serve a small library; yields the address, a token and what runs the jobs."""
    root = tmp_path_factory.mktemp("docs")
    with pytest.MonkeyPatch.context() as patch:
        read_in_process(patch)
        patch.setattr(jobs_module, "POLL_SECONDS", 0.05)
        engine = Engine(Settings(root / "data", publish="review"), encoder=encoder)
        engine.settings.inbox_dir.mkdir(parents=True)
        drop(engine, "sitting.md", SITTING)
        drop(engine, "stairs.md", STAIRS)
        drop(engine, "running.md", RUNNING)
        Writer(engine).index()
        Writer(engine).publish()
        office, bench = Office(root), PatellaWorkbench(engine)
        bench.start()
        app = create_app(engine, settings=WebSettings(), accounts=office.desk, workbench=bench)
        with serving(app) as address:
            yield address, office.token("eve", "write"), bench
        bench.stop()
        engine.close()
        office.accounts.close()


@pytest.fixture
def settled(server: tuple[str, str, PatellaWorkbench]) -> tuple[str, str]:
    """Wait for the jobs of earlier examples; return the address and the token."""
    address, token, bench = server
    end = time.monotonic() + 60
    while any(not job.ended_for_good for job in bench.jobs().jobs):
        assert time.monotonic() < end, bench.jobs().jobs
        time.sleep(0.05)
    return address, token


def test_there_are_examples() -> None:
    assert (len(SHELL), len(PYTHON)) == (6, 3)
    assert "patella --server http://localhost:8000 ask" in PAGE


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl is installed")
@pytest.mark.parametrize("number", range(len(SHELL)))
def test_with_curl(number: int, settled: tuple[str, str], tmp_path: Path) -> None:
    address, token = settled
    (tmp_path / "leaflet.md").write_text("# Warming up\n\nWalk for five minutes first.\n")
    script = SHELL[number].replace(WRITTEN_AT, address).replace("curl -s", "curl -sSf")
    done = subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=tmp_path,
        env={"TOKEN": token, "PATH": "/usr/bin:/bin:/usr/local/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "text/event-stream" not in script or "event: done" in done.stdout
    if number == 0:
        assert json.loads(done.stdout)["quotes"][0]["sha256"]


@pytest.mark.parametrize("number", range(len(PYTHON)))
def test_with_python(
    number: int,
    settled: tuple[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    address, token = settled
    monkeypatch.setenv("TOKEN", token)
    script = tmp_path / "example.py"
    script.write_text(PYTHON[number].replace(WRITTEN_AT, address))
    runpy.run_path(str(script))
    last = capsys.readouterr().out.splitlines()[-1]
    assert last in {"the words stand there", "published"} or last.endswith(" documents"), last


def test_from_the_command_line(settled: tuple[str, str]) -> None:
    asked = CliRunner().invoke(main, ["--server", settled[0], "ask", "can I keep running"])
    assert asked.exit_code == 0, asked.output
