"""A PostgreSQL of the tests' own: a throw-away cluster in a temporary folder."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.servers import Postgres, postgres_program
from corpus.postgres import Address

NOT_HERE = "no PostgreSQL on this machine: install Debian's package postgresql"


class Server(Postgres):
    """A cluster that is started, stopped and started again as a test likes."""

    def start(self, *options: str) -> None:
        super().start("fsync=off", *options)

    def address(self) -> Address:
        """Return where a library can be made that nothing else uses."""
        return Address(self.url, f"library_{secrets.token_hex(4)}", seconds=2)


@contextlib.contextmanager
def cluster() -> Iterator[Server]:
    """Give a running cluster, or skip the test in words."""
    if not postgres_program("initdb"):
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
