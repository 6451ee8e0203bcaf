"""Jobs done by the real writer: uploads and their reports, editing, cancelling, crashes, other writers."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from corpus.errors import Conflict, Forbidden, NotFound, Outdated, TooLarge, TooMany, UsageError
from corpus.jobs import Job
from patella import jobs as jobs_module
from patella.engine import Engine
from patella.incoming import safe_name
from patella.job_desk import JobDesk
from patella.jobs import INTERRUPTED, JobRunner
from patella.writer import Writer
from tests.workbench_helpers import (
    BEES,
    SITTING,
    STAIRS,
    drop,
    make_engine,
    read_in_process,
    served,
    with_settings,
)
from webapp.workbench_records import Upload, Values


class Desk(JobDesk):
    """A desk with its runner, and the waiting that tests do."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.runner = JobRunner(engine)
        super().__init__(engine, self.runner)

    def send(self, *files: tuple[str, str], **more) -> Job:
        uploads = [Upload(name, io.BytesIO(text.encode())) for name, text in files]
        return self.add_files(uploads, by=more.pop("by", "ada"), **more)

    def end(self, job: Job, seconds: float = 20.0) -> Job:
        until = time.monotonic() + seconds
        while not (found := self.job(job.id)).ended_for_good:
            assert time.monotonic() < until, found
            time.sleep(0.02)
        return found

    def inbox(self) -> list[str]:
        return sorted(p.name for p in self.engine.settings.inbox_dir.iterdir())

    def incoming(self, wanted: int = 0, seconds: float = 5.0) -> list[str]:
        """Return what lies there, once that is ``wanted``: it goes a moment after its job has ended."""
        root, until = self.engine.settings.incoming_dir, time.monotonic() + seconds
        while True:
            found = [p.name for p in root.iterdir()] if root.is_dir() else []
            if len(found) == wanted or time.monotonic() > until:
                return found
            time.sleep(0.02)


