"""Environments of the peers: each its own, made once from pinned versions under a cache folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

PINS = Path(__file__).parent / "pins"
DRIVERS = Path(__file__).parent / "drivers"
PEERS = ("txtai", "llamaindex", "haystack")
ALL = ("patella", *PEERS)


def default_folder() -> Path:
    """Return where environments are kept unless an option says otherwise."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "patella-peers"


def python_of(name: str, folder: Path) -> Path:
    """Return the Python that runs a driver; the environment is made if it is not there."""
    if name == "patella":
        return Path(sys.executable)
    home = folder / name
    python, done = home / "bin" / "python", home / ".done"
    pins = (PINS / f"{name}.txt").read_text("utf-8")
    if done.is_file() and done.read_text("utf-8") == pins:
        return python
    shutil.rmtree(home, ignore_errors=True)
    print(f"Making the environment of {name} in {home} (about 1.5 GB) …", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
    torch = next(line for line in pins.splitlines() if line.startswith("torch=="))
    # the CPU build first: a plain pin of torch brings gigabytes of CUDA
    if not _runs("uv", "pip", "install", "-q", f"--python={python}", "--torch-backend=cpu", torch):
        _pip(python, torch)
    _pip(python, "-r", str(PINS / f"{name}.txt"))
    done.write_text(pins, "utf-8")
    return python


def _pip(python: Path, *args: str) -> None:
    quiet = ("--quiet", "--disable-pip-version-check")
    subprocess.run([str(python), "-m", "pip", "install", *quiet, *args], check=True)


def _runs(*command: str) -> bool:
    run = subprocess.run([sys.executable, "-m", *command], capture_output=True, check=False)
    return run.returncode == 0


def version_of(name: str) -> str:
    """Return the pinned version of a peer."""
    package = {"txtai": "txtai", "llamaindex": "llama-index-core", "haystack": "haystack-ai"}
    for line in (PINS / f"{name}.txt").read_text("utf-8").splitlines():
        if line.startswith(f"{package[name]}=="):
            return line.split("==")[1]
    raise LookupError(name)


def size_of(folder: Path) -> int:
    """Return the bytes of a folder's files, each counted once."""
    seen = {
        (s.st_dev, s.st_ino): s.st_size
        for p in folder.rglob("*")
        if p.is_file()
        for s in [p.stat()]
    }
    return sum(seen.values())
