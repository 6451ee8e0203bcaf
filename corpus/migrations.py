"""The library file's schema, as numbered steps that are only ever appended to."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from corpus.database import copy, know
from corpus.errors import NewerLibrary
from corpus.sums import SUM

APPLICATION_ID = 0x50544C41
"""Marks the SQLite file as ours (``PTLA``)."""

MIGRATIONS: tuple[str, ...] = (
    # 1: the first library
    """
    CREATE TABLE library (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

    CREATE TABLE sources (
        id INTEGER PRIMARY KEY,
        kind TEXT NOT NULL CHECK (kind IN ('file', 'folder', 'inbox', 'shipped')),
        address TEXT NOT NULL UNIQUE,
        added_at TEXT NOT NULL
    ) STRICT;

    -- version_id is the working version: what the next generation will hold; NULL once removed
    CREATE TABLE documents (
        id TEXT PRIMARY KEY,
        version_id INTEGER,
        created_at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE versions (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        document_id TEXT NOT NULL REFERENCES documents (id),
        number INTEGER NOT NULL,
        format TEXT NOT NULL,
        path TEXT NOT NULL,
        original_sha TEXT NOT NULL,
        text_sha TEXT NOT NULL,
        recipe TEXT NOT NULL,
        metadata TEXT NOT NULL,
        blocks TEXT NOT NULL,
        page_labels TEXT NOT NULL,
        warnings TEXT NOT NULL,
        created_at TEXT NOT NULL,
        first_generation INTEGER,
        last_generation INTEGER,
        text TEXT NOT NULL,
        UNIQUE (document_id, number)
    ) STRICT;
    CREATE INDEX versions_by_original ON versions (original_sha);

    CREATE TABLE passages (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        version_id INTEGER NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
        ordinal INTEGER NOT NULL,
        start INTEGER NOT NULL,
        "end" INTEGER NOT NULL,
        page INTEGER,
        encoder_sha TEXT NOT NULL,
        prefix TEXT NOT NULL,
        heading TEXT NOT NULL,
        sentences TEXT NOT NULL,
        text TEXT NOT NULL,
        UNIQUE (version_id, ordinal)
    ) STRICT;

    CREATE TABLE locations (
        source_id INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
        path TEXT NOT NULL,
        document_id TEXT NOT NULL REFERENCES documents (id),
        sha256 TEXT NOT NULL,
        size INTEGER NOT NULL,
        mtime_ns INTEGER NOT NULL,
        checked_ns INTEGER NOT NULL,
        PRIMARY KEY (source_id, path)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX locations_by_document ON locations (document_id);

    CREATE TABLE failures (
        source_id INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
        path TEXT NOT NULL,
        size INTEGER NOT NULL,
        mtime_ns INTEGER NOT NULL,
        error TEXT NOT NULL,
        reason TEXT NOT NULL,
        hint TEXT NOT NULL,
        at TEXT NOT NULL,
        PRIMARY KEY (source_id, path)
    ) STRICT, WITHOUT ROWID;

    -- files that an editor removed from the library while they stay in their folder
    CREATE TABLE excluded (
        source_id INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
        path TEXT NOT NULL,
        PRIMARY KEY (source_id, path)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE generations (
        id INTEGER PRIMARY KEY,
        created_at TEXT NOT NULL,
        documents INTEGER NOT NULL,
        passages INTEGER NOT NULL,
        model TEXT NOT NULL,
        digest TEXT NOT NULL
    ) STRICT;

    CREATE TABLE pointer (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        generation INTEGER REFERENCES generations (id)
    ) STRICT;
    INSERT INTO pointer VALUES (1, NULL);

    CREATE TABLE runs (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        started_at TEXT NOT NULL,
        report TEXT NOT NULL
    ) STRICT;
    """,
    """
    -- the questions that an editor says a passage answers: rows of [text, start, end]
    ALTER TABLE passages ADD COLUMN questions TEXT NOT NULL DEFAULT '[]';
    """,
    """
    -- shared answers: no words of a source, only where they stand and their hashes
    CREATE TABLE receipts (
        id TEXT PRIMARY KEY,
        key_sha TEXT NOT NULL,
        created_at TEXT NOT NULL,
        opened_at TEXT NOT NULL,
        body TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX receipts_by_opening ON receipts (opened_at);

    -- a version cannot be deleted while a receipt needs it
    CREATE TABLE receipt_versions (
        receipt_id TEXT NOT NULL REFERENCES receipts (id) ON DELETE CASCADE,
        version_id INTEGER NOT NULL REFERENCES versions (id),
        PRIMARY KEY (receipt_id, version_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX receipt_versions_by_version ON receipt_versions (version_id);
    """,
    # pages of the web have no file; a column's check cannot be changed, so the kind moves
    """
    ALTER TABLE sources ADD COLUMN sort TEXT NOT NULL DEFAULT 'folder' CHECK (sort IN
        ('file', 'folder', 'inbox', 'shipped', 'page', 'sitemap', 'feed', 'stdin'));
    UPDATE sources SET sort = kind;
    ALTER TABLE sources DROP COLUMN kind;
    ALTER TABLE sources RENAME COLUMN sort TO kind;
    -- a JSON object: include and exclude, lists of patterns
    ALTER TABLE sources ADD COLUMN choice TEXT NOT NULL DEFAULT '{}';
    -- when the source was last looked at
    ALTER TABLE sources ADD COLUMN seen_at TEXT NOT NULL DEFAULT '';

    CREATE TABLE pages (
        source_id INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
        address TEXT NOT NULL,
        path TEXT NOT NULL,
        name TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        size INTEGER NOT NULL,
        etag TEXT NOT NULL,
        last_modified TEXT NOT NULL,
        listed_modified TEXT NOT NULL,
        checked_at TEXT NOT NULL,
        changed_at TEXT NOT NULL,
        missing INTEGER NOT NULL,
        state TEXT NOT NULL,
        reason TEXT NOT NULL,
        hint TEXT NOT NULL,
        PRIMARY KEY (source_id, address)
    ) STRICT, WITHOUT ROWID;
    """,
    """
    -- by which documents nearly the same are found; can be made again
    CREATE TABLE signatures (
        version_id INTEGER PRIMARY KEY REFERENCES versions (id) ON DELETE CASCADE,
        mark BLOB NOT NULL
    ) STRICT;
    """,
    """
    -- documents that an editor hides: stored, and left out of the next generations
    CREATE TABLE hidden (
        document_id TEXT PRIMARY KEY REFERENCES documents (id) ON DELETE CASCADE,
        hidden_by TEXT NOT NULL,
        hidden_at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    -- what the next generation will hold
    CREATE VIEW working AS SELECT id, version_id FROM documents
        WHERE version_id IS NOT NULL AND id NOT IN (SELECT document_id FROM hidden);

    CREATE TABLE jobs (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        state TEXT NOT NULL,
        asked_by TEXT NOT NULL,
        created_at TEXT NOT NULL,
        title TEXT NOT NULL,
        -- what is to be done, a JSON object that only the runner reads
        input TEXT NOT NULL,
        idempotency_key TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        started_at TEXT NOT NULL DEFAULT '',
        ended_at TEXT NOT NULL DEFAULT '',
        step TEXT NOT NULL DEFAULT '',
        done INTEGER NOT NULL DEFAULT 0,
        total INTEGER NOT NULL DEFAULT 0,
        reason TEXT NOT NULL DEFAULT '',
        hint TEXT NOT NULL DEFAULT '',
        generation INTEGER,
        approved_by TEXT NOT NULL DEFAULT '',
        attempt INTEGER NOT NULL DEFAULT 1,
        cancelled_by TEXT
    ) STRICT;
    CREATE INDEX jobs_by_key ON jobs (idempotency_key) WHERE idempotency_key <> '';
    CREATE INDEX jobs_by_state ON jobs (state);

    CREATE TABLE job_events (
        job_id TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        at TEXT NOT NULL,
        kind TEXT NOT NULL,
        body TEXT NOT NULL,
        PRIMARY KEY (job_id, number)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE saved_questions (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        text TEXT NOT NULL UNIQUE,
        state TEXT NOT NULL,
        document_id TEXT NOT NULL,
        saved_by TEXT NOT NULL,
        saved_at TEXT NOT NULL
    ) STRICT;

    -- who changed what is served, and when
    CREATE TABLE moves (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at TEXT NOT NULL,
        moved_by TEXT NOT NULL,
        action TEXT NOT NULL,
        what TEXT NOT NULL,
        generation INTEGER,
        job_id TEXT NOT NULL,
        approved_by TEXT NOT NULL
    ) STRICT;
    """,
    """
    -- the encoding that a page's server states
    ALTER TABLE pages ADD COLUMN charset TEXT NOT NULL DEFAULT '';
    """,
    """
    -- documents that were taken out of every generation for good
    CREATE TABLE withdrawals (
        document_id TEXT PRIMARY KEY REFERENCES documents (id),
        withdrawn_by TEXT NOT NULL,
        withdrawn_at TEXT NOT NULL,
        reason TEXT NOT NULL,
        -- what is left to be deleted outside this file, a JSON list; empty once nothing is
        remains TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    -- hashes of their bytes and texts, which are not taken in again
    CREATE TABLE withdrawn_content (
        sha256 TEXT NOT NULL,
        document_id TEXT NOT NULL REFERENCES withdrawals (document_id) ON DELETE CASCADE,
        PRIMARY KEY (sha256, document_id)
    ) STRICT, WITHOUT ROWID;
    """,
    # what a change needs to know without a look at the whole library
    """
    -- documents whose standing may differ from the newest generation's. (A trigger's OR IGNORE would
    -- give way to what the statement itself says of conflicts.)
    CREATE TABLE touched (document_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
    INSERT INTO touched
        SELECT d.id FROM working d JOIN versions v ON v.id = d.version_id
            WHERE v.first_generation IS NULL
        UNION SELECT v.document_id FROM versions v LEFT JOIN working d ON d.version_id = v.id
            WHERE v.first_generation IS NOT NULL AND v.last_generation IS NULL AND d.id IS NULL;
    CREATE TRIGGER touched_by_version AFTER UPDATE OF version_id ON documents BEGIN
        INSERT INTO touched SELECT NEW.id
            WHERE NOT EXISTS (SELECT 1 FROM touched WHERE document_id = NEW.id);
    END;
    CREATE TRIGGER touched_by_hiding AFTER INSERT ON hidden BEGIN
        INSERT INTO touched SELECT NEW.document_id
            WHERE NOT EXISTS (SELECT 1 FROM touched WHERE document_id = NEW.document_id);
    END;
    CREATE TRIGGER touched_by_showing AFTER DELETE ON hidden BEGIN
        INSERT INTO touched SELECT OLD.document_id
            WHERE NOT EXISTS (SELECT 1 FROM touched WHERE document_id = OLD.document_id);
    END;

    -- documents that may have lost their last file
    CREATE TABLE loose (document_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
    INSERT INTO loose SELECT id FROM documents d WHERE version_id IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM locations l WHERE l.document_id = d.id);
    CREATE TRIGGER loose_by_file AFTER DELETE ON locations BEGIN
        INSERT INTO loose SELECT OLD.document_id
            WHERE NOT EXISTS (SELECT 1 FROM loose WHERE document_id = OLD.document_id);
    END;
    CREATE TRIGGER loose_by_change AFTER UPDATE OF document_id ON locations BEGIN
        INSERT INTO loose SELECT OLD.document_id
            WHERE NOT EXISTS (SELECT 1 FROM loose WHERE document_id = OLD.document_id);
    END;
    CREATE TRIGGER loose_by_version AFTER UPDATE OF version_id ON documents
        WHEN NOT EXISTS (SELECT 1 FROM locations l WHERE l.document_id = NEW.id) BEGIN
        INSERT INTO loose SELECT NEW.id
            WHERE NOT EXISTS (SELECT 1 FROM loose WHERE document_id = NEW.id);
    END;

    -- the sum of a generation's versions, by which the next digest is made (corpus/tally.py), and what
    -- is counted of their documents, a JSON object (corpus/working.py); a generation without one has
    -- the digest of format 8 and before
    CREATE TABLE tallies (
        generation INTEGER PRIMARY KEY REFERENCES generations (id) ON DELETE CASCADE,
        tally BLOB NOT NULL,
        counts TEXT NOT NULL
    ) STRICT;

    -- versions whose mark was not made yet, and the marks by parts of 12 bytes
    CREATE TABLE unmarked (
        version_id INTEGER PRIMARY KEY REFERENCES versions (id) ON DELETE CASCADE
    ) STRICT;
    INSERT INTO unmarked SELECT version_id FROM documents WHERE version_id IS NOT NULL
        AND version_id NOT IN (SELECT version_id FROM signatures);
    CREATE TRIGGER unmarked_when_new AFTER INSERT ON versions BEGIN
        INSERT INTO unmarked VALUES (NEW.id);
    END;
    CREATE TRIGGER unmarked_no_more AFTER INSERT ON signatures BEGIN
        DELETE FROM unmarked WHERE version_id = NEW.version_id;
    END;
    CREATE INDEX signatures_0 ON signatures (substr(mark, 1, 12)) WHERE length(mark) = 512;
    CREATE INDEX signatures_1 ON signatures (substr(mark, 13, 12)) WHERE length(mark) = 512;
    CREATE INDEX signatures_2 ON signatures (substr(mark, 25, 12)) WHERE length(mark) = 512;
    CREATE INDEX signatures_3 ON signatures (substr(mark, 37, 12)) WHERE length(mark) = 512;
    CREATE INDEX signatures_4 ON signatures (substr(mark, 49, 12)) WHERE length(mark) = 512;
    CREATE INDEX signatures_5 ON signatures (substr(mark, 61, 12)) WHERE length(mark) = 512;
    CREATE INDEX signatures_6 ON signatures (substr(mark, 73, 12)) WHERE length(mark) = 512;
    CREATE INDEX signatures_7 ON signatures (substr(mark, 85, 12)) WHERE length(mark) = 512;
    CREATE INDEX signatures_8 ON signatures (substr(mark, 97, 12)) WHERE length(mark) = 512;
    CREATE INDEX signatures_9 ON signatures (substr(mark, 109, 12)) WHERE length(mark) = 512;
    CREATE INDEX signatures_10 ON signatures (substr(mark, 121, 12)) WHERE length(mark) = 512;
    CREATE INDEX signatures_11 ON signatures (substr(mark, 133, 12)) WHERE length(mark) = 512;
    CREATE INDEX signatures_12 ON signatures (substr(mark, 145, 12)) WHERE length(mark) = 512;
    CREATE INDEX signatures_13 ON signatures (substr(mark, 157, 12)) WHERE length(mark) = 512;
    CREATE INDEX signatures_14 ON signatures (substr(mark, 169, 12)) WHERE length(mark) = 512;
    CREATE INDEX signatures_15 ON signatures (substr(mark, 181, 12)) WHERE length(mark) = 512;
    """,
    # a function of ours, and no column: a text is not written twice
    f"""
    CREATE TABLE version_sums (
        version_id INTEGER PRIMARY KEY REFERENCES versions (id) ON DELETE CASCADE,
        sum TEXT NOT NULL
    ) STRICT;
    INSERT INTO version_sums SELECT v.id, {SUM} FROM versions v;
    """,
)


def migrate(
    db: sqlite3.Connection,
    steps: tuple[str, ...] | None = None,
    *,
    application_id: int = APPLICATION_ID,
) -> None:
    """Bring the file behind ``db`` to the newest schema, each step in a transaction of its own.

    A library of an older format is kept beside it first (``library.db.format-7``).

    Other files than the library's come with ``steps`` and a mark of their own.

    Raises NewerLibrary where the file was made by a newer Patella; it is then left untouched.
    """
    ours = steps is None
    know(db)
    steps = MIGRATIONS if steps is None else steps
    version = schema_version(db)
    if version > len(steps):
        raise NewerLibrary(
            f"This library has format {version}, and this Patella reads up to {len(steps)}.",
            hint="Upgrade Patella, or use another data directory.",
        )
    if version < len(steps):
        with _alone(db):
            _take(db, steps, ours=ours, application_id=application_id)


def _take(
    db: sqlite3.Connection, steps: tuple[str, ...], *, ours: bool, application_id: int
) -> None:
    """Take the steps that are left, when nobody else does: they may have been taken meanwhile."""
    version = schema_version(db)
    if ours and 0 < version < len(steps):
        _keep(db, version)
    for number, script in enumerate(steps[version:], start=version + 1):
        db.execute("BEGIN IMMEDIATE")
        try:
            for statement in _statements(script):
                db.execute(statement)
            db.execute(f"PRAGMA application_id = {application_id}")
            db.execute(f"PRAGMA user_version = {number}")
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise


@contextlib.contextmanager
def _alone(db: sqlite3.Connection) -> Iterator[None]:
    """Hold the file's folder: a library that another makes at this moment is not of an older format."""
    name = db.execute("PRAGMA database_list").fetchone()["file"]
    if not name:
        yield
        return
    handle = os.open(Path(name).parent, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _keep(db: sqlite3.Connection, version: int) -> None:
    """Keep the library as an older Patella left it beside it, until it is withdrawn from or deleted."""
    path = Path(db.execute("PRAGMA database_list").fetchone()["file"])
    kept = kept_format(path, version)
    if not kept.exists():
        copy(db, kept)


def kept_format(path: Path, version: int) -> Path:
    """Return where a library of an older format is kept when it is brought to a newer one."""
    return path.with_name(f"{path.name}.format-{version}")


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for part in re.split(r"(?<=;)", script):
        statement += part
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def schema_version(db: sqlite3.Connection) -> int:
    """Return the schema number of the file behind ``db``; 0 for an empty file."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])
