"""Several processes of one server: started on one socket, started again where one ends, stopped together.

The process that the operator started serves nothing itself, and so stays small: it listens, and looks after
the others. Each of those is a whole server of the library, with an encoder on its share of the cores.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from corpus.machine import cores
from patella.board import Board
from patella.place import TURN_COLUMNS, Place, Turns, cannot_listen
from patella.settings import Settings, environment
from patella.terminal import err

LOOK_SECONDS = 0.1
STOP_SECONDS = 30.0
"""A process that has not ended by then after it was told to is killed."""
SHORT_SECONDS = 10.0
"""One that ended sooner than this after its start did not live."""
MOST_SHORT = 5
"""After so many such ends one after the other all of them are stopped: something is wrong."""


def run_all(settings: Settings, *, quiet: bool = False) -> int:
    """Serve with ``settings.processes`` processes until told to stop; return the exit code.

    Raises ServeError where the port cannot be had.
    """
    sockets = _bound(settings)
    shared = tempfile.mkdtemp(prefix="patella-")
    try:
        return _Family(settings, sockets, shared, quiet=quiet).run()
    finally:
        for one in sockets:
            one.close()
        shutil.rmtree(shared, ignore_errors=True)


def _bound(settings: Settings) -> list[socket.socket]:
    """Return sockets bound to all addresses that the host's name has."""
    found: list[socket.socket] = []
    try:
        for family, kind, number, _, address in dict.fromkeys(
            socket.getaddrinfo(
                settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )
        ):
            one = socket.socket(family, kind, number)
            found.append(one)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            one.bind(address)
            one.listen(1024)
    except OSError as error:
        for one in found:
            one.close()
        raise cannot_listen(settings, error) from error
    return found


class _Child:
    """One serving process, and when it was started."""

    def __init__(self, place: Place) -> None:
        self.number = place.number
        self.started = time.monotonic()
        share = str(max(1, cores() // place.processes))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "patella.serving", place.dump()],
            env=environment(
                # the figures' library looks here when it is imported
                PROMETHEUS_MULTIPROC_DIR=place.shared,
                OPENBLAS_NUM_THREADS=share,
                OMP_NUM_THREADS=share,
            ),
            pass_fds=(*place.sockets, place.alive, place.ready),
            stdin=subprocess.DEVNULL,
        )

    @property
    def lived(self) -> bool:
        return time.monotonic() - self.started > SHORT_SECONDS


class _Family:
    """All serving processes, from the first start to the last end."""

    def __init__(
        self, settings: Settings, sockets: list[socket.socket], shared: str, *, quiet: bool
    ) -> None:
        self._settings, self._sockets, self._shared = settings, sockets, shared
        self._quiet = quiet
        self._stopping = threading.Event()
        # its other end is held here alone: it ends when this process does, however that comes
        self._alive, self._held = os.pipe()
        self._children: dict[int, _Child] = {}
        self._short = 0

    def run(self) -> int:
        """Start them, look after them, and stop them; return the exit code."""
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, lambda *_: self._stopping.set())
        try:
            # the first prepares the library; the others find it ready
            ready = self._start(0)
            code = self._first_is_ready(ready)
            if code is not None:
                return code
            for number in range(1, self._settings.processes):
                os.close(self._start(number))
            return self._look_after()
        finally:
            self._stop()
            os.close(self._held)
            os.close(self._alive)

    def _start(self, number: int, *, again: bool = False) -> int:
        """Start a process; return the end of the pipe by which it tells that it listens."""
        ready, tells = os.pipe()
        place = Place(
            data_dir=str(self._settings.data_dir),
            host=self._settings.host,
            port=self._settings.port,
            watch=self._settings.watch,
            quiet=self._quiet,
            number=number,
            processes=self._settings.processes,
            again=again,
            shared=self._shared,
            sockets=tuple(one.fileno() for one in self._sockets),
            alive=self._alive,
            ready=tells,
        )
        self._children[number] = _Child(place)
        os.close(tells)
        return ready

    def _first_is_ready(self, ready: int) -> int | None:
        """Wait until the first process listens; return an exit code where there is nothing to go on with."""
        try:
            while not self._stopping.is_set():
                if select.select([ready], [], [], LOOK_SECONDS)[0]:
                    if os.read(ready, 16):
                        return None
                    # it closed the pipe without a word: it has ended, and said why
                    return self._children[0].process.wait() or 1
            return 0
        finally:
            os.close(ready)

    def _look_after(self) -> int:
        """Start those again that end, until told to stop or until none lives."""
        while not self._stopping.wait(LOOK_SECONDS):
            for number, child in list(self._children.items()):
                code = child.process.poll()
                if code is None:
                    continue
                Turns(self._turns(number)).give_up()
                self._short = 0 if child.lived else self._short + 1
                if self._short >= MOST_SHORT:
                    err.print(f"Server processes end as soon as they start (code {code}).")
                    return 1
                err.print(f"Server process {number + 1} ended (code {code}); it is started again.")
                if self._stopping.wait(self._short):
                    return 0
                os.close(self._start(number, again=True))
        return 0

    def _turns(self, number: int) -> Board:
        return Board(
            Path(self._shared) / "turns",
            row=number,
            rows=self._settings.processes,
            columns=TURN_COLUMNS,
        )

    def _stop(self) -> None:
        """Stop all; requests under way are finished."""
        running = [child.process for child in self._children.values()]
        for process in running:
            if process.poll() is None:
                process.terminate()
        end = time.monotonic() + STOP_SECONDS
        for process in running:
            try:
                process.wait(max(0.0, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        err.print("Stopped.")
