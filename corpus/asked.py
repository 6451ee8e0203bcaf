"""What was asked: a private file of its own, counted by day, without times, names or addresses."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.database import SqliteFile, translated
from corpus.errors import LibraryError
from corpus.migrations import migrate
from corpus.records import State

APPLICATION_ID = 0x50544C51
"""Marks the SQLite file as ours (``PTLQ``)."""
SCHEMA: tuple[str, ...] = (
    """
    -- a question of '' counts answers that were judged where questions are not kept
    CREATE TABLE asked (
        question TEXT NOT NULL,
        state TEXT NOT NULL,
        day TEXT NOT NULL,
        count INTEGER NOT NULL DEFAULT 0,
        helpful INTEGER NOT NULL DEFAULT 0,
        unhelpful INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (question, state, day)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX asked_by_day ON asked (day);

    CREATE TABLE reasons (
        question TEXT NOT NULL,
        reason TEXT NOT NULL,
        day TEXT NOT NULL,
        PRIMARY KEY (question, reason)
    ) STRICT, WITHOUT ROWID;
    """,
)
MOST_ROWS = 200_000
MOST_REASONS = 20
"""Reasons kept of one question."""
LONGEST = 500
"""Characters of a question and of a reason that are kept."""


def _overwriting(db: Any) -> None:
    """Have what is deleted overwritten in the file."""
    db.execute("PRAGMA secure_delete = ON")


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question in all the days it was asked; no address and no name is kept."""

    text: str
    state: State
    """How it was answered the last time."""
    count: int
    unhelpful: int
    last: str
    """The day it was last asked, ISO 8601."""
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Day:
    """What was asked on one day by state, and judged."""

    date: str
    answered: int = 0
    related: int = 0
    none: int = 0
    unhelpful: int = 0


def today() -> str:
    """Return the day, UTC."""
    return dt.datetime.now(dt.UTC).date().isoformat()


class AskedFile:
    """The file at ``path``, made at the first use, readable by its owner alone."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db: SqliteFile | None = None

    def close(self) -> None:
        """Close the file."""
        if self._db:
            self._db.close()
            self._db = None

    def _open(self) -> SqliteFile:
        if self._db is None:
            with translated(self._path):
                self._path.parent.mkdir(parents=True, exist_ok=True)
                # SQLite gives the files beside it the rights that this one has
                os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
                self._path.chmod(0o600)
            opened = SqliteFile(self._path, prepare=_overwriting)
            try:
                with opened.own() as db:
                    migrate(db, SCHEMA, application_id=APPLICATION_ID)
            except LibraryError:
                opened.close()
                raise
            self._db = opened
        return self._db

    def count(self, question: str, state: State, *, day: str = "") -> None:
        """Count a question that was asked."""
        with self._open().writing() as db:
            (rows,) = db.execute("SELECT count(*) FROM asked").fetchone()
            if rows >= MOST_ROWS:
                db.execute("DELETE FROM asked WHERE day = (SELECT min(day) FROM asked)")
            db.execute(
                "INSERT INTO asked (question, state, day, count) VALUES (?, ?, ?, 1)"
                " ON CONFLICT DO UPDATE SET count = count + 1",
                (question[:LONGEST], state, day or today()),
            )

    def judge(
        self, question: str, state: State, *, helpful: bool, reason: str = "", day: str = ""
    ) -> None:
        """Count whether an answer helped; without a question, that one did or did not."""
        day = day or today()
        question = question[:LONGEST]
        with self._open().writing() as db:
            db.execute(
                "INSERT INTO asked (question, state, day, helpful, unhelpful) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT DO UPDATE SET helpful = helpful + excluded.helpful,"
                " unhelpful = unhelpful + excluded.unhelpful",
                (question, state, day, int(helpful), int(not helpful)),
            )
            if question and reason and not helpful:
                kept = db.execute("SELECT count(*) FROM reasons WHERE question = ?", (question,))
                if kept.fetchone()[0] < MOST_REASONS:
                    db.execute(
                        "INSERT OR REPLACE INTO reasons VALUES (?, ?, ?)",
                        (question, reason[:LONGEST], day),
                    )

    def gaps(self, *, most: int) -> tuple[AskedQuestion, ...]:
        """List questions that were not answered when last asked, or did not help; most asked first."""
        with self._open().reading() as db:
            rows = db.execute(
                "SELECT question, sum(count), sum(unhelpful), max(day),"
                " (SELECT state FROM asked x WHERE x.question = a.question"
                "  ORDER BY day DESC, count DESC LIMIT 1) AS last_state FROM asked a"
                " WHERE question <> '' GROUP BY question"
                " HAVING last_state <> 'answered' OR sum(unhelpful) > 0"
                " ORDER BY sum(count) DESC, max(day) DESC, question LIMIT ?",
                (most,),
            ).fetchall()
            reasons: dict[str, list[str]] = {}
            for row in db.execute("SELECT question, reason FROM reasons ORDER BY day DESC, reason"):
                reasons.setdefault(row["question"], []).append(row["reason"])
        return tuple(
            AskedQuestion(row[0], row[4], row[1], row[2], row[3], tuple(reasons.get(row[0], ())))
            for row in rows
        )

    def texts(self, *, most: int) -> list[str]:
        """List the words of what was asked, most asked first; none where questions are not kept."""
        with self._open().reading() as db:
            rows = db.execute(
                "SELECT question FROM asked WHERE question <> '' GROUP BY question"
                " ORDER BY sum(count) DESC, question LIMIT ?",
                (most,),
            ).fetchall()
        return [row[0] for row in rows]

    def days(self, *, since: str) -> tuple[Day, ...]:
        """Count questions by day and state, from a day on."""
        with self._open().reading() as db:
            rows = db.execute(
                "SELECT day, sum(CASE state WHEN 'answered' THEN count ELSE 0 END),"
                " sum(CASE state WHEN 'related' THEN count ELSE 0 END),"
                " sum(CASE state WHEN 'none' THEN count ELSE 0 END), sum(unhelpful)"
                " FROM asked WHERE day >= ? GROUP BY day ORDER BY day",
                (since,),
            ).fetchall()
        return tuple(Day(*row) for row in rows)

    def expire(self, before: str) -> None:
        """Delete what was asked before a day."""
        with self._open().writing() as db:
            db.execute("DELETE FROM asked WHERE day < ?", (before,))
            db.execute("DELETE FROM reasons WHERE day < ?", (before,))

    def forget(self) -> int:
        """Delete everything, so that it cannot be read from the disk either; return how many there were."""
        if not self._path.exists():
            return 0
        file = self._open()
        with file.writing() as db:
            (count,) = db.execute(
                "SELECT count(DISTINCT question) FROM asked WHERE question <> ''"
            ).fetchone()
            db.execute("DELETE FROM asked")
            db.execute("DELETE FROM reasons")
        with file.reading() as db:
            db.execute("VACUUM")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return int(count)
