"""The shapes of what the writing part of the API answers."""

from __future__ import annotations

from pydantic import Field

from corpus.jobs import EventKind, JobKind, JobState
from corpus.records import State
from webapp.v1.shapes import Shape
from webapp.workbench_records import RowState


class JobFileInfo(Shape):
    """What became of one file of a job."""

    path: str
    state: str = Field(
        description="added, changed, partial, unchanged, moved, duplicate, removed, failed, skipped"
    )
    document: str = Field(description="Id of the document that it is; empty where there is none.")
    pages: int
    passages: int
    reason: str
    hint: str
    warnings: list[str]
    pages_without_text: list[int]


class JobInfo(Shape):
    """Something that is done to the library; `waiting`, `queued` and `running` go on by themselves."""

    id: str
    kind: JobKind
    state: JobState
    by: str
    title: str
    created: str
    started: str
    ended: str
    step: str
    done: int
    total: int = Field(description="0 where it is not known.")
    counts: dict[str, int] = Field(description="How many files ended in each state.")
    files: list[JobFileInfo]
    reason: str
    hint: str
    generation: int | None = Field(description="What was served when it ended.")
    approved_by: str
    attempt: int
    over: bool = Field(description="Whether nothing more will happen to it.")


class JobList(Shape):
    """A page of jobs, newest first."""

    jobs: list[JobInfo]
    total: int
    page: int
    per_page: int
    next: str | None


class JobEventInfo(Shape):
    """One thing that happened to a job; numbers count from 1, without gaps."""

    number: int
    at: str
    kind: EventKind
    text: str
    step: str
    done: int
    total: int
    file: JobFileInfo | None


class JobEvents(Shape):
    """What happened to a job."""

    events: list[JobEventInfo]
    over: bool = Field(description="Whether no more will come.")


class RowInfo(Shape):
    """A document as it is stored, or a file that could not be read (then without an id)."""

    id: str
    state: RowState
    title: str
    location: str
    format: str
    passages: int
    pages: int
    pages_without_text: int
    published: str
    reviewed: str
    next_review: str
    kind: str
    publisher: str
    authors: list[str]
    licence: str
    language: str
    topics: list[str]
    hidden: bool
    version: int
    version_id: int | None
    indexed: str
    reason: str
    hint: str
    replaceable: bool


class Rows(Shape):
    """A page of what is stored."""

    rows: list[RowInfo]
    states: dict[str, int]
    total: int
    page: int
    per_page: int
    next: str | None


class ChangedInfo(Shape):
    """A document that the next generation adds, changes or removes."""

    id: str
    title: str
    version_before: int | None
    version_after: int | None
    passages_before: int
    passages_after: int
    hidden: bool


class QuotedInfo(Shape):
    """Words that an answer quotes."""

    document_id: str
    version_id: int
    title: str
    text: str
    heading: list[str]
    start: int
    end: int


class SeenAnswer(Shape):
    """What an answer says, as far as it is compared."""

    state: State
    quotes: list[QuotedInfo]


class SavedInfo(Shape):
    """A saved question, with the state and first document expected of its answer."""

    id: int
    text: str
    state: State
    document_id: str
    by: str
    saved_at: str


class AnswerChangeInfo(Shape):
    """A saved question whose answer is another after the change."""

    question: SavedInfo
    before: SeenAnswer | None
    after: SeenAnswer
    as_expected: bool


class DifferenceInfo(Shape):
    """What publishing would change."""

    digest: str = Field(description="Names what would be published; send it with the publishing.")
    empty: bool
    served: int | None
    added: list[ChangedInfo]
    changed: list[ChangedInfo]
    removed: list[ChangedInfo]
    answers: list[AnswerChangeInfo] | None = Field(
        description="Saved questions that are answered otherwise; null while they are being asked."
    )
    asked: int
    waiting: str = Field(description="Id of the publishing that waits for an approval, if any.")
    held: str
    problem: str


class KeptInfo(Shape):
    """A generation that can be served again."""

    number: int
    created: str
    by: str
    documents: int
    passages: int
    served: bool
    usable: bool


class KeptList(Shape):
    """The generations that are kept, newest first."""

    generations: list[KeptInfo]


class MoveInfo(Shape):
    """One change: who, when and what."""

    at: str
    by: str
    action: str
    what: str
    job_id: str
    approved_by: str
    state: str


class MoveList(Shape):
    """A page of what was changed, newest first."""

    moves: list[MoveInfo]
    page: int
    per_page: int


class SavedList(Shape):
    """The saved questions, oldest first."""

    questions: list[SavedInfo]


class AskedInfo(Shape):
    """A question as one person asked it."""

    text: str
    state: State
    count: int
    unhelpful: int
    last: str
    reasons: list[str]


class GapInfo(Shape):
    """Questions of nearly one meaning that were not answered, or whose answer did not help."""

    text: str
    count: int
    unhelpful: int
    saved: bool
    questions: list[AskedInfo]


class GapList(Shape):
    """Gaps, most asked first; none where questions are not kept."""

    gaps: list[GapInfo]
    keeps_questions: bool


class Forgotten(Shape):
    """How many questions were forgotten."""

    forgotten: int


class JudgedInfo(Shape):
    """How one question was answered, held against what was expected."""

    question: str
    expected_state: State | None
    expected_document: str
    state: State
    rank: int | None = Field(description="Of the expected document among those found, from 1.")
    quoted: bool = Field(description="Whether the answer quotes the expected document.")
    as_expected: bool


class EvaluationInfo(Shape):
    """Questions asked of what is served, and their means; null where no question tells."""

    questions: list[JudgedInfo]
    asked: int
    as_expected: float | None
    success_at_1: float | None
    success_at_5: float | None
    reciprocal_rank_at_10: float | None
    generation: int
