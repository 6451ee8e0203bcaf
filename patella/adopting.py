"""Bringing the library of a data directory into PostgreSQL: as it is, with its accounts and vectors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from corpus.accounts import Accounts
from corpus.database import SqliteFile
from corpus.errors import Conflict, NotFound, UsageError
from corpus.store import Store
from corpus.vectors import vector_file
from patella import home
from patella.locks import hold_library
from patella.opening import open_postgres, open_store
from patella.settings import Settings


@dataclass(frozen=True, slots=True)
class Adopted:
    """What was brought over."""

    rows: int
    accounts: bool
    """Whether accounts were; where there were some already, those stay."""
    vectors: bool


def adopt(settings: Settings) -> Adopted:
    """Copy the files of the data directory into the PostgreSQL of the settings; they stay as they are.

    The library comes last: what was stopped before can be done again. Raises UsageError without a
    PostgreSQL, NotFound without a library file, Conflict where a library is there, Locked, Damaged.
    """
    if not settings.store_url:
        raise UsageError(
            "There is no PostgreSQL to bring the library to.",
            hint="Set store_url, for this command and all after it.",
        )
    if not settings.library_file.is_file():
        raise NotFound(f"There is no library file in {settings.data_dir}.")
    store = open_store(settings)
    try:
        with hold_library(settings, store, busy="Another process is changing this library"):
            accounts = _bring(settings, "accounts", settings.accounts_file, _newest_accounts)
            vectors = _bring(settings, "vectors", settings.vectors_file, _newest_vectors)
            _newest_library(settings.library_file)
            rows = _move(settings, "", settings.library_file)
            home.settle(settings, store)
    finally:
        store.close()
    return Adopted(rows, accounts, vectors)


def _bring(settings: Settings, part: str, path: Path, newest: Callable[[Path], None]) -> bool:
    if not path.is_file():
        return False
    newest(path)
    try:
        _move(settings, part, path)
    except Conflict:
        return False
    return True


def _move(settings: Settings, part: str, path: Path) -> int:
    from corpus.moving import move  # noqa: PLC0415  (an extra)

    file, tables = SqliteFile(path), open_postgres(settings, part)
    try:
        return move(file, tables, part)
    finally:
        file.close()
        tables.close()


def _newest_library(path: Path) -> None:
    Store(path).close()


def _newest_accounts(path: Path) -> None:
    Accounts(path).close()


def _newest_vectors(path: Path) -> None:
    vector_file(path).close()
