"""Jobs: what somebody asked to be done to a library, and how far it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

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
