"""Fixtures that several tests share."""

from __future__ import annotations

import locale
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from corpus.postgres import open_postgres
from corpus.store import Store
from index.embed import SentenceTransformerEncoder, shipped_model
from patella.cli import main
from patella.engine import Engine
from tests.browser_helpers import chromium
from tests.library_helpers import Library
from tests.postgres_helpers import Server as PostgresServer
from tests.postgres_helpers import cluster
from tests.workbench_helpers import copied

_SPELT = locale.setlocale(locale.LC_CTYPE)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Give back the process's own locale: a native library sets another one now and then."""
    locale.setlocale(locale.LC_CTYPE, _SPELT)


@pytest.fixture(scope="session")
def encoder() -> SentenceTransformerEncoder:
    """The real model, by sentence-transformers: loaded once, and slow."""
    return SentenceTransformerEncoder.load(shipped_model())


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A running PostgreSQL; without one, its tests are skipped in words."""
    with cluster() as server:
        yield server


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the tests of a module that says ``BOTH_STORES`` on a library in PostgreSQL as well."""
    if getattr(metafunc.module, "BOTH_STORES", False) and "store" in metafunc.fixturenames:
        metafunc.parametrize("store", ["file", "postgres"], indirect=True)


@pytest.fixture
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty library."""
    if getattr(request, "param", "file") == "file":
        opened = Store(tmp_path / "library.db")
    else:
        opened = Store(open_postgres(request.getfixturevalue("postgres").address()))
    yield opened
    opened.close()


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """An empty library with vectors and index, by the fake encoder."""
    opened = Library(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def engine(built: Path, tmp_path: Path) -> Iterator[Engine]:
    """A copy of the library that a module's fixture ``built`` made, opened."""
    with copied(built, tmp_path / "data") as opened:
        yield opened


@pytest.fixture
def patella(tmp_path: Path) -> Callable[..., Result]:
    """The command line over a library of the test's own: what it takes, and the exit code that is due."""

    def run(*args: str | Path, code: int = 0) -> Result:
        result = CliRunner().invoke(main, ["--data-dir", str(tmp_path / "data"), *map(str, args)])
        assert result.exit_code == code, result.output
        assert "Traceback" not in result.output
        return result

    return run


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium; a module's, since the driver holds the thread's event loop while it runs."""
    with chromium() as opened:
        yield opened
