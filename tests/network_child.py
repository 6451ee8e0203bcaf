"""A process with the limits of a reading one, which tries to reach a network in every way that it knows."""

from __future__ import annotations

import ctypes
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from ingest import frames, limits
from ingest.worker import Answer, serve

DIAL = "import socket, sys; socket.create_connection(('127.0.0.1', int(sys.argv[1])), 5).send(b'x')"


def main() -> None:
    serve(_prepare, asked=1)


def _prepare(setup: dict[str, Any]) -> Answer:
    if not setup["kernel"]:
        limits._MACHINES.clear()  # as on a system whose kernel has no such filter
    return _answer


def _answer(asked: list[bytes]) -> bytes:
    port, path = frames.load(asked[0])
    tries: dict[str, Callable[[], object]] = {
        "address": lambda: socket.create_connection(("127.0.0.1", port), 5).send(b"x"),
        "name": lambda: socket.getaddrinfo("localhost", port),
        "datagram": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
        "local": lambda: socket.socket(socket.AF_UNIX).connect(path),
        "library": lambda: _by_library(port),
        "other": lambda: subprocess.run(
            [sys.executable, "-c", DIAL, str(port)], check=True, capture_output=True
        ),
        "pair": _pair,
    }
    return frames.dump({name: _outcome(one) for name, one in tries.items()})


def _outcome(one: Callable[[], object]) -> str:
    try:
        one()
    except Exception as error:  # noqa: BLE001  (whatever refuses it, its name is the outcome)
        return type(error).__name__
    return "reached"


def _pair() -> None:
    for end in socket.socketpair():
        end.close()


def _by_library(port: int) -> None:
    """Connect by the C library, as code that took a parser over could."""
    libc = ctypes.CDLL(None, use_errno=True)
    made = libc.socket(2, 1, 0)
    where = b"\x02\x00" + port.to_bytes(2, "big") + bytes([127, 0, 0, 1]) + bytes(8)
    if made < 0 or libc.connect(made, where, len(where)) < 0 or libc.send(made, b"x", 1, 0) < 1:
        raise PermissionError(ctypes.get_errno())
