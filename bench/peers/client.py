"""A driver's process, seen from outside: what it is told, how long that takes, memory, CPU seconds."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from bench.peers.environments import DRIVERS, python_of
from bench.processes import ROOT, resident
from index.embed import shipped_model


class DriverFailed(Exception):
    """A driver's process ended, or said something that is not of the protocol."""


class Driver:
    """A running driver; ``started`` is when its process was."""

    def __init__(self, name: str, folder: Path, *, environments: Path, mode: str = "") -> None:
        self.name = name
        script = DRIVERS / f"{name}_driver.py"
        model = str(shipped_model().folder)
        python = python_of(name, environments)
        self.log = folder.with_suffix(".log")
        folder.parent.mkdir(parents=True, exist_ok=True)
        self._err = self.log.open("ab")
        paths = [str(ROOT)] if name == "patella" else []
        # offline: the model lies in a folder, and nothing is to be asked of a hub
        env = os.environ | {"PYTHONPATH": os.pathsep.join(paths), "HF_HUB_OFFLINE": "1"}
        self.started = time.perf_counter()
        self._process = subprocess.Popen(
            [str(python), str(script), str(folder), model, *([mode] if mode else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._err,
            env=env,
            cwd=DRIVERS,
        )

    def __enter__(self) -> Driver:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pipe(self._process.stdin).close()
        try:
            self._process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._pipe(self._process.stdout).close()
        self._err.close()

    @staticmethod
    def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
        assert pipe is not None
        return pipe

    def tell(self, **asked: Any) -> dict[str, Any]:
        """Have something done; return what came back. Raises DriverFailed."""
        try:
            inlet = self._pipe(self._process.stdin)
            inlet.write(json.dumps(asked).encode() + b"\n")
            inlet.flush()
            line = self._pipe(self._process.stdout).readline()
            told: dict[str, Any] = json.loads(line)
        except (OSError, ValueError) as error:
            raise DriverFailed(
                f"{self.name} gave no answer to {asked['do']}: {self.log}"
            ) from error
        return told

    def memory(self) -> int:
        """Return the resident bytes of the process and its children."""
        return resident(self._process.pid)
