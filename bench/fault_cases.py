"""Faults that happen once each: what should come of each is said, and what came of it."""

from __future__ import annotations

import datetime as dt
import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.crash_process import as_nobody, holding
from bench.crash_work import Work, do, look, open_engine, write_edition
from corpus import database, migrations
from corpus.errors import Damaged, Locked, NewerLibrary
from patella.locks import hold


def read_only(root: Path, data: Path, folder: Path) -> str:
    """A folder that may not be written: said in words, or read; and nothing is changed."""
    for path in (root, data, *data.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o444)
    before = {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}
    words = as_nobody(Work("publish", data, folder))
    assert words.startswith("Unwritable: "), words or "it was written"
    assert {p: p.read_bytes() for p in data.rglob("*") if p.is_file()} == before
    return "refused in words, nothing changed"


def two_writers(_: Path, data: Path, folder: Path) -> str:
    """The second is told who holds the library; when that one is killed, its lock is free."""
    with holding(data) as holder:
        try:
            with hold(
                data / "library.lock", seconds=0.2, busy="Another process is changing this library"
            ):
                raise AssertionError("two writers at once")
        except Locked as error:
            assert f"process {holder}" in str(error), str(error)
        os.kill(holder, signal.SIGKILL)
    do(Work("publish", data, folder))
    return "the second told who; a killed one's lock taken over"


def library_gone(_: Path, data: Path, folder: Path) -> str:
    """A library whose file is gone is not taken for a new, empty one."""
    del folder
    for path in data.glob("library.db*"):
        path.unlink()
    try:
        open_engine(data).close()
    except Damaged as error:
        assert "is missing" in str(error)
        assert not (data / "library.db").exists()
        return "refused in words"
    raise AssertionError("an empty library was made")


def newer_format(_: Path, data: Path, folder: Path) -> str:
    """A library of a newer Patella is refused in words, and left as it is."""
    del folder
    db = sqlite3.connect(data / "library.db")
    db.execute("PRAGMA user_version = 99")
    db.close()
    before = (data / "library.db").read_bytes()
    try:
        open_engine(data).close()
    except NewerLibrary as error:
        assert "format 99" in str(error)
        assert (data / "library.db").read_bytes() == before
        return "refused in words, not a byte changed"
    raise AssertionError("it was opened")


def older_format(_: Path, data: Path, folder: Path) -> str:
    """A library of an older Patella is kept as it is, then brought to the present format."""
    del folder
    (data / "library.db").unlink()
    db = sqlite3.connect(data / "library.db")
    db.row_factory = sqlite3.Row
    migrations.migrate(db, migrations.MIGRATIONS[:3])
    db.close()
    open_engine(data).close()
    kept = sqlite3.connect(data / "library.db.format-3")
    assert kept.execute("PRAGMA user_version").fetchone() == (3,)
    kept.close()
    return "kept as it was, then migrated"


def clock_set_back(_: Path, data: Path, folder: Path) -> str:
    """A clock that is a year behind hides no change, and no generation is taken for an older one."""
    do(Work("publish", data, folder))
    before = look(data)[2]
    with _a_year_back():
        write_edition(folder, 7)
        path = folder / "exercise-1.md"
        text = path.read_text("utf-8")
        assert "strengthens" in text
        path.write_text(text.replace("strengthens", "strengthenz"), "utf-8")
        then = time.time() - 365 * 86_400
        os.utime(path, (then, then))
        do(Work("ingest", data, folder))
        do(Work("publish", data, folder))
    served, stored, after = look(data)
    assert (served, after) == (stored, before + 1)
    engine = open_engine(data)
    try:
        found = engine.store.text(engine.store.document("exercise-1", generation=after).version_id)
        assert "strengthenz" in found[0], "a change was not seen"
    finally:
        engine.close()
    return "changes seen, generations in order"


@contextmanager
def _a_year_back() -> Iterator[None]:
    """Set back what Python tells of the time."""
    back = 365 * 86_400
    real: tuple[Any, ...] = (time.time, time.time_ns, database.dt)

    class Past(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> Any:
            return dt.datetime.now(tz) - dt.timedelta(seconds=back)

    class Times:
        datetime, UTC = Past, dt.UTC

    time.time = lambda: real[0]() - back
    time.time_ns = lambda: real[1]() - back * 1_000_000_000
    database.dt = Times  # type: ignore[assignment]
    try:
        yield
    finally:
        time.time, time.time_ns, database.dt = real


CASES: dict[str, Callable[[Path, Path, Path], str]] = {
    "a folder that may not be written": read_only,
    "two writers, and a stale lock": two_writers,
    "the library file gone": library_gone,
    "a library of a newer format": newer_format,
    "a library of an older format": older_format,
    "a clock set back by a year": clock_set_back,
}
