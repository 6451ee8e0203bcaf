"""What Patella is made of: nothing that runs when it is loaded, all by its hash, and no network."""

from __future__ import annotations

import ast
import json
import re
import socket
import tomllib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from index.embed import SHIPPED_SHA256, shipped_model
from index.sums import Sums
from patella.cli import main

ROOT = Path(__file__).parent.parent
ROOMS = ("answer", "corpus", "index", "ingest", "patella", "webapp", "bench", "tools")
CODE = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
RUN_WHEN_LOADED = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
CALLS = {
    "torch.load",
    "yaml.full_load",
    "yaml.unsafe_load",
    "eval",
    "exec",
    "pandas.read_pickle",
    "os.system",
}


def calls(tree: ast.AST) -> list[ast.Call]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


@pytest.mark.parametrize("room", ROOMS)
def test_nothing_is_loaded_that_could_run(room: str) -> None:
    found = [path for path in CODE if path.is_relative_to(ROOT / room)]
    assert found
    for path in found:
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            names: set[str] = set()
            if isinstance(node, ast.Import):
                names = {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names = {(node.module or "").split(".")[0]}
            assert not names & RUN_WHEN_LOADED, path
        for call in calls(tree):
            name = ast.unparse(call.func)
            assert name not in CALLS, f"{path}: {name}"
            if name == "yaml.load":
                # makes nothing but text, lists and mappings
                assert [ast.unparse(k.value) for k in call.keywords] == ["yaml.BaseLoader"], path
            if name.endswith("np.load"):
                said = {k.arg: ast.unparse(k.value) for k in call.keywords}
                assert said.get("allow_pickle") == "False", path


def test_the_weights_are_safetensors_and_are_the_ones_expected() -> None:
    folder = shipped_model().folder
    assert Sums(None).of(folder / "model.safetensors") == SHIPPED_SHA256
    assert not [
        p for p in folder.rglob("*") if p.suffix in {".bin", ".pt", ".pth", ".pkl", ".ckpt", ".h5"}
    ]


def test_every_package_is_pinned_and_has_its_hashes() -> None:
    pinned = dict(
        line.split("==")
        for line in (ROOT / "constraints.txt").read_text("utf-8").split()
        if "==" in line
    )
    names = {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in pinned.items()}
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    blocks = re.split(r"\n(?=[a-zA-Z])", lock.split("\n", 1)[1].strip())
    locked = {}
    for block in blocks:
        found = re.match(r"([A-Za-z0-9_.\-]+)(?:\[[^]]*\])?==([^ ;\\]+)", block)
        assert found, block[:60]
        assert "--hash=sha256:" in block
        locked[re.sub(r"[-_.]+", "-", found[1]).lower()] = found[2]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for requirement in project["dependencies"]:
        name = re.sub(r"[-_.]+", "-", re.split(r"[\[<>=!~; ]", requirement)[0]).lower()
        assert name in names, name
        # its CPU build has other hashes than the plain one: tools/make_env.sh
        assert name in locked or name == "torch", name
    for name, version in locked.items():
        assert names.get(name, version) == version, name
    assert "http://" not in lock
    assert "https://" not in lock


def test_the_main_job_needs_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    def refuse(*told: Any, **_: Any) -> Any:
        tried.append(repr(told)[:200])
        raise PermissionError("no network in this test")

    def inside(self: socket.socket, address: Any) -> Any:
        return plain(self, address) if self.family == socket.AF_UNIX else refuse(address)

    plain = socket.socket.connect
    monkeypatch.setattr(socket.socket, "connect", inside)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    monkeypatch.setattr(socket.socket, "sendto", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    article = tmp_path / "stairs.md"
    article.write_text(
        "---\ntitle: Stairs\n---\n# Going down\n\nGoing down stairs hurts as the knee bends.\n",
        "utf-8",
    )

    def run(*args: str) -> dict[str, Any]:
        done = CliRunner().invoke(main, ["--data-dir", str(tmp_path / "data"), *args, "--json"])
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    assert run("add", str(article))["counts"] == {"added": 1}
    assert [hit["document"]["id"] for hit in run("search", "why do stairs hurt")["hits"]] == [
        "stairs"
    ]
    assert run("ask", "why does going down stairs hurt")["state"] in {"answered", "related", "none"}
    assert run("index")["counts"] == {"unchanged": 1}
    assert run("doctor")["ok"]
    assert tried == []