@pytest.fixture
def idle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A desk whose runner is not started."""
    read_in_process(monkeypatch)
    monkeypatch.setattr(jobs_module, "POLL_SECONDS", 0.05)
    engine = make_engine(tmp_path / "data", lock_seconds=0.05)
    desk = Desk(engine)
    yield desk
    desk.runner.stop()
    engine.close()


@pytest.fixture
def desk(idle: Desk) -> Desk:
    idle.runner.start()
    return idle


def test_uploads_are_read_published_and_reported_file_by_file(desk: Desk) -> None:
    job = desk.send(("stairs.md", STAIRS), ("../../x/Sit ting?.md", SITTING), ("cat.jpg", "x"))
    assert (job.state, job.kind, job.by) == ("queued", "add", "ada")
    assert job.title == "stairs.md, Sit ting-.md, cat.jpg"
    ended = desk.end(job)
    assert (ended.state, ended.generation) == ("published", 1)
    assert ended.reason == "1 of 3 were not taken in."
    assert [(f.path, f.state, f.document, f.passages) for f in ended.files] == [
        ("cat.jpg", "failed", "", 0),
        ("Sit ting-.md", "added", "sit-ting", 1),
        ("stairs.md", "added", "stairs", 1),
    ]
    assert ended.files[0].reason == "This kind of file is not read."
    assert served(desk.engine) == ["sit-ting", "stairs"]
    assert desk.inbox() == ["Sit ting-.md", "stairs.md"]
    assert desk.incoming() == []
    assert desk.engine.store.history.publishers() == {1: "ada"}


def test_events_tell_how_it_goes_on_and_can_be_waited_for(desk: Desk) -> None:
    job = desk.send(("stairs.md", STAIRS))
    seen: list = []
    while not seen or seen[-1].text not in {"published", "failed"}:
        news = desk.events(job.id, after=seen[-1].number if seen else 0, wait=5)
        assert news
        seen += news
    assert [e.number for e in seen] == list(range(1, len(seen) + 1))
    assert [e.text for e in seen if e.kind == "state"] == ["queued", "running", "published"]
    steps = list(dict.fromkeys(e.step for e in seen if e.kind == "progress"))
    assert steps == ["Reading", "Embedding"]
    [file] = [e.file for e in seen if e.file]
    assert (file.path, file.state) == ("stairs.md", "added")
    begun = time.monotonic()
    assert desk.events(job.id, after=seen[-1].number, wait=5) == ()
    assert time.monotonic() - begun < 1


def test_a_name_that_is_taken_by_other_content_is_not_overwritten(desk: Desk) -> None:
    desk.end(desk.send(("stairs.md", STAIRS)))
    same = desk.end(desk.send(("stairs.md", STAIRS)))
    assert [f.state for f in same.files] == ["unchanged"]
    other = desk.end(desk.send(("stairs.md", BEES)))
    assert (other.state, other.files[0].state) == ("failed", "failed")
    assert other.reason == (
        "There is already a file of this name with other content. Replace that document, or rename"
        " the file and send it again."
    )
    replaced = desk.end(desk.send(("stairs.md", BEES), replace=True))
    assert [(f.state, f.document) for f in replaced.files] == [("changed", "stairs")]
    assert desk.engine.store.document("stairs", generation=2).title == "Bees"


def test_a_document_is_replaced_under_its_id_and_stays_where_the_new_bytes_are_bad(
    desk: Desk,
) -> None:
    desk.end(desk.send(("stairs.md", STAIRS)))

    def replace(name: str, text: str) -> Job:
        return desk.replace("stairs", Upload(name, io.BytesIO(text.encode())), by="ben")

    assert desk.end(replace("new name.md", SITTING)).generation == 2
    assert desk.engine.store.document("stairs", generation=2).title == "Sitting"
    bad = desk.end(replace("empty.md", ""))
    assert bad.state == "failed"
    assert "The version read before stays in the library." in bad.reason
    assert (desk.engine.settings.inbox_dir / "stairs.md").read_text("utf-8") == SITTING
    assert desk.engine.store.files.failures() == ()
    with pytest.raises(UsageError, match=r"stairs is a \.md file, and x\.pdf is not"):
        replace("x.pdf", "")
    with pytest.raises(NotFound):
        desk.replace("nothing", Upload("x.md", io.BytesIO(b"")), by="ben")


def test_what_cannot_be_read_leaves_nothing_behind(desk: Desk) -> None:
    job = desk.end(desk.send(("empty.md", "")))
    assert (job.state, job.files[0].reason) == ("failed", "The file is empty.")
    assert desk.inbox() == []
    assert desk.engine.store.files.failures() == ()


def test_what_failed_in_the_folder_before_is_not_the_jobs_doing(desk: Desk) -> None:
    drop(desk.engine, "empty.md", "")
    drop(desk.engine, "gone.md", BEES)
    Writer(desk.engine).index()
    Writer(desk.engine).remove(["gone"])
    job = desk.end(desk.send(("stairs.md", STAIRS)))
    assert (job.state, job.reason) == ("published", "")
    assert [(f.path, f.state) for f in job.files] == [("stairs.md", "added")]
    job = desk.end(desk.on_documents("reindex", [], by="ada"))
    assert {(f.path, f.state) for f in job.files} == {
        ("empty.md", "failed"),
        ("gone.md", "skipped"),
    }


def test_a_text_and_an_editors_values_become_a_document(desk: Desk) -> None:
    values = Values(authors=("Ames B", "Cole D"), kind="guideline", reviewed="2026-11")
    text = "Going down stairs loads the knee."
    job = desk.end(desk.add_text("On  stairs", text, by="ada", values=values))
    assert (job.state, job.kind, job.title) == ("published", "add_text", "On stairs")
    meta = desk.engine.store.document("on-stairs", generation=1).metadata
    assert (meta.title, meta.authors, meta.kind, meta.reviewed) == (
        "On stairs",
        ("Ames B", "Cole D"),
        "guideline",
        "2026-11",
    )
    other = desk.end(desk.add_text("On stairs", SITTING, by="ada"))
    assert other.state == "published"
    assert len(served(desk.engine)) == 2
    with pytest.raises(UsageError, match="a title and some words"):
        desk.add_text("On stairs", " \n", by="ada")


def test_values_are_edited_merged_and_taken_back(desk: Desk) -> None:
    desk.end(desk.send(("stairs.md", STAIRS)))
    sidecar = desk.engine.settings.inbox_dir / "stairs.md.meta.yaml"
    sidecar.write_text("tags: [stairs]\nquestions:\n- Why do stairs hurt?\n", "utf-8")
    edit = Values(title="Down stairs", topics=("knees", "steps"), publisher="Clinic")
    job = desk.end(desk.edit_metadata("stairs", edit, by="ada"))
    assert (job.state, [f.state for f in job.files]) == ("published", ["changed"])
    current = desk.engine.store.current()
    assert current
    document = desk.engine.store.document("stairs", generation=current.id)
    assert (document.title, document.metadata.topics) == ("Down stairs", ("knees", "steps"))
    assert sidecar.read_text("utf-8") == (
        "questions:\n- Why do stairs hurt?\ntitle: Down stairs\npublisher: Clinic\n"
        "topics:\n- knees\n- steps\n"
    )
    desk.end(desk.edit_metadata("stairs", Values(title="", topics=()), by="ada"))
    current = desk.engine.store.current()
    assert current
    document = desk.engine.store.document("stairs", generation=current.id)
    assert (document.title, document.metadata.publisher) == ("Stairs", "Clinic")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (Values(), "No value was given"),
        (Values(reviewed="soon"), "reviewed is no date that can be read"),
        (Values(kind="hearsay"), "kind names no known kind of evidence"),
        (Values(url="ftp://x"), "url is no web address"),
        (Values(title="x" * 2001), "title is longer than 2000 characters"),
    ],
)
def test_values_that_make_no_sense_are_refused(idle: Desk, values: Values, message: str) -> None:
    drop(idle.engine, "stairs.md", STAIRS)
    Writer(idle.engine).index()
    with pytest.raises(UsageError, match=message):
        idle.edit_metadata("stairs", values, by="ada")
    assert idle.jobs().total == 0


def test_values_of_a_document_that_lies_elsewhere_are_kept_by_its_id(
    desk: Desk, tmp_path: Path
) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "stairs.md").write_text(STAIRS, "utf-8")
    (folder / "sitting.md").write_text(SITTING, "utf-8")
    Writer(desk.engine).add([folder])
    job = desk.end(desk.edit_metadata("stairs", Values(title="Steps"), by="ada"))
    assert [(f.path, f.state) for f in job.files] == [("stairs.md", "changed")]
    assert desk.engine.store.document("stairs", generation=2).title == "Steps"
    assert sorted(p.name for p in folder.iterdir()) == ["sitting.md", "stairs.md"]
    assert desk.engine.store.document("sitting", generation=2).number == 1
    assert Writer(desk.engine).index().counts() == {"unchanged": 2}
    with pytest.raises(UsageError, match="not from the library's own folder"):
        desk.replace("stairs", Upload("stairs.md", io.BytesIO(b"x")), by="ada")


def test_documents_are_hidden_shown_removed_and_sent_again(desk: Desk) -> None:
    desk.end(desk.send(("stairs.md", STAIRS), ("sitting.md", SITTING)))
    job = desk.end(desk.on_documents("hide", ["stairs", "stairs"], by="ada"))
    assert [(f.path, f.state) for f in job.files] == [("stairs", "hidden")]
    assert served(desk.engine) == ["sitting"]
    desk.end(desk.on_documents("show", ["stairs"], by="ada"))
    assert served(desk.engine) == ["sitting", "stairs"]
    job = desk.end(desk.on_documents("remove", ["stairs"], by="ada"))
    assert [(f.path, f.state, f.document) for f in job.files] == [
        ("stairs.md", "removed", "stairs")
    ]
    assert served(desk.engine) == ["sitting"]
    job = desk.end(desk.send(("stairs.md", BEES)))
    assert job.state == "published"
    assert len(served(desk.engine)) == 2
    with pytest.raises(NotFound, match="'nothing'"):
        desk.on_documents("hide", ["sitting", "nothing"], by="ada")
    with pytest.raises(UsageError, match="No document was named"):
        desk.on_documents("remove", [], by="ada")


def test_looking_again_at_all_sources_takes_up_what_was_dropped(desk: Desk) -> None:
    drop(desk.engine, "stairs.md", STAIRS)
    job = desk.end(desk.on_documents("reindex", [], by="ada"))
    assert [(f.path, f.state) for f in job.files] == [("stairs.md", "added")]
    drop(desk.engine, "stairs.md", BEES)
    job = desk.end(desk.on_documents("reindex", ["stairs"], by="ada"))
    assert [(f.path, f.state) for f in job.files] == [("stairs.md", "changed")]


def test_a_repeated_request_is_the_same_job(desk: Desk) -> None:
    job = desk.send(("stairs.md", STAIRS), key="k1")
    again = desk.send(("stairs.md", STAIRS), key="k1")
    assert again.id == job.id
    with pytest.raises(Conflict, match="given before, for something else"):
        desk.send(("stairs.md", BEES), key="k1")
    desk.end(job)
    assert desk.jobs().total == 1
    assert desk.incoming() == []


def test_under_review_a_job_ends_ready_and_is_published_by_a_person(desk: Desk) -> None:
    with_settings(desk.engine, publish="review")
    job = desk.end(desk.send(("stairs.md", STAIRS)))
    assert (job.state, job.generation) == ("ready", None)
    assert job.reason.startswith("Changes wait for review")
    assert served(desk.engine) == []
    job = desk.end(desk.publish(by="ben"))
    assert (job.state, job.generation) == ("published", 1)
    with pytest.raises(Conflict, match="nothing to publish"):
        desk.publish(by="ben")
    job = desk.end(desk.send(("bees.md", BEES)))
    digest = desk.engine.store.changes.fingerprint()
    desk.end(desk.send(("sitting.md", SITTING)))
    with pytest.raises(Outdated):
        desk.publish(by="ben", digest=digest)
    desk.end(desk.publish(by="ben", digest=desk.engine.store.changes.fingerprint()))
    assert served(desk.engine) == ["bees", "sitting", "stairs"]


def test_a_second_person_approves(desk: Desk) -> None:
    with_settings(desk.engine, second_approval=True)
    assert desk.end(desk.send(("stairs.md", STAIRS))).state == "ready"
    asked = desk.publish(by="ada")
    assert asked.state == "waiting"
    with pytest.raises(Forbidden, match="cannot approve it"):
        desk.approve(asked.id, by="ada")
    with pytest.raises(Conflict, match="ada has asked to publish already"):
        desk.publish(by="ben")
    job = desk.end(desk.approve(asked.id, by="ben"))
    assert (job.state, job.by, job.approved_by) == ("published", "ada", "ben")
    [move] = desk.engine.store.history.list()
    assert (move.by, move.approved_by, move.job_id) == ("ada", "ben", job.id)
    with pytest.raises(Conflict, match="does not wait"):
        desk.approve(asked.id, by="cy")


def test_an_approval_of_what_has_changed_since_is_refused(desk: Desk) -> None:
    with_settings(desk.engine, publish="review", second_approval=True)
    desk.end(desk.send(("stairs.md", STAIRS)))
    asked = desk.publish(by="ada")
    desk.end(desk.send(("bees.md", BEES)))
    with pytest.raises(Outdated, match="withdrawn"):
        desk.approve(asked.id, by="ben")
    assert desk.job(asked.id).state == "cancelled"
    again = desk.publish(by="ada")
    assert desk.cancel(again.id, by="ada").state == "cancelled"


def test_rolling_back_is_a_job(desk: Desk) -> None:
    desk.end(desk.send(("stairs.md", STAIRS)))
    desk.end(desk.send(("bees.md", BEES)))
    job = desk.end(desk.roll_back(1, by="cy"))
    assert (job.state, job.generation, job.title) == ("published", 1, "Generation 1")
    assert served(desk.engine) == ["stairs"]
    with pytest.raises(Conflict):
        desk.roll_back(1, by="cy")


def test_a_job_that_has_not_begun_is_cancelled_at_once(idle: Desk) -> None:
    job = idle.send(("stairs.md", STAIRS))
    assert idle.incoming(1) == [job.id]
    cancelled = idle.cancel(job.id, by="ben")
    assert (cancelled.state, cancelled.reason) == ("cancelled", "Cancelled by ben.")
    assert idle.incoming() == []
    idle.runner.start()
    with pytest.raises(Conflict, match="has ended already"):
        idle.cancel(job.id, by="ben")
    assert idle.end(idle.send(("bees.md", BEES))).state == "published"
    assert idle.inbox() == ["bees.md"]


def test_a_running_job_is_cancelled_after_the_file_that_is_being_read(
    idle: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = idle.send(("a.md", STAIRS), ("b.md", SITTING), ("c.md", BEES))
    tell = jobs_module._Telling._report

    def cancel_at_b(telling, report) -> None:
        if report.path == "b.md":
            idle.cancel(job.id, by="ben")
        tell(telling, report)

    monkeypatch.setattr(jobs_module._Telling, "_report", cancel_at_b)
    idle.runner.start()
    ended = idle.end(job)
    assert ended.state == "cancelled"
    assert ended.reason == ("Cancelled by ben. What was read until then stays stored: 2 files.")
    assert [f.path for f in ended.files] == ["a.md", "b.md"]
    assert idle.inbox() == ["a.md", "b.md"]
    assert served(idle.engine) == []


def test_a_job_waits_while_another_process_changes_the_library(idle: Desk) -> None:
    lock = FileLock(idle.engine.settings.lock_file)
    lock.acquire()
    (idle.engine.settings.lock_file.with_suffix(".owner")).write_text("process 1", "utf-8")
    job = idle.send(("stairs.md", STAIRS))
    idle.runner.start()
    until = time.monotonic() + 10
    while idle.job(job.id).step != "Waiting for another writer":
        assert time.monotonic() < until
        time.sleep(0.02)
    lock.release()
    ended = idle.end(job)
    assert ended.state == "published"
    notes = [e.text for e in idle.events(job.id) if e.kind == "note"]
    assert notes == ["Another process is changing this library (process 1)."]


def test_a_job_that_a_crash_interrupted_is_begun_anew_and_says_so(idle: Desk) -> None:
    job = idle.send(("stairs.md", STAIRS))
    # as a killed server leaves it: begun, its file half way in
    idle.engine.store.jobs.next()
    drop(idle.engine, "stairs.md", STAIRS)
    Writer(idle.engine).index()
    idle.runner.start()
    ended = idle.end(job)
    assert (ended.state, ended.attempt) == ("published", 2)
    assert [(f.path, f.state, f.document) for f in ended.files] == [
        ("stairs.md", "unchanged", "stairs")
    ]
    assert INTERRUPTED in [e.text for e in idle.events(job.id) if e.kind == "note"]


def test_a_stopping_server_leaves_the_job_to_the_next_one(
    idle: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = idle.send(("a.md", STAIRS), ("b.md", SITTING))
    reached, tell = threading.Event(), jobs_module._Telling._report

    def slowly(telling, report) -> None:
        reached.set()
        idle.runner._stop.wait(10)
        tell(telling, report)

    monkeypatch.setattr(jobs_module._Telling, "_report", slowly)
    idle.runner.start()
    assert reached.wait(10)
    idle.runner.stop()
    assert idle.job(job.id).state == "queued"
    monkeypatch.setattr(jobs_module._Telling, "_report", tell)
    idle.runner = JobRunner(idle.engine)
    idle.runner.start()
    assert idle.end(job).state == "published"
    assert served(idle.engine) == ["a", "b"]


def test_only_one_server_does_the_jobs_of_a_library(idle: Desk) -> None:
    idle.runner.start()
    idle.end(idle.send(("a.md", STAIRS)))
    other = JobRunner(idle.engine)
    other.start()
    idle.end(idle.send(("b.md", SITTING)))
    idle.runner.stop()
    third = idle.end(idle.send(("c.md", BEES)))
    other.stop()
    assert (third.state, third.attempt) == ("published", 1)


def test_limits_of_uploads(idle: Desk) -> None:
    with_settings(idle.engine, upload_megabytes=1, upload_files=2)
    desk = Desk(idle.engine)
    with pytest.raises(TooLarge, match=r"big\.md has more than 1 MB"):
        desk.send(("small.md", STAIRS), ("big.md", "x" * 1_000_001))
    with pytest.raises(TooMany, match="3 files were sent, and at most 2"):
        desk.send(("a.md", "x"), ("b.md", "x"), ("c.md", "x"))
    with pytest.raises(UsageError, match="No files were sent"):
        desk.send()
    assert (desk.incoming(), desk.jobs().total) == ([], 0)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("leaflet.pdf", "leaflet.pdf"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\ada\\knee pain.docx", "knee pain.docx"),
        (".hidden.md", "hidden.md"),
        ('a<b>:"|?*.md', "a-b-.md"),
        ("Übung \u202egpj.md", "Übung gpj.md"),
        ("e\u0301.md", "é.md"),
        ("x" * 300 + ".md", "x" * 117 + ".md"),
    ],
)
def test_names_are_made_safe(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@pytest.mark.parametrize(
    "name", ["", "..", "/", "CON.txt", "com1.pdf", "a.pdf.meta.yaml", "\x00", "   "]
)
def test_names_that_cannot_be_made_safe_are_refused(name: str) -> None:
    with pytest.raises(UsageError):
        safe_name(name)


def test_two_files_of_one_name_are_both_taken(desk: Desk) -> None:
    desk.end(desk.send(("one/a.md", STAIRS), ("two/A.md", BEES)))
    assert desk.inbox() == ["A-2.md", "a.md"]


def test_a_web_address_that_makes_no_sense_is_refused_at_once(idle: Desk) -> None:
    with pytest.raises(UsageError, match="no web address that can be fetched"):
        idle.add_url("file:///etc/passwd", by="ada")
    with pytest.raises(UsageError):
        idle.add_url("https://exa mple.org", by="ada")


def test_a_page_that_cannot_be_fetched_fails_in_words(desk: Desk) -> None:
    job = desk.end(desk.add_url("http://127.0.0.1:9/x", by="ada"))
    assert job.state == "failed"
    assert [f.state for f in job.files] == ["failed"]
    assert job.reason
