"""Handing in jobs: checked, safe on disk, and kept before anybody is told that they were accepted."""

from __future__ import annotations

import hashlib
import io
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from corpus.errors import Conflict, Forbidden, NotFound, Outdated, ReadError, UsageError
from corpus.jobs import Job, JobEvent, JobFile, JobKind, JobState, NewJob, new_job_id
from corpus.store import slug
from ingest.web.guard import parse
from patella import home, publishing, sidecars
from patella.engine import Engine
from patella.incoming import Incoming, Kept, is_read, safe_name
from patella.job_work import is_replaceable, place_of
from patella.jobs import JobRunner, title_of
from webapp.workbench_records import NO_VALUES, Jobs, Upload, Values

LONGEST_TEXT = 2_000_000
"""Characters of a pasted text."""
MOST_DOCUMENTS = 1_000
MOST_PAGE = 500
NOTHING_MORE: Mapping[str, str] = {}


class JobDesk:
    """Takes jobs for a library, tells how they go on, and cancels them."""

    def __init__(self, engine: Engine, runner: JobRunner) -> None:
        self._engine = engine
        self._table = engine.store.jobs
        self._incoming = Incoming(engine.settings)
        self._runner = runner

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
        """Take files, as the protocol tells."""
        if not uploads:
            raise UsageError("No files were sent.", hint="Choose one or more files.")
        stated = sidecars.stated(values)
        sidecars.check(stated)
        wanted = [one for one in uploads if is_read(safe_name(one.name))]
        refused = [
            JobFile(
                safe_name(one.name),
                "failed",
                reason="This kind of file is not read.",
                hint="Send a PDF, a web page, an office document, or a text.",
            )
            for one in uploads
            if one not in wanted
        ]
        body = {
            "values": stated,
            "replace": replace,
            "refused": [{k: getattr(f, k) for k in _TOLD} for f in refused],
        }
        title = title_of([safe_name(one.name) for one in uploads])
        return self._with_files("add", wanted, body, by=by, title=title, key=key)

    def add_text(
        self, title: str, text: str, *, by: str, values: Values = NO_VALUES, key: str = ""
    ) -> Job:
        """Take a text, as the protocol tells."""
        title = " ".join(title.split())
        if not title or not text.strip():
            raise UsageError("A text needs a title and some words.", hint="Fill in both.")
        if len(text) > LONGEST_TEXT:
            raise UsageError(
                f"The text has more than {LONGEST_TEXT:,} characters.",
                hint="Send it as a file, or in parts.",
            )
        stated = {"title": title} | sidecars.stated(values)
        sidecars.check(stated)
        data = text.encode("utf-8", "replace")
        name = f"{slug(title) or 'text'}.md"
        if (self._engine.settings.inbox_dir / name).exists():
            # another text of this title is another document
            name = f"{slug(title) or 'text'}-{hashlib.sha256(data).hexdigest()[:8]}.md"
        upload = Upload(name, io.BytesIO(data))
        body = {"values": stated, "replace": False}
        return self._with_files("add_text", [upload], body, by=by, title=title[:120], key=key)

    def replace(self, document_id: str, upload: Upload, *, by: str, key: str = "") -> Job:
        """Take new bytes for a document, as the protocol tells."""
        location, source = place_of(self._engine, document_id)
        if not is_replaceable(location, source):
            where = location.path if "://" in location.path else source.address
            raise UsageError(
                f"{document_id} is read from {where}, not from the library's own folder.",
                hint="Change it there: it is taken up from there when it is looked at again.",
            )
        was, new = PurePosixPath(location.path).suffix, PurePosixPath(safe_name(upload.name)).suffix
        if was.lower() != new.lower():
            raise UsageError(
                f"{document_id} is a {was} file, and {safe_name(upload.name)} is not.",
                hint="Send a file of the same kind, or remove the document and add the new file.",
            )
        body = {"document": document_id}
        return self._with_files("replace", [upload], body, by=by, title=document_id, key=key)

    def add_url(self, url: str, *, by: str, key: str = "") -> Job:
        """Take a web address, as the protocol tells."""
        try:
            address = str(parse(url.strip()))
        except ReadError as error:
            raise UsageError(
                f"{url[:200]!r} is no web address that can be fetched.",
                hint="Write it as https://example.org/page.",
            ) from error
        return self.hand_in("add_url", {"url": address}, by=by, title=address, key=key)

    def on_documents(
        self,
        kind: JobKind,
        document_ids: Sequence[str],
        *,
        by: str,
        key: str = "",
        more: Mapping[str, str] = NOTHING_MORE,
    ) -> Job:
        """Take a job on documents that are all known. Raises NotFound, UsageError."""
        wanted = list(dict.fromkeys(document_ids))
        if kind != "reindex" and not wanted:
            raise UsageError("No document was named.", hint="Choose one or more documents.")
        if len(wanted) > MOST_DOCUMENTS:
            raise UsageError(
                f"{len(wanted)} documents are too many at once.", hint="Take some at a time."
            )
        known = self._engine.store.hidden.known(wanted)
        if unknown := next((one for one in wanted if one not in known), None):
            raise NotFound(f"The library has no document {unknown!r}.")
        title = title_of(wanted) or "All sources"
        return self.hand_in(kind, {"documents": wanted, **more}, by=by, title=title, key=key)

    def edit_metadata(self, document_id: str, values: Values, *, by: str, key: str = "") -> Job:
        """Take an editor's values for a document, as the protocol tells."""
        place_of(self._engine, document_id)
        stated = sidecars.stated(values)
        if not stated:
            raise UsageError("No value was given.", hint="Set one or more of them.")
        sidecars.check(stated)
        body = {"document": document_id, "values": stated}
        return self.hand_in("edit", body, by=by, title=document_id, key=key)

    def _with_files(
        self,
        kind: JobKind,
        uploads: Sequence[Upload],
        body: Mapping[str, Any],
        *,
        by: str,
        title: str,
        key: str,
    ) -> Job:
        home.check(self._engine.settings, self._engine.store)
        job_id = new_job_id()
        kept = self._incoming.keep(job_id, uploads)
        named = dict(body) | {"files": [one.as_json() for one in kept]}
        try:
            job = self.hand_in(kind, named, by=by, title=title, key=key, job_id=job_id, files=kept)
        except BaseException:
            self._incoming.drop(job_id)
            raise
        if job.id != job_id:
            self._incoming.drop(job_id)
        return job

    def hand_in(
        self,
        kind: JobKind,
        body: Mapping[str, Any],
        *,
        by: str,
        title: str,
        key: str = "",
        job_id: str = "",
        files: Sequence[Kept] = (),
        state: JobState = "queued",
    ) -> Job:
        """Keep a job and tell the runner; one whose key was given before is returned instead."""
        same = dict(body) | {"files": [[one.name, one.sha256] for one in files]}
        fingerprint = hashlib.sha256(json.dumps(same, sort_keys=True).encode()).hexdigest()
        new = NewJob(kind, by, title, body, job_id, key, fingerprint, state)
        job, _ = self._table.put(new)
        self._runner.tell()
        return job

    # -- publishing

    def publish(self, *, by: str, digest: str = "", key: str = "") -> Job:
        """Take a publishing, as the protocol tells."""
        store = self._engine.store
        publishing.expect(store, digest)
        current = store.current()
        if current and current.model == self._engine.encoder.identity:
            nothing = store.working_is(current.id)
        else:
            nothing = not current and not store.working_ids()
        if nothing:
            raise Conflict("There is nothing to publish: all that is stored is served.")
        two = self._engine.settings.second_approval
        if two and (waiting := self.waiting()):
            raise Conflict(
                f"{waiting.by or 'Somebody'} has asked to publish already.",
                hint="Another person approves it, or it is cancelled first.",
            )
        # without a second person, whatever is stored by then is meant unless a digest is given
        wanted = store.changes.fingerprint() if two else digest
        return self.hand_in(
            "publish",
            {"fingerprint": wanted},
            by=by,
            title="What is stored",
            key=key,
            state="waiting" if two else "queued",
        )

    def waiting(self) -> Job | None:
        """Return the publishing that waits for another person, if one does."""
        found = self._table.list(most=1, states=frozenset({"waiting"}))
        return found[0] if found else None

    def approve(self, job_id: str, *, by: str) -> Job:
        """Approve a publishing, as the protocol tells."""
        job = self._table.get(job_id)
        if job.state != "waiting":
            raise Conflict("This does not wait for approval.")
        if job.by == by:
            raise Forbidden(
                "Who asks for a publishing cannot approve it.", hint="Another person has to."
            )
        try:
            publishing.expect(self._engine.store, self._table.input(job_id)["fingerprint"])
        except Outdated as error:
            reason = "Something changed after it was asked for."
            self._table.change(job_id, "waiting", state="cancelled", reason=reason)
            raise Outdated(
                "What is stored has changed since the publishing was asked for, so it was withdrawn.",
                hint="Look at the difference again, then ask anew.",
            ) from error
        if not self._table.change(job_id, "waiting", state="queued", approved_by=by):
            raise Conflict("This does not wait for approval any more.")
        self._runner.tell()
        return self._table.get(job_id)

    def roll_back(self, number: int, *, by: str, key: str = "") -> Job:
        """Take a rollback, as the protocol tells."""
        publishing.find_generation(self._engine, number)
        title = f"Generation {number}"
        return self.hand_in("roll_back", {"number": number}, by=by, title=title, key=key)

    # -- jobs as they go on

    def job(self, job_id: str) -> Job:
        """Return a job. Raises NotFound."""
        return self._table.get(job_id)

    def jobs(self, *, page: int = 1, size: int = 50) -> Jobs:
        """List jobs, newest first."""
        page, size = max(page, 1), min(max(size, 1), MOST_PAGE)
        found = self._table.list(most=size, skip=(page - 1) * size)
        return Jobs(found, self._table.count(), page, size)

    def events(self, job_id: str, *, after: int = 0, wait: float = 0.0) -> tuple[JobEvent, ...]:
        """Return events, waiting for one, as the protocol tells."""
        end = time.monotonic() + wait
        while True:
            ended = self._table.get(job_id).ended_for_good
            found = self._table.events(job_id, after=after)
            left = end - time.monotonic()
            if found or ended or left <= 0:
                return found
            self._runner.wait(min(left, 0.5))

    def cancel(self, job_id: str, *, by: str) -> Job:
        """Cancel a job, as the protocol tells."""
        reason = f"Cancelled by {by or 'somebody'}."
        for state in ("waiting", "queued"):
            if self._table.change(job_id, state, state="cancelled", reason=reason):
                self._incoming.drop(job_id)
                self._runner.tell()
                return self._table.get(job_id)
        if self._table.get(job_id).ended_for_good:
            raise Conflict("This job has ended already.")
        self._table.ask_to_cancel(job_id, by=by)
        self._runner.tell()
        return self._table.get(job_id)


_TOLD = ("path", "state", "reason", "hint")
