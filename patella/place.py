"""The place of one serving process among several: what it shares with the others and tells its parent."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from corpus.errors import ServeError
from patella.board import Board
from patella.settings import Settings

STALE_SECONDS = 3
"""A process that said nothing for so long is not waited for: it may hang."""
READY = b"ready\n"
_CONNECTIONS, _SEEN = range(2)
TURN_COLUMNS = 2


@dataclass(frozen=True, slots=True)
class Place:
    """What a serving process is told by the one that started it."""

    data_dir: str
    host: str
    port: int
    watch: bool
    quiet: bool
    number: int
    """From 0. The first prepares the library, tells where it is served, and watches files."""
    processes: int
    again: bool
    """Whether it stands in for one that ended."""
    shared: str
    """Folder of what all of them share."""
    sockets: tuple[int, ...]
    """File descriptors on which all of them listen."""
    alive: int
    """A pipe that ends when the parent does."""
    ready: int
    """A pipe that is told when this process listens."""

    def dump(self) -> str:
        """Return it as one argument of a command line."""
        return json.dumps(asdict(self))

    @staticmethod
    def load(text: str) -> Place:
        """Read what ``dump`` wrote."""
        raw = json.loads(text)
        return Place(**raw | {"sockets": tuple(raw["sockets"])})

    @property
    def first(self) -> bool:
        """Whether this process does what only one of them does."""
        return self.number == 0

    @property
    def folder(self) -> Path:
        """The folder of what all of them share."""
        return Path(self.shared)

    def listening(self) -> list[socket.socket]:
        """Return the sockets that all of them listen on."""
        return [socket.socket(fileno=number) for number in self.sockets]

    def board(self, name: str, columns: int) -> Board:
        """Return this process's row of a board."""
        return Board(self.folder / name, row=self.number, rows=self.processes, columns=columns)

    def tell_ready(self) -> None:
        """Tell the parent that this process listens."""
        with contextlib.suppress(OSError):
            os.write(self.ready, READY)
        os.close(self.ready)

    def end_with_parent(self, end: Callable[[], object]) -> None:
        """Call ``end`` when the parent ends without a word."""

        def wait() -> None:
            while os.read(self.alive, 1):
                pass
            end()

        threading.Thread(target=wait, name="parent", daemon=True).start()


def cannot_listen(settings: Settings, error: OSError) -> ServeError:
    """Say that the address of the settings cannot be had."""
    return ServeError(
        f"Cannot listen on {settings.host}:{settings.port}: {error.strerror}.",
        hint="Choose another port: patella serve --port 8080",
    )


class Turns:
    """Has connections go to the process that holds the fewest, so that all cores are used alike."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def give_up(self) -> None:
        """Have the others not wait for this process, which has ended."""
        self._board.set(_SEEN, 0)

    def mine(self, connections: int) -> bool:
        """Tell the others how many connections this process holds, and whether it takes one more."""
        now = int(time.monotonic())
        self._board.set(_CONNECTIONS, connections)
        self._board.set(_SEEN, now)
        held = zip(self._board.others(_CONNECTIONS), self._board.others(_SEEN), strict=True)
        fewest = min((n for n, seen in held if now - seen <= STALE_SECONDS), default=connections)
        return connections <= fewest
