"""Servers that a cluster stands on, started in a folder of their own: PostgreSQL, and Milvus Lite's."""

from __future__ import annotations

import os
import pwd
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

_FOLDERS = ("usr/lib/postgresql/*/bin", "usr/local/bin", "usr/bin")


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def postgres_program(name: str) -> Path | None:
    """Return where a program of PostgreSQL lies, the newest version of it; None where there is none."""
    for folders in _FOLDERS:
        for folder in sorted(Path("/").glob(folders), reverse=True):
            if (folder / name).is_file():
                return folder / name
    return None


class _Started:
    """A process that listens on a port of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self._user: str | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def _start(self, *command: str | Path) -> None:
        self._process = subprocess.Popen(
            list(map(str, command)),
            user=self._user,
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        end = time.monotonic() + 60
        while not self._listens():
            assert time.monotonic() < end, f"{command[0]} did not start"
            time.sleep(0.1)

    def _listens(self) -> bool:
        with socket.socket() as trying:
            return trying.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self, how: signal.Signals = signal.SIGKILL) -> None:
        """End it, and wait until it has."""
        if self._process:
            self._process.send_signal(how)
            self._process.wait()
            self._process = None


class MilvusLite(_Started):
    """A ``milvus-lite server``."""

    @property
    def uri(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, on what the folder holds."""
        program = Path(sys.executable).with_name("milvus-lite")
        where = ("--host", "127.0.0.1", "--port", str(self.port))
        self._start(program, "server", "--data-dir", self.folder, *where)


class Postgres(_Started):
    """A PostgreSQL with one database, which everybody on this machine may use."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        # it refuses to run as root
        self._user = "postgres" if os.geteuid() == 0 else None
        self.url = f"postgresql://patella@127.0.0.1:{self.port}/postgres"

    def make(self) -> None:
        """Make the cluster; its order of words is a language's, which must not matter."""
        if self._user:
            known = pwd.getpwnam(self._user)
            os.chown(self.folder, known.pw_uid, known.pw_gid)
        order = ("--encoding=UTF8", "--locale-provider=icu", "--icu-locale=de", "--locale=C.UTF-8")
        subprocess.run(
            [
                str(postgres_program("initdb")),
                *("-D", str(self.folder), "-A", "trust", "-U", "patella", "--no-sync", *order),
            ],
            user=self._user,
            cwd="/",
            capture_output=True,
            check=True,
        )

    def start(self, *options: str) -> None:
        """Start it; ``options`` are settings as ``fsync=off``."""
        always = ("listen_addresses=127.0.0.1", "unix_socket_directories=")
        program = postgres_program("postgres")
        assert program is not None
        self._start(
            program,
            *("-D", self.folder, "-p", str(self.port)),
            *(part for one in (*always, *options) for part in ("-c", one)),
        )

    def _listens(self) -> bool:
        ready = [str(postgres_program("pg_isready")), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(ready, check=False).returncode == 0

    def stop(self) -> None:
        """End it at once, and all sessions with it."""
        self.kill(signal.SIGQUIT)
