"""A process that hostile files are given to has no network."""

from __future__ import annotations

import platform
import socket
import sys
from pathlib import Path

import pytest

from ingest import frames
from ingest.child import Child

KERNEL = sys.platform == "linux" and platform.machine() in ("x86_64", "aarch64")


def tried(tmp_path: Path, *, kernel: bool) -> tuple[dict[str, str], int]:
    """Return what came of each try, and how many reached a port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as local:
        path = str(tmp_path / "s")
        local.bind(path)
        local.listen()
        server.settimeout(0.2)
        child = Child("tests.network_child")
        try:
            assert child.begin({"megabytes": 1_000, "seconds": 20, "kernel": kernel})
            asked = frames.dump([server.getsockname()[1], path])
            told = frames.load(child.ask(asked, seconds=20, most=10_000))
        finally:
            child.kill()
        reached = 0
        try:
            while True:
                server.accept()[0].close()
                reached += 1
        except TimeoutError:
            return told, reached


@pytest.mark.skipif(not KERNEL, reason="this system's kernel has no filter of system calls")
def test_the_kernel_refuses_every_socket_whoever_asks(tmp_path: Path) -> None:
    assert tried(tmp_path, kernel=True) == (
        {
            "address": "PermissionError",
            "name": "PermissionError",
            "datagram": "PermissionError",
            "local": "PermissionError",
            "library": "PermissionError",
            "other": "CalledProcessError",
            "pair": "reached",
        },
        0,
    )


def test_without_the_kernel_python_refuses_and_other_code_does_not(tmp_path: Path) -> None:
    told, reached = tried(tmp_path, kernel=False)
    assert {name for name, outcome in told.items() if outcome == "PermissionError"} == {
        "address",
        "name",
        "datagram",
        "local",
    }
    # what docs/ingest.md says that this does not protect from
    assert (told["library"], told["other"], reached) == ("reached", "reached", 2)
