"""The workbench: jobs, publishing, saved questions, gaps and health of one library, behind one protocol."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from corpus.jobs import Job, JobEvent
from corpus.records import State
from corpus.saved import SavedQuestion
from patella import publishing
from patella.asking import normalise
from patella.difference import Differ, leading_document
from patella.engine import Engine
from patella.gaps import Gaps
from patella.health import Examiner, Stopwatch
from patella.job_desk import MOST_PAGE, JobDesk
from patella.jobs import JobRunner
from patella.library_table import LibraryTable
from webapp.workbench_records import (
    NO_VALUES,
    WHOLE_LIBRARY,
    Difference,
    Gap,
    Health,
    Jobs,
    KeptGeneration,
    LibraryPage,
    LibraryQuery,
    LibraryRow,
    Move,
    Upload,
    Values,
)


class PatellaWorkbench:
    """The writing side of an engine's library, as ``webapp.workbench.Workbench`` tells.

    Jobs wait until ``start`` is called, here or in another server of the library.
    """

    def __init__(self, engine: Engine, *, watch: Stopwatch | None = None) -> None:
        self._engine = engine
        self._store = engine.store
        self._differ = Differ(engine)
        self._runner = JobRunner(engine, after=self._after)
        self._desk = JobDesk(engine, self._runner)
        self._table = LibraryTable(engine)
        self._gaps = Gaps(engine)
        self._watch = watch or Stopwatch()
        self._examiner = Examiner(engine, self._gaps, self._watch)
        self.review = publishing.reviewed(engine.settings)
        self.second_approval = engine.settings.second_approval
        self.keeps_questions = engine.settings.keep_questions

    def start(self) -> None:
        """Begin to do jobs in the background."""
        self._runner.start()

    def stop(self) -> None:
        """Stop what goes on in the background, and close what is open."""
        self._runner.stop()
        self._differ.stop()
        self._gaps.close()

    def _after(self, job: Job) -> None:
        if job.state == "ready":
            self._differ.begin()

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
        return self._desk.add_files(uploads, by=by, values=values, replace=replace, key=key)

    def add_url(self, url: str, *, by: str, key: str = "") -> Job:
        return self._desk.add_url(url, by=by, key=key)

    def add_text(
        self, title: str, text: str, *, by: str, values: Values = NO_VALUES, key: str = ""
    ) -> Job:
        return self._desk.add_text(title, text, by=by, values=values, key=key)

    def replace(self, document_id: str, upload: Upload, *, by: str, key: str = "") -> Job:
        return self._desk.replace(document_id, upload, by=by, key=key)

    def remove(self, document_ids: Sequence[str], *, by: str, key: str = "") -> Job:
        return self._desk.on_documents("remove", document_ids, by=by, key=key)

    def hide(self, document_ids: Sequence[str], *, by: str, key: str = "") -> Job:
        return self._desk.on_documents("hide", document_ids, by=by, key=key)

    def show(self, document_ids: Sequence[str], *, by: str, key: str = "") -> Job:
        return self._desk.on_documents("show", document_ids, by=by, key=key)

    def withdraw(self, document_ids: Sequence[str], *, reason: str, by: str, key: str = "") -> Job:
        more = {"reason": reason}
        return self._desk.on_documents("withdraw", document_ids, by=by, key=key, more=more)

    def edit_metadata(self, document_id: str, values: Values, *, by: str, key: str = "") -> Job:
        return self._desk.edit_metadata(document_id, values, by=by, key=key)

    def reindex(self, document_ids: Sequence[str] = (), *, by: str, key: str = "") -> Job:
        return self._desk.on_documents("reindex", document_ids, by=by, key=key)

    # -- jobs

    def job(self, job_id: str) -> Job:
        return self._desk.job(job_id)

    def jobs(self, *, page: int = 1, size: int = 50) -> Jobs:
        return self._desk.jobs(page=page, size=size)

    def events(self, job_id: str, *, after: int = 0, wait: float = 0.0) -> tuple[JobEvent, ...]:
        return self._desk.events(job_id, after=after, wait=wait)

    def cancel(self, job_id: str, *, by: str) -> Job:
        return self._desk.cancel(job_id, by=by)

    # -- publishing

    def difference(self) -> Difference:
        return replace(self._differ.difference(), waiting=self._desk.waiting())

    def publish(self, *, by: str, digest: str = "", key: str = "") -> Job:
        return self._desk.publish(by=by, digest=digest, key=key)

    def approve(self, job_id: str, *, by: str) -> Job:
        return self._desk.approve(job_id, by=by)

    def generations(self) -> tuple[KeptGeneration, ...]:
        return publishing.kept_generations(self._engine)

    def roll_back(self, number: int, *, by: str, key: str = "") -> Job:
        return self._desk.roll_back(number, by=by, key=key)

    def history(self, *, page: int = 1, size: int = 50) -> tuple[Move, ...]:
        page, size = max(page, 1), min(max(size, 1), MOST_PAGE)
        end = page * size
        moved = [
            Move(one.at, one.by, one.action, one.what, one.job_id, one.approved_by)
            for one in self._store.history.list(most=end)
        ]
        told = {one.job_id for one in moved if one.job_id}
        jobs = [
            Move(
                job.ended or job.created,
                job.by,
                job.kind,
                job.title,
                job.id,
                job.approved_by,
                job.state,
            )
            for job in self._store.jobs.list(most=end, files=False)
            # a publishing or rollback that was done is told already
            if not (job.id in told and job.kind in {"publish", "roll_back", "withdraw"})
        ]
        both = sorted([*moved, *jobs], key=lambda one: one.at, reverse=True)
        return tuple(both[end - size : end])

    # -- the library

    def library(self, query: LibraryQuery = WHOLE_LIBRARY) -> LibraryPage:
        return self._table.find(query)

    def row(self, document_id: str) -> LibraryRow:
        return self._table.row(document_id)

    # -- saved questions

    def saved_questions(self) -> tuple[SavedQuestion, ...]:
        return self._store.saved.list()

    def save_question(self, text: str, *, by: str) -> SavedQuestion:
        return save_question(self._engine, text, by=by)

    def delete_question(self, question_id: int, *, by: str) -> None:
        gone = self._store.saved.delete(question_id)
        self._store.history.put("delete_question", by=by, what=gone.text)

    # -- what was asked

    def heard(
        self, question: str, *, state: State, milliseconds: float, kept: bool = False
    ) -> None:
        self._watch.note(milliseconds, kept=kept)
        self._gaps.count(question, state)

    def feedback(self, question: str, *, helpful: bool, state: State, reason: str = "") -> None:
        self._gaps.judge(question, helpful=helpful, state=state, reason=reason)

    def gaps(self) -> tuple[Gap, ...]:
        return self._gaps.gaps()

    def forget(self, *, by: str) -> int:
        return forget(self._engine, self._gaps, by=by)

    # -- health

    def health(self) -> Health:
        return self._examiner.health()


def save_question(engine: Engine, text: str, *, by: str) -> SavedQuestion:
    """Save a question with the state and first document of its answer now.

    Raises QuestionError, LibraryError, TooMany.
    """
    words = normalise(text)
    answer = engine.ask(words)
    return engine.store.saved.put(
        words, state=answer.state, document_id=leading_document(answer), by=by
    )


def forget(engine: Engine, gaps: Gaps, *, by: str) -> int:
    """Delete all that was kept of what was asked, and note who did; return how many questions."""
    count = gaps.forget()
    engine.store.history.put("forget", by=by, what=f"{count} questions")
    return count
