"""A process of its own that hostile files are given to: started, asked, and killed when it is over a limit.

What runs in it is a module's ``main``, which sets its limits (``ingest/limits.py``), answers in frames
(``ingest/frames.py``) and can say nothing that would run here.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from corpus.errors import Lost
from ingest import frames

START_SECONDS = 60.0
"""How long a process may take to be ready."""
BOOT = (
    "import importlib, json, sys; sys.path[:] = json.loads(sys.argv[1]);"
    " importlib.import_module(sys.argv[2]).main()"
)
# Nothing of ours is handed down: no secret, and no setting that changes what is read. The threads of
# the tokenizer and the heaps of malloc would count against the limit of memory on a large machine.
_ENVIRONMENT = {
    "LC_ALL": "C.UTF-8",
    "MALLOC_ARENA_MAX": "2",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "RAYON_NUM_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
}


class Child:
    """A process in which ``main`` of a module runs. Raises OSError where none can be started.

    With ``session``, it and all that it starts are killed together, and Ctrl-C in a terminal is for
    the parent alone.
    """

    def __init__(self, module: str, *, session: bool = True) -> None:
        path = json.dumps([entry or str(Path.cwd()) for entry in sys.path])
        self._session = session
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-c", BOOT, path, module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_ENVIRONMENT,
            start_new_session=session,
        )
        assert self._process.stdin is not None  # noqa: S101  (for the type checker)
        assert self._process.stdout is not None  # noqa: S101
        self._in, self._out = self._process.stdin, self._process.stdout
        self.alive = True

    def begin(self, setup: dict[str, object]) -> bool:
        """Hand in the setup, and tell whether the process is ready."""
        clock = threading.Timer(START_SECONDS, self._process.kill)
        clock.daemon = True
        clock.start()
        try:
            frames.send(self._in, frames.dump(setup))
            return "ready" in frames.load(frames.receive(self._out, most=10_000))
        except (OSError, ValueError, TypeError, EOFError, OverflowError):
            self.kill()
            return False
        finally:
            clock.cancel()

    def ask(self, *asked: bytes, seconds: float, most: int) -> bytes:
        """Return the answer, of at most ``most`` bytes. Raises Lost, and the process has then ended."""
        late = threading.Event()

        def stop() -> None:
            late.set()
            self._end()

        clock = threading.Timer(seconds, stop)
        clock.daemon = True
        clock.start()
        try:
            with contextlib.suppress(BrokenPipeError):
                # a process that has ended meanwhile may still have said why
                frames.send(self._in, *asked)
            self.alive = frames.receive(self._out, most=1) == frames.GOES_ON
            answer = frames.receive(self._out, most=most)
        except OverflowError as error:
            self.kill()
            raise Lost("The answer is too long.", how="long") from error
        except EOFError as error:
            self.kill()
            if late.is_set():
                raise Lost("The process gave no answer in time.", how="late") from error
            code = self._process.returncode
            raise Lost(f"The process ended with {code_in_words(code)}.", code=code) from error
        except OSError as error:
            self.kill()
            raise Lost("The process cannot be reached.", how="away") from error
        finally:
            clock.cancel()
        if late.is_set():
            self.alive = False
        return answer

    def runs(self) -> bool:
        """Tell whether the process is still there."""
        return self.alive and self._process.poll() is None

    def kill(self) -> None:
        """End the process and let go of its pipes; does nothing the second time."""
        self.alive = False
        self._end()
        self._process.wait()
        for pipe in (self._in, self._out):
            with contextlib.suppress(OSError, ValueError):
                pipe.close()

    def _end(self) -> None:
        """Kill the process, and what it may have started (text recognition)."""
        with contextlib.suppress(OSError):
            if self._process.poll() is None:
                if self._session:
                    os.killpg(self._process.pid, signal.SIGKILL)
                else:
                    self._process.kill()


def code_in_words(code: int) -> str:
    """Return what a process ended with: ``exit code 3``, ``SIGSEGV``."""
    if code >= 0:
        return f"exit code {code}"
    with contextlib.suppress(ValueError):
        return signal.Signals(-code).name
    return f"signal {-code}"
