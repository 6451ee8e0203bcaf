"""A PostgreSQL of the tests' own: a throw-away cluster in a temporary folder."""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.postgres import Address

_PLACES = ("/usr/lib/postgresql/*/bin", "/usr/local/bin", "/usr/bin")
NOT_HERE = "no PostgreSQL on this machine: install Debian's package postgresql"


def _program(name: str) -> Path | None:
    for place in _PLACES:
        for folder in sorted(Path("/").glob(place.lstrip("/")), reverse=True):
            if (folder / name).is_file():
                return folder / name
    return None


class Server:
    """A cluster that is started, killed and started again as a test likes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            self.port = int(listening.getsockname()[1])
        self.url = f"postgresql://patella@127.0.0.1:{self.port}/postgres"
        # it refuses to run as root
        self._user = "postgres" if os.geteuid() == 0 else None
        self._process: subprocess.Popen[bytes] | None = None

    def address(self) -> Address:
        """Return where a library can be made that nothing else uses."""
        return Address(self.url, f"library_{secrets.token_hex(4)}", seconds=2)

    def make(self) -> None:
        if self._user:
            known = pwd.getpwnam(self._user)
            os.chown(self.folder, known.pw_uid, known.pw_gid)
        # in the order of a language, which must not matter
        order = ("--encoding=UTF8", "--locale-provider=icu", "--icu-locale=de", "--locale=C.UTF-8")
        self._run("initdb", "-D", self.folder, "-A", "trust", "-U", "patella", "--no-sync", *order)

    def _run(self, name: str, *args: str | Path) -> None:
        done = subprocess.run(
            [str(_program(name)), *map(str, args)],
            user=self._user,
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    def start(self) -> None:
        options = ("fsync=off", "listen_addresses=127.0.0.1", "unix_socket_directories=")
        self._process = subprocess.Popen(
            [
                str(_program("postgres")),
                *("-D", str(self.folder), "-p", str(self.port)),
                *(part for one in options for part in ("-c", one)),
            ],
            user=self._user,
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(300):
            done = subprocess.run(
                [str(_program("pg_isready")), "-q", "-h", "127.0.0.1", "-p", str(self.port)],
                check=False,
            )
            if done.returncode == 0:
                return
            time.sleep(0.1)
        raise AssertionError("PostgreSQL did not start")

    def stop(self) -> None:
        """End it at once, and all sessions with it."""
        if self._process:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait()
            self._process = None


@contextlib.contextmanager
def cluster() -> Iterator[Server]:
    """Give a running cluster, or skip the test in words."""
    if not _program("initdb"):
        pytest.skip(NOT_HERE)
    folder = Path(tempfile.mkdtemp(prefix="patella-postgres-"))
    server = Server(folder)
    try:
        server.make()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
