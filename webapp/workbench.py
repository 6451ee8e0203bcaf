"""What the editor's desk and the writing API need: jobs, publishing, saved questions, gaps, health.

``patella.workbench.PatellaWorkbench`` is the real one, ``tests.workbench_fake.FakeWorkbench`` a small
one without files. Who may call what is the web room's to decide; ``by`` is the name of who asks, and
is kept. All calls raise ``corpus.errors.PatellaError`` and nothing else on purpose.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from corpus.jobs import Job, JobEvent
from corpus.records import State
from corpus.saved import SavedQuestion
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


class Workbench(Protocol):
    """The writing side of one library.

    ``key`` is an idempotency key: a call with one that was given before in the last day returns that
    job and changes nothing; with one given for something else it raises Conflict.
    """

    review: bool
    """Whether changes wait for ``publish`` (the setting ``publish`` is ``review``)."""
    second_approval: bool
    """Whether a publishing waits for another person's ``approve``."""
    keeps_questions: bool
    """Whether questions are kept; a page that asks must say so."""

    # -- changing what is stored; each gives a job, accepted once its bytes are safely on disk

    def add_files(
        self,
        uploads: Sequence[Upload],
        *,
        by: str,
        values: Values = NO_VALUES,
        replace: bool = False,
        key: str = "",
    ) -> Job:
        """Add files. One whose name is taken by other content fails unless ``replace`` is set.

        Raises UsageError for a name or value that makes no sense, TooLarge, TooMany.
        """
        ...

    def add_url(self, url: str, *, by: str, key: str = "") -> Job:
        """Fetch and add a web page, sitemap or feed. Raises UsageError for what is no web address."""
        ...

    def add_text(
        self, title: str, text: str, *, by: str, values: Values = NO_VALUES, key: str = ""
    ) -> Job:
        """Add a text (Markdown) as a document. Raises UsageError, TooLarge."""
        ...

    def replace(self, document_id: str, upload: Upload, *, by: str, key: str = "") -> Job:
        """Give a document new bytes of the same format, under its id. Raises NotFound, UsageError."""
        ...

    def remove(self, document_ids: Sequence[str], *, by: str, key: str = "") -> Job:
        """Take documents out of the library; their earlier versions are kept. Raises NotFound."""
        ...

    def hide(self, document_ids: Sequence[str], *, by: str, key: str = "") -> Job:
        """Leave documents out of the next generations, though they stay stored. Raises NotFound."""
        ...

    def show(self, document_ids: Sequence[str], *, by: str, key: str = "") -> Job:
        """Take back ``hide``. Raises NotFound."""
        ...

    def withdraw(self, document_ids: Sequence[str], *, reason: str, by: str, key: str = "") -> Job:
        """Take documents out of every generation for good. Raises NotFound."""
        ...

    def edit_metadata(self, document_id: str, values: Values, *, by: str, key: str = "") -> Job:
        """Set an editor's values over what a document says of itself. Raises NotFound, UsageError."""
        ...

    def reindex(self, document_ids: Sequence[str] = (), *, by: str, key: str = "") -> Job:
        """Look again at the sources of documents, or at all; failed files are tried again."""
        ...

    # -- jobs

    def job(self, job_id: str) -> Job:
        """Return a job as it is now. Raises NotFound."""
        ...

    def jobs(self, *, page: int = 1, size: int = 50) -> Jobs:
        """List jobs, newest first."""
        ...

    def events(self, job_id: str, *, after: int = 0, wait: float = 0.0) -> tuple[JobEvent, ...]:
        """Return a job's events beyond number ``after``; waits up to ``wait`` seconds for one.

        None come after the state of an end. Raises NotFound.
        """
        ...

    def cancel(self, job_id: str, *, by: str) -> Job:
        """Cancel a job: at once if it has not begun, else after the file that is being read.

        What was read stays stored. Raises NotFound, and Conflict where it has ended.
        """
        ...

    # -- publishing

    def difference(self) -> Difference:
        """Tell what publishing would change."""
        ...

    def publish(self, *, by: str, digest: str = "", key: str = "") -> Job:
        """Publish what is stored; with ``second_approval`` the job waits for ``approve``.

        With ``digest``, raises Outdated if what would be published is no longer what it names. Raises
        Conflict where there is nothing to publish.
        """
        ...

    def approve(self, job_id: str, *, by: str) -> Job:
        """Approve a waiting publishing.

        Raises Forbidden for who asked for it, Outdated if something changed since, Conflict where it
        does not wait, NotFound.
        """
        ...

    def generations(self) -> tuple[KeptGeneration, ...]:
        """List the generations that can be served, newest first."""
        ...

    def roll_back(self, number: int, *, by: str, key: str = "") -> Job:
        """Serve another kept generation; nothing is published by itself until somebody publishes.

        Raises NotFound, UsageError where it cannot be used, Conflict where it is served already.
        """
        ...

    def history(self, *, page: int = 1, size: int = 50) -> tuple[Move, ...]:
        """List what was changed, when and by whom, newest first."""
        ...

    # -- the library

    def library(self, query: LibraryQuery = WHOLE_LIBRARY) -> LibraryPage:
        """List documents and unreadable files. Raises UsageError for a query that makes no sense."""
        ...

    def row(self, document_id: str) -> LibraryRow:
        """Return one document's row. Raises NotFound."""
        ...

    # -- saved questions

    def saved_questions(self) -> tuple[SavedQuestion, ...]:
        """List saved questions, oldest first."""
        ...

    def save_question(self, text: str, *, by: str) -> SavedQuestion:
        """Save a question with the state and first document of its answer now.

        One that is saved already is saved anew. Raises QuestionError, LibraryError, TooMany.
        """
        ...

    def delete_question(self, question_id: int, *, by: str) -> None:
        """Delete a saved question. Raises NotFound."""
        ...

    # -- what was asked

    def heard(
        self, question: str, *, state: State, milliseconds: float, kept: bool = False
    ) -> None:
        """Count an answer that was given, how long it took, and whether it was a kept one.

        The question is kept only if questions are; the same words soon after are not counted again.
        """
        ...

    def feedback(self, question: str, *, helpful: bool, state: State, reason: str = "") -> None:
        """Keep whether an answer helped. Question and reason are kept only if questions are."""
        ...

    def gaps(self) -> tuple[Gap, ...]:
        """Group unanswered and unhelpful questions by meaning, most asked first."""
        ...

    def forget(self, *, by: str) -> int:
        """Delete all that was kept of what was asked; return how many questions there were."""
        ...

    # -- health

    def health(self) -> Health:
        """Look at the library and this server."""
        ...
