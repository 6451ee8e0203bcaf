"""Bringing what a file holds into tables of PostgreSQL that hold nothing yet, as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from corpus.database import Connection, Database, SqliteFile, column_names
from corpus.errors import Conflict, Damaged
from corpus.postgres_schema import PARTS
from corpus.sums import Sums, seal_all

_AT_ONCE = 1_000
_BEGUN_WITH = {"pointer": 1, "audit_count": 1}
"""Tables that have a row when they are made."""


def move(source: SqliteFile, target: Database, part: str) -> int:
    """Copy all rows of a file, of the newest format, and return how many there were.

    ``part`` of a library is meant (``postgres_schema.PARTS``). All of them are there then, or none.
    Raises Conflict where the tables hold something already, Damaged where a version in the file is not
    as it was written.
    """
    tables = re.findall(r"CREATE TABLE (\w+)", PARTS[part].scripts[0])
    if not part and Sums(source).altered():
        raise Damaged(
            "Versions in the library file are not as they were written.",
            hint="Run first: patella doctor --mend, without store_url.",
        )
    with source.reading() as old, target.writing() as new:
        for table in tables:
            if _count(new, table) > _BEGUN_WITH.get(table, 0):
                raise Conflict(
                    "The library in PostgreSQL holds something already.",
                    hint="Choose another store_schema, or drop that one.",
                )
        copied = sum(_copy(old, new, table) for table in tables if table != "audit_count")
        _go_on(old, new)
        if not part:
            seal_all(new)
        if part == "accounts":
            new.execute("UPDATE audit_count SET number = (SELECT coalesce(max(id), 0) FROM audit)")
    return copied


def _copy(old: Connection, new: Connection, table: str) -> int:
    names = column_names(new, table)
    columns = ", ".join(f'"{name}"' for name in names)
    marks = ", ".join("?" * len(names))
    # what triggers note is copied as well
    new.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    new.execute(f"DELETE FROM {table}")
    count = 0
    for rows in _parts(iter(old.execute(f"SELECT {columns} FROM {table}"))):
        new.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)
        count += len(rows)
    new.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    return count


def _parts(rows: Iterator[Any]) -> Iterator[Sequence[tuple[Any, ...]]]:
    while part := [tuple(row) for row in islice(rows, _AT_ONCE)]:
        yield part


def _go_on(old: Connection, new: Connection) -> None:
    """Have numbers go on where they were: that of something that is gone is not given again."""
    last: dict[str, int] = {}
    if old.execute("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'").fetchone():
        last |= dict(old.execute("SELECT name, seq FROM sqlite_sequence"))
    for table, column in new.execute(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = current_schema AND is_identity = 'YES'"
    ).fetchall():
        number = max(last.get(table, 0), _count(old, table, f"max({column})"))
        if number:
            sequence = f"pg_get_serial_sequence('{table}', '{column}')"
            new.execute(f"SELECT setval({sequence}, {number:d})")


def _count(db: Connection, table: str, what: str = "count(*)") -> int:
    return int(db.execute(f"SELECT coalesce({what}, 0) FROM {table}").fetchone()[0])
