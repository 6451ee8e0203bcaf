"""Connections of a server's threads hold few pages; the one of the main thread as many as SQLite likes."""

from __future__ import annotations

import threading
from pathlib import Path

from corpus.database import CACHE_KB, SqliteFile


def _held(file: SqliteFile) -> int:
    with file.reading() as db:
        return int(db.execute("PRAGMA cache_size").fetchone()[0])


def test_pages_held_by_a_connection(tmp_path: Path) -> None:
    file, found = SqliteFile(tmp_path / "one.db"), []
    thread = threading.Thread(target=lambda: found.append(_held(file)))
    thread.start()
    thread.join()
    assert found == [-CACHE_KB]
    assert _held(file) != -CACHE_KB
    file.close()
