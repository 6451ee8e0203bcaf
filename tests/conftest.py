"""Fixtures that several tests share."""

from __future__ import annotations

import locale
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from corpus.store import Store
from index.embed import SentenceTransformerEncoder, shipped_model
from tests.browser_helpers import chromium
from tests.library_helpers import Library

_SPELT = locale.setlocale(locale.LC_CTYPE)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Give back the process's own locale: a native library sets another one now and then."""
    locale.setlocale(locale.LC_CTYPE, _SPELT)


@pytest.fixture(scope="session")
def encoder() -> SentenceTransformerEncoder:
    """The real model, by sentence-transformers: loaded once, and slow."""
    return SentenceTransformerEncoder.load(shipped_model())


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty library file."""
    opened = Store(tmp_path / "library.db")
    yield opened
    opened.close()


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """An empty library with vectors and index, by the fake encoder."""
    opened = Library(tmp_path)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium; a module's, since the driver holds the thread's event loop while it runs."""
    with chromium() as opened:
        yield opened
