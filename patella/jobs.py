"""Jobs, run one at a time in the background of a server, with their progress told as it happens."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout

from corpus.errors import Locked, PatellaError
from corpus.jobs import Job, JobFile, JobState
from corpus.store import Store
from ingest.reports import FileReport
from patella import home
from patella.engine import Engine
from patella.incoming import Incoming
from patella.job_work import Work
from patella.run_report import Origin, RunReport, Watchers
from patella.writer import Writer

logger = logging.getLogger(__name__)

POLL_SECONDS = 1.0
"""How often jobs of other processes are looked for, and a lock that another holds is tried."""
TOLD_SECONDS = 0.5
"""Progress within a step is told at most so often."""
STOP_SECONDS = 30.0
INTERRUPTED = "The server stopped while this was being done; it was begun anew."


class _Cancelled(Exception):
    """Somebody cancelled the job that is being done."""


class _Stopped(Exception):
    """The server stops while a job is being done."""


class JobRunner:
    """Does the jobs of a library, of whatever process handed them in.

    Of several servers of one library only one does; another takes over where it ends.
    """

    def __init__(self, engine: Engine, *, after: Callable[[Job], None] | None = None) -> None:
        """``after`` is called in the runner's thread when a job has ended."""
        self._engine = engine
        self._table = engine.store.jobs
        self._incoming = Incoming(engine.settings)
        self._after = after
        self._stop = threading.Event()
        self._news = threading.Condition()
        self._thread: threading.Thread | None = None

    # -- for others

    def start(self) -> None:
        """Begin to do jobs; those that a crash interrupted are begun anew."""
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop after the file that is being read; a job that is not ended is begun anew next time."""
        self._stop.set()
        self.tell()
        if self._thread:
            self._thread.join(STOP_SECONDS)

    def tell(self) -> None:
        """Say that something happened: to the runner, and to whoever waits for events."""
        with self._news:
            self._news.notify_all()

    def wait(self, seconds: float) -> None:
        """Wait until something happens, or for some seconds."""
        with self._news:
            if not self._stop.is_set():
                self._news.wait(seconds)

    # -- the thread

    def _run(self) -> None:
        lock = FileLock(self._engine.settings.jobs_lock_file)
        while not self._stop.is_set():
            try:
                lock.acquire(timeout=0)
            except (Timeout, OSError):
                self._stop.wait(POLL_SECONDS)
                continue
            try:
                if home.away(self._engine.settings, self._engine.store):
                    # where the files are, somebody does them
                    self._stop.wait(POLL_SECONDS)
                    continue
                busy = "Another server does jobs"
                with self._engine.store.sharing.alone("jobs", seconds=0, busy=busy):
                    self._serve()
            except Locked:
                self._stop.wait(POLL_SECONDS)
            except (PatellaError, OSError) as error:
                logger.error("Jobs cannot be done just now: %s", error)
                self._stop.wait(POLL_SECONDS)
            finally:
                lock.release()

    def _serve(self) -> None:
        self._table.interrupted(INTERRUPTED)
        open_states: frozenset[JobState] = frozenset({"waiting", "queued", "running"})
        ours = self._table.list(most=10_000, states=open_states, files=False)
        self._incoming.sweep({job.id for job in ours})
        while not self._stop.is_set():
            job = self._table.next()
            if job is None:
                self.wait(POLL_SECONDS)
                continue
            self.tell()
            self._do(job)

    def _do(self, job: Job) -> None:
        telling = _Telling(self._engine.store, job.id, news=self.tell, stopping=self._stop)
        work = Work(self._engine, self._incoming, job, self._table.input(job.id), tell=telling.file)
        telling.work = work
        writer = Writer(
            self._engine,
            watchers=telling.watchers(),
            origin=Origin(job.by, job.id, job.approved_by),
        )
        try:
            report = self._patiently(telling, lambda: work.do(writer))
            if report and report.held:
                self._patiently(telling, writer.embed)
            telling.all_of(report)
            work.tidy(telling.files)
            self._end(job, report, telling)
        except _Stopped:
            self._table.interrupted(INTERRUPTED)
            return
        except _Cancelled:
            work.take_back({file.path for file in telling.files})
            self._cancelled(job, telling)
        except PatellaError as error:
            self._table.set(job.id, state="failed", step="", reason=str(error), hint=error.hint)
        except Exception:
            # whatever it is, the next job is to be done, and this one must not wait for ever
            logger.exception("The job %s failed.", job.id)
            reason = "Something went wrong inside; the server's log tells more."
            self._table.set(job.id, state="failed", step="", reason=reason)
        self._incoming.drop(job.id)
        self.tell()
        if self._after:
            self._after(self._table.get(job.id))

    def _patiently(self, telling: _Telling, do: Callable[[], RunReport | None]) -> RunReport | None:
        """Do it, waiting for as long as another process changes the library."""
        told = False
        while True:
            telling.check()
            try:
                return do()
            except Locked as error:
                if not told:
                    telling.step("Waiting for another writer")
                    telling.note(str(error))
                    told = True
                self._stop.wait(POLL_SECONDS)

    def _end(self, job: Job, report: RunReport | None, telling: _Telling) -> None:
        current = self._engine.store.current()
        failed = [file for file in telling.files if file.state == "failed"]
        state: JobState = "ready" if report and report.held else "published"
        reason = report.held if report else ""
        if failed and len(failed) == len(telling.files):
            state, reason = "failed", _none_could(failed)
        elif failed:
            reason = f"{len(failed)} of {len(telling.files)} were not taken in. {reason}".strip()
        self._table.set(
            job.id,
            state=state,
            step="",
            reason=reason,
            generation=current.id if current else None,
        )

    def _cancelled(self, job: Job, telling: _Telling) -> None:
        by = self._table.cancelled_by(job.id) or "somebody"
        read = [file for file in telling.files if file.document]
        stays = f" What was read until then stays stored: {len(read)} files." if read else ""
        self._table.set(job.id, state="cancelled", step="", reason=f"Cancelled by {by}.{stays}")


def _none_could(failed: list[JobFile]) -> str:
    if len(failed) == 1:
        return f"{failed[0].reason} {failed[0].hint}".strip()
    return "None of the files could be taken in."


class _Telling:
    """Keeps what happens to a job as its events, and stops it where it is to stop."""

    def __init__(
        self,
        store: Store,
        job_id: str,
        *,
        news: Callable[[], None],
        stopping: threading.Event,
    ) -> None:
        self._table = store.jobs
        self._job_id = job_id
        self._news = news
        self._stopping = stopping
        self.work: Work | None = None
        self.files: list[JobFile] = []
        self._step, self._done, self._total, self._told = "", 0, 0, 0.0

    def watchers(self) -> Watchers:
        return Watchers(
            file=self._report,
            files=lambda n: self.step("Reading", n),
            fetching=self._fetching,
            told=self.note,
            embedding=lambda n: self.step("Embedding", n),
            embedded=self._advance,
        )

    def check(self) -> None:
        """Raise where the job is to go no further."""
        if self._stopping.is_set():
            raise _Stopped
        if self._table.cancelled_by(self._job_id) is not None:
            raise _Cancelled

    def note(self, text: str) -> None:
        self._table.note(self._job_id, "note", text=text)
        self._news()

    def step(self, name: str, total: int = 0) -> None:
        self.check()
        self._step, self._done, self._total = name, 0, total
        self._say()

    def file(self, file: JobFile) -> None:
        """Tell what became of a file of the job."""
        self.files = [one for one in self.files if one.path != file.path] + [file]
        self._table.note(self._job_id, "file", file=file)
        self._news()

    def all_of(self, report: RunReport | None) -> None:
        """Tell what only the end of a run told: pages not fetched, documents that are nearly the same."""
        for one in report.files if report else ():
            file = _job_file(one)
            if self._concerns(one) and file not in self.files:
                self.file(file)

    def _concerns(self, report: FileReport) -> bool:
        return self.work is not None and self.work.concerns(report)

    def _report(self, report: FileReport) -> None:
        if self._concerns(report):
            self.file(_job_file(report))
        self._advance(1)

    def _fetching(self, address: str) -> None:
        self._step = f"Fetching {address}"
        self._advance(0)

    def _advance(self, n: int) -> None:
        self.check()
        self._done += n
        due = time.monotonic() - self._told >= TOLD_SECONDS or self._done == self._total
        if due and self._step:
            self._say()

    def _say(self) -> None:
        self._told = time.monotonic()
        values = {"step": self._step, "done": self._done, "total": self._total}
        self._table.set(self._job_id, **values)
        self._table.note(
            self._job_id, "progress", step=self._step, done=self._done, total=self._total
        )
        self._news()


def _job_file(report: FileReport) -> JobFile:
    return JobFile(
        path=report.path,
        state=report.state,
        document=report.document,
        pages=report.pages,
        passages=report.passages,
        reason=report.reason,
        hint=report.hint,
        warnings=report.warnings,
        pages_without_text=report.pages_without_text,
    )


def title_of(names: list[str]) -> str:
    """Return some names as a job's title."""
    shown = ", ".join(Path(name).name for name in names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown
