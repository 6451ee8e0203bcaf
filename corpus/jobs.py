"""Jobs: what somebody asked to be done to a library, and how far it is."""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Literal

from corpus.database import Database, now
from corpus.errors import Conflict, NotFound

KEPT = 500
"""Ended jobs that are kept."""
KEY_HOURS = 24
"""How long an idempotency key is remembered."""

JobKind = Literal[
    "add",
    "add_url",
    "add_text",
    "replace",
    "remove",
    "hide",
    "show",
    "edit",
    "reindex",
    "publish",
    "roll_back",
    "withdraw",
]

JobState = Literal["waiting", "queued", "running", "ready", "published", "failed", "cancelled"]
"""``waiting``: for another person's approval. ``ready``: done and stored, and not yet published.

``published``: done, and nothing of it waits to be published. The last four are ends.
"""

ENDED: frozenset[JobState] = frozenset({"ready", "published", "failed", "cancelled"})

EventKind = Literal["state", "file", "progress", "note"]


@dataclass(frozen=True, slots=True)
class JobFile:
    """What became of one file of a job, as the report of a run tells it.

    ``state`` is one of added, changed, partial, unchanged, moved, duplicate, removed, failed,
    skipped; ``reason`` and ``hint`` are in words.
    """

    path: str
    state: str
    document: str = ""
    """The id of the document that it is; empty where there is none."""
    pages: int = 0
    passages: int = 0
    reason: str = ""
    hint: str = ""
    warnings: tuple[str, ...] = ()
    pages_without_text: tuple[int, ...] = ()
    """Counted from 1."""


@dataclass(frozen=True, slots=True)
class Job:
    """One job; times are ISO 8601, UTC, and empty before they come."""

    id: str
    kind: JobKind
    state: JobState
    by: str
    """The name of who asked for it; empty where nobody is known."""
    created: str
    title: str = ""
    """What it is about, in a few words: file names, an address, a generation."""
    started: str = ""
    ended: str = ""
    step: str = ""
    """What is being done now, in words: "Reading", "Embedding", "Waiting for another writer"."""
    done: int = 0
    """Progress of this step: files read, or passages embedded."""
    total: int = 0
    """0 where it is not known."""
    files: tuple[JobFile, ...] = ()
    reason: str = ""
    """Why it failed, was cancelled, or was begun anew, in words."""
    hint: str = ""
    generation: int | None = None
    """The generation that was served when it ended."""
    approved_by: str = ""
    attempt: int = 1
    """Counts the times that it was begun; more than 1 after a crash."""

    @property
    def ended_for_good(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in ENDED

    def counts(self) -> dict[str, int]:
        """Return how many files ended in each state."""
        found: dict[str, int] = {}
        for file in self.files:
            found[file.state] = found.get(file.state, 0) + 1
        return found


@dataclass(frozen=True, slots=True)
class JobEvent:
    """One thing that happened to a job; numbers count from 1 within the job, without gaps.

    ``state`` says the new state in ``text``; ``file`` carries the file; ``progress`` carries step,
    done and total; ``note`` says something of the job as a whole in ``text``.
    """

    job_id: str
    number: int
    at: str
    kind: EventKind
    text: str = ""
    file: JobFile | None = field(default=None)
    step: str = ""
    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job as it is handed in; ``input`` is for whoever runs it, and survives a crash.

    ``key`` names the request (scoped to who asks) and ``fingerprint`` what was asked for.
    """

    kind: JobKind
    by: str
    title: str
    input: Mapping[str, Any]
    id: str = ""
    key: str = ""
    fingerprint: str = ""
    state: JobState = "queued"


_COLUMNS = (
    "id, kind, state, asked_by, created_at, title, started_at, ended_at, step, done, total,"
    " reason, hint, generation, approved_by, attempt"
)
_SETTABLE = frozenset(
    "state started_at ended_at step done total reason hint generation approved_by attempt".split()
)


def new_job_id() -> str:
    """Return an id that no job has."""
    return secrets.token_hex(8)


class JobTable:
    """The part of the library file that keeps jobs and what happened to them."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def put(self, new: NewJob) -> tuple[Job, bool]:
        """Keep a new job, and tell that it is new; one whose key was given before is returned instead.

        Raises Conflict where the key was given for something else.
        """
        job_id = new.id or new_job_id()
        key = f"{new.by}\n{new.key}" if new.key else ""
        with self._db.writing() as db:
            if key and (known := self._known(db, key, new)):
                return self.get(known), False
            db.execute(
                "INSERT INTO jobs (id, kind, state, asked_by, created_at, title, input,"
                " idempotency_key, fingerprint) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    job_id,
                    new.kind,
                    new.state,
                    new.by,
                    now(),
                    new.title,
                    json.dumps(new.input),
                    key,
                    new.fingerprint,
                ),
            )
            self.note(job_id, "state", text=new.state)
            db.execute(
                "DELETE FROM jobs WHERE ended_at <> '' AND number <="
                " (SELECT max(number) - ? FROM jobs)",
                (KEPT,),
            )
        return self.get(job_id), True

    def _known(self, db: Any, key: str, new: NewJob) -> str:
        since = dt.datetime.now(dt.UTC) - dt.timedelta(hours=KEY_HOURS)
        row = db.execute(
            "SELECT id, kind, fingerprint FROM jobs WHERE idempotency_key = ? AND created_at >= ?"
            " ORDER BY number DESC LIMIT 1",
            (key, since.strftime("%Y-%m-%dT%H:%M:%SZ")),
        ).fetchone()
        if row is None:
            return ""
        if (row["kind"], row["fingerprint"]) != (new.kind, new.fingerprint):
            raise Conflict(
                "This idempotency key was given before, for something else.",
                hint="Use a new key for each new request.",
            )
        return str(row["id"])

    def get(self, job_id: str) -> Job:
        """Return a job. Raises NotFound."""
        with self._db.reading() as db:
            row = db.execute(f"SELECT {_COLUMNS} FROM jobs WHERE id = ?", (job_id,)).fetchone()
            if row is None:
                raise NotFound(f"There is no job {job_id!r}.", hint="Old jobs are forgotten.")
            return _job(row, self._files(db, job_id))

    def list(
        self,
        *,
        most: int = 50,
        skip: int = 0,
        states: frozenset[JobState] = frozenset(),
        files: bool = True,
    ) -> tuple[Job, ...]:
        """List jobs, newest first, all or those in some states; without ``files`` none of theirs are read."""
        with self._db.reading() as db:
            rows = db.execute(
                f"SELECT {_COLUMNS} FROM jobs WHERE :all OR state IN"
                " (SELECT value FROM json_each(:states)) ORDER BY number DESC LIMIT :n OFFSET :o",
                {"all": not states, "states": json.dumps(sorted(states)), "n": most, "o": skip},
            ).fetchall()
            return tuple(_job(row, self._files(db, row["id"]) if files else ()) for row in rows)

    def count(self, state: JobState | Literal[""] = "") -> int:
        """Return how many jobs are kept, or are in a state."""
        with self._db.reading() as db:
            rows = db.execute("SELECT count(*) FROM jobs WHERE ? IN ('', state)", (state,))
            return int(rows.fetchone()[0])

    def input(self, job_id: str) -> dict[str, Any]:
        """Return what a job was handed in with."""
        with self._db.reading() as db:
            row = db.execute("SELECT input FROM jobs WHERE id = ?", (job_id,)).fetchone()
        body: dict[str, Any] = json.loads(row["input"]) if row else {}
        return body

    def next(self) -> Job | None:
        """Begin the oldest queued job and return it, or None where nothing is queued."""
        with self._db.writing() as db:
            row = db.execute(
                "SELECT id FROM jobs WHERE state = 'queued' ORDER BY number LIMIT 1"
            ).fetchone()
            if row is None:
                return None
            self.set(row["id"], state="running", started_at=now())
        return self.get(row["id"])

    def interrupted(self, reason: str) -> tuple[str, ...]:
        """Queue again the jobs that are marked as running while nobody runs them; return their ids."""
        with self._db.writing() as db:
            rows = db.execute(
                "SELECT id, attempt FROM jobs WHERE state = 'running' ORDER BY number"
            ).fetchall()
            for row in rows:
                self.note(row["id"], "note", text=reason)
                self.set(row["id"], state="queued", reason=reason, attempt=row["attempt"] + 1)
        return tuple(str(row["id"]) for row in rows)

    def set(self, job_id: str, **values: Any) -> None:
        """Set fields of a job; a new state is an event as well."""
        if not values.keys() <= _SETTABLE:
            raise ValueError(sorted(values))
        if values.get("state") in ENDED:
            values.setdefault("ended_at", now())
        names = ", ".join(f"{name} = :{name}" for name in values)
        with self._db.writing() as db:
            db.execute(f"UPDATE jobs SET {names} WHERE id = :job_id", values | {"job_id": job_id})
            if "state" in values:
                self.note(job_id, "state", text=values["state"])

    def change(self, job_id: str, before: JobState, **values: Any) -> bool:
        """Set fields if a job is in the state ``before``; tell whether it was."""
        with self._db.writing() as db:
            row = db.execute("SELECT state FROM jobs WHERE id = ?", (job_id,)).fetchone()
            if row is None or row["state"] != before:
                return False
            self.set(job_id, **values)
        return True

    def ask_to_cancel(self, job_id: str, *, by: str) -> None:
        """Ask whoever runs a job to stop."""
        with self._db.writing() as db:
            db.execute("UPDATE jobs SET cancelled_by = ? WHERE id = ?", (by, job_id))

    def cancelled_by(self, job_id: str) -> str | None:
        """Return who asked to stop a job, or None."""
        with self._db.reading() as db:
            row = db.execute("SELECT cancelled_by FROM jobs WHERE id = ?", (job_id,)).fetchone()
        return row["cancelled_by"] if row else None

    # -- events

    def note(
        self,
        job_id: str,
        kind: EventKind,
        *,
        text: str = "",
        file: JobFile | None = None,
        step: str = "",
        done: int = 0,
        total: int = 0,
    ) -> None:
        """Add an event to a job."""
        body: dict[str, Any] = {"text": text, "step": step, "done": done, "total": total}
        body = {key: value for key, value in body.items() if value}
        if file:
            body["file"] = asdict(file)
        with self._db.writing() as db:
            db.execute(
                "INSERT INTO job_events SELECT :j, coalesce(max(number), 0) + 1, :at, :kind, :body"
                " FROM job_events WHERE job_id = :j",
                {"j": job_id, "at": now(), "kind": kind, "body": json.dumps(body)},
            )

    def events(self, job_id: str, *, after: int = 0) -> tuple[JobEvent, ...]:
        """Return a job's events beyond number ``after``, in order."""
        with self._db.reading() as db:
            rows = db.execute(
                "SELECT number, at, kind, body FROM job_events WHERE job_id = ? AND number > ?"
                " ORDER BY number",
                (job_id, after),
            ).fetchall()
        return tuple(_event(job_id, row) for row in rows)

    def _files(self, db: Any, job_id: str) -> tuple[JobFile, ...]:
        rows = db.execute(
            "SELECT body FROM job_events WHERE job_id = ? AND kind = 'file' ORDER BY number",
            (job_id,),
        ).fetchall()
        found: dict[str, JobFile] = {}
        for row in rows:
            file = _file(json.loads(row["body"])["file"])
            before = found.get(file.path)
            # a job that was begun anew tells of its files again: what it had read is unchanged then
            if before is None or before.state == "failed" or file.state != "unchanged":
                found[file.path] = file
        return tuple(found.values())


def _job(row: Any, files: tuple[JobFile, ...]) -> Job:
    return Job(
        id=row["id"],
        kind=row["kind"],
        state=row["state"],
        by=row["asked_by"],
        created=row["created_at"],
        title=row["title"],
        started=row["started_at"],
        ended=row["ended_at"],
        step=row["step"],
        done=row["done"],
        total=row["total"],
        files=files,
        reason=row["reason"],
        hint=row["hint"],
        generation=row["generation"],
        approved_by=row["approved_by"],
        attempt=row["attempt"],
    )


def _event(job_id: str, row: Any) -> JobEvent:
    body = json.loads(row["body"])
    if "file" in body:
        body["file"] = _file(body["file"])
    return JobEvent(job_id, row["number"], row["at"], row["kind"], **body)


def _file(body: Mapping[str, Any]) -> JobFile:
    known = {one.name for one in fields(JobFile)}
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in body.items()
        if name in known
    }
    return JobFile(**values)
