"""The records that the editor's desk and the writing API are given by a workbench, and give to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO, Literal

from corpus.asked import AskedQuestion, Day
from corpus.jobs import Job
from corpus.records import Generation, State
from corpus.saved import SavedQuestion


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that somebody sends: its name as they call it, and its bytes, read once to the end."""

    name: str
    stream: BinaryIO


@dataclass(frozen=True, slots=True)
class Values:
    """An editor's values for a document; None leaves one as it is, an empty one takes it back.

    Dates are ISO 8601 (``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``); ``kind`` is a key of
    ``corpus.records.EVIDENCE_KINDS``.
    """

    title: str | None = None
    summary: str | None = None
    authors: tuple[str, ...] | None = None
    publisher: str | None = None
    language: str | None = None
    published: str | None = None
    reviewed: str | None = None
    next_review: str | None = None
    kind: str | None = None
    licence: str | None = None
    url: str | None = None
    topics: tuple[str, ...] | None = None


NO_VALUES = Values()


@dataclass(frozen=True, slots=True)
class Jobs:
    """A page of jobs, newest first; ``total`` counts all."""

    jobs: tuple[Job, ...]
    total: int
    page: int
    size: int


# -- the library as a table

RowState = Literal["published", "new", "changed", "removed", "hidden", "failed"]
"""``published``: served as it is stored. ``new`` and ``changed``: the next generation brings it or
another version of it. ``removed``: still served, gone with the next generation. ``hidden``: stored and
not served (or not after the next generation). ``failed``: a file that gave no document."""

RowSort = Literal["title", "state", "passages", "pages", "reviewed", "published", "kind", "indexed"]


@dataclass(frozen=True, slots=True)
class LibraryQuery:
    """Which rows of the library are wanted; empty fields ask for nothing."""

    text: str = ""
    """Words that title, id, path or publisher hold, in any case."""
    state: RowState | Literal[""] = ""
    kind: str = ""
    topic: str = ""
    format: str = ""
    sort: RowSort = "title"
    descending: bool = False
    page: int = 1
    """Counts from 1."""
    size: int = 50
    """At most 500."""


WHOLE_LIBRARY = LibraryQuery()


@dataclass(frozen=True, slots=True)
class LibraryRow:
    """A document as the desk lists it, or a file that could not be read (then without an id)."""

    id: str
    state: RowState
    title: str
    location: str
    """A path or a web address."""
    format: str = ""
    passages: int = 0
    pages: int = 0
    pages_without_text: int = 0
    published: str = ""
    reviewed: str = ""
    next_review: str = ""
    kind: str = "unknown"
    publisher: str = ""
    authors: tuple[str, ...] = ()
    licence: str = ""
    language: str = ""
    topics: tuple[str, ...] = ()
    hidden: bool = False
    version: int = 0
    """Counts the document's versions from 1."""
    version_id: int | None = None
    indexed: str = ""
    reason: str = ""
    """Why it failed, or what was seen while it was read, in words."""
    hint: str = ""
    replaceable: bool = False
    """Whether ``replace`` can take new bytes for it: its file is in the library's own folder."""


@dataclass(frozen=True, slots=True)
class LibraryPage:
    """The rows of a page; ``total`` counts all that the query found, ``states`` all by state."""

    rows: tuple[LibraryRow, ...]
    total: int
    page: int
    size: int
    states: tuple[tuple[RowState, int], ...] = ()


# -- publishing


@dataclass(frozen=True, slots=True)
class ChangedDocument:
    """A document that the next generation adds, changes or removes; versions are None where absent."""

    id: str
    title: str
    version_before: int | None
    """The id of the version that is served."""
    version_after: int | None
    passages_before: int = 0
    passages_after: int = 0
    hidden: bool = False
    """Whether it goes because it was hidden."""


@dataclass(frozen=True, slots=True)
class QuotedPassage:
    """Words that an answer quotes."""

    document_id: str
    version_id: int
    title: str
    text: str
    heading: tuple[str, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class AnswerView:
    """What an answer says, as far as it is compared."""

    state: State
    quotes: tuple[QuotedPassage, ...]


@dataclass(frozen=True, slots=True)
class AnswerChange:
    """A saved question whose answer is another after the change."""

    question: SavedQuestion
    before: AnswerView | None
    """None where nothing was served."""
    after: AnswerView
    as_expected: bool
    """Whether the answer after has the state and leads with the document that was saved."""


@dataclass(frozen=True, slots=True)
class AnswerComparison:
    """Saved questions asked on both sides; only changed ones are listed."""

    changed: tuple[AnswerChange, ...]
    asked: int


@dataclass(frozen=True, slots=True)
class Difference:
    """What publishing would change against the served generation."""

    served: Generation | None
    added: tuple[ChangedDocument, ...]
    changed: tuple[ChangedDocument, ...]
    removed: tuple[ChangedDocument, ...]
    answers: AnswerComparison | None
    """None while saved questions are being asked: look again in a moment."""
    digest: str
    """Names what would be published."""
    waiting: Job | None = None
    """A publishing that waits for another person's approval."""
    held: str = ""
    """Why nothing is published by itself just now, in words; empty where it is as set."""
    problem: str = ""
    """Why the answers could not be compared, in words."""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to publish."""
        return not (self.added or self.changed or self.removed)


@dataclass(frozen=True, slots=True)
class KeptGeneration:
    """A generation that can be served again, and who published it."""

    number: int
    created: str
    by: str
    documents: int
    passages: int
    served: bool
    usable: bool = True
    """False where it was made with another model: it cannot be rolled back to."""


@dataclass(frozen=True, slots=True)
class Move:
    """One change of what is served, or one job that ended: who, when and what."""

    at: str
    by: str
    action: str
    """A job's kind: publish, roll_back, add, …"""
    what: str
    """In words, such as "Generation 4" or "leaflet.pdf"."""
    job_id: str = ""
    approved_by: str = ""
    state: str = ""


# -- gaps


@dataclass(frozen=True, slots=True)
class Gap:
    """Questions of nearly one meaning that were not answered, or whose answer did not help."""

    text: str
    """The one asked most: what to save as a question."""
    count: int
    unhelpful: int
    questions: tuple[AskedQuestion, ...]
    saved: bool = False
    """Whether it is a saved question already."""


# -- health


@dataclass(frozen=True, slots=True)
class Latency:
    """How long answers took, in milliseconds, since this server started."""

    count: int
    p50: float
    p90: float
    p99: float
    buckets: tuple[tuple[float, int], ...]
    """Upper bound (the last is infinite) and how many took at most that and more than the one before."""
    kept: int = 0
    """How many of them were put together for an earlier request."""


@dataclass(frozen=True, slots=True)
class Health:
    """A library and its server at a glance; sizes are in bytes."""

    generation: Generation | None
    model: str
    up_to_date: bool
    """Whether all that is stored is published."""
    documents: int
    passages: int
    sources: int
    failures: int
    hidden: int
    library_bytes: int
    vectors_bytes: int
    originals_bytes: int
    index_bytes: int
    free_bytes: int
    latency: Latency
    started: str
    """When this server started, ISO 8601, UTC."""
    keeps_questions: bool
    days: tuple[Day, ...] = ()
    """The last 30 days, oldest first; empty where questions are not kept."""
    last_backup: str = ""
    running: Job | None = None
    queued: int = 0
