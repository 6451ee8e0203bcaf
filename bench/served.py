"""A ``patella serve`` in a process of its own, on a port of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

from bench.processes import ROOT


class Server:
    """Serves the library in ``data`` from when this is made; ``settings`` are put into its environment.

    ``said`` grows by what it writes to standard error. Raises RuntimeError, with that, where it does
    not start.
    """

    def __init__(self, data: Path, **settings: str) -> None:
        self.data = data
        self.process = subprocess.Popen(
            [sys.executable, "-m", "patella", "--data-dir", str(data), "serve", "--port", "0"],
            env=os.environ | {"PYTHONPATH": str(ROOT)} | settings,
            stderr=subprocess.PIPE,
            # what a library does to this process's locale is not the server's
            encoding="utf-8",
        )
        self.said: list[str] = []
        errors = self.process.stderr
        assert errors is not None
        self._errors = errors
        for line in errors:
            self.said.append(line)
            if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                self.address = found.group()
                break
        else:
            raise RuntimeError("".join(self.said))
        # all that it says is taken from it: a full pipe would stop it
        self._listener = threading.Thread(target=lambda: self.said.extend(errors), daemon=True)
        self._listener.start()

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End it by a signal; return its exit code."""
        self.process.send_signal(how)
        code = self.process.wait(60)
        self._listener.join(5)
        self._errors.close()
        return code
