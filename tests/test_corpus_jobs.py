"""Jobs as the library keeps them: order, events, keys, cancelling, and what a crash leaves."""

from __future__ import annotations

import pytest

from corpus import jobs
from corpus.errors import Conflict, NotFound
from corpus.jobs import JobFile, NewJob
from corpus.store import Store

BOTH_STORES = True


def new(title: str = "a.pdf", **other: str) -> NewJob:
    return NewJob(kind="add", by=other.pop("by", "ada"), title=title, input={"n": 1}, **other)


def test_a_job_is_kept_and_begun_in_its_turn(store: Store) -> None:
    first, fresh = store.jobs.put(new("a.pdf"))
    second, _ = store.jobs.put(new("b.pdf"))
    assert (fresh, first.state, first.by, first.title) == (True, "queued", "ada", "a.pdf")
    assert store.jobs.input(first.id) == {"n": 1}
    begun = store.jobs.next()
    assert begun and (begun.id, begun.state) == (first.id, "running")
    assert begun.started >= begun.created
    assert [job.id for job in store.jobs.list()] == [second.id, first.id]
    assert [job.id for job in store.jobs.list(states=frozenset({"queued"}))] == [second.id]
    store.jobs.next()
    assert store.jobs.next() is None


def test_events_are_numbered_without_gaps_and_resumed(store: Store) -> None:
    job, _ = store.jobs.put(new())
    other, _ = store.jobs.put(new("other"))
    store.jobs.set(job.id, state="running")
    file = JobFile("a.pdf", "partial", "a", 3, 9, "One page has no text.", pages_without_text=(2,))
    store.jobs.note(job.id, "file", file=file)
    store.jobs.note(job.id, "progress", step="Reading", done=1, total=2)
    store.jobs.set(job.id, state="ready", generation=4)
    events = store.jobs.events(job.id)
    assert [(e.number, e.kind, e.text) for e in events] == [
        (1, "state", "queued"),
        (2, "state", "running"),
        (3, "file", ""),
        (4, "progress", ""),
        (5, "state", "ready"),
    ]
    assert events[2].file == file
    assert (events[3].step, events[3].done, events[3].total) == ("Reading", 1, 2)
    assert [e.number for e in store.jobs.events(job.id, after=3)] == [4, 5]
    assert [e.number for e in store.jobs.events(other.id)] == [1]
    ended = store.jobs.get(job.id)
    assert (ended.files, ended.counts(), ended.generation) == ((file,), {"partial": 1}, 4)
    assert ended.ended_for_good
    assert ended.ended


def test_a_repeated_key_is_the_same_job_and_never_another(store: Store) -> None:
    job, _ = store.jobs.put(new(key="k1", fingerprint="f1"))
    again, fresh = store.jobs.put(new(key="k1", fingerprint="f1"))
    assert (again.id, fresh) == (job.id, False)
    with pytest.raises(Conflict, match="given before, for something else"):
        store.jobs.put(new(key="k1", fingerprint="f2"))
    elsewhere, fresh = store.jobs.put(new(key="k1", fingerprint="f2", by="ben"))
    assert fresh
    assert elsewhere.id != job.id
    assert store.jobs.count() == 2


def test_an_old_key_is_forgotten(store: Store) -> None:
    job, _ = store.jobs.put(new(key="k1", fingerprint="f1"))
    with store.transaction() as db:
        db.execute("UPDATE jobs SET created_at = '2020-01-01T00:00:00Z'")
    again, fresh = store.jobs.put(new(key="k1", fingerprint="f2"))
    assert fresh
    assert again.id != job.id


def test_what_a_crash_left_running_is_queued_again_and_says_so(store: Store) -> None:
    job, _ = store.jobs.put(new())
    store.jobs.next()
    store.jobs.note(job.id, "file", file=JobFile("a.pdf", "failed", reason="Torn."))
    assert store.jobs.interrupted("The server stopped meanwhile.") == (job.id,)
    again = store.jobs.get(job.id)
    assert (again.state, again.attempt, again.reason) == (
        "queued",
        2,
        "The server stopped meanwhile.",
    )
    store.jobs.next()
    store.jobs.note(job.id, "file", file=JobFile("a.pdf", "added", "a"))
    assert [(f.path, f.state) for f in store.jobs.get(job.id).files] == [("a.pdf", "added")]
    assert store.jobs.interrupted("") == (job.id,)
    store.jobs.next()
    store.jobs.note(job.id, "file", file=JobFile("a.pdf", "unchanged", "a"))
    assert [(f.path, f.state) for f in store.jobs.get(job.id).files] == [("a.pdf", "added")]


def test_a_change_is_only_made_from_the_state_it_is_meant_for(store: Store) -> None:
    job, _ = store.jobs.put(new())
    assert store.jobs.change(job.id, "queued", state="cancelled", reason="Not needed.")
    assert not store.jobs.change(job.id, "queued", state="running")
    assert store.jobs.get(job.id).state == "cancelled"
    store.jobs.ask_to_cancel(job.id, by="ben")
    assert store.jobs.cancelled_by(job.id) == "ben"


def test_old_jobs_are_forgotten_and_those_not_ended_kept(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "KEPT", 3)
    waiting, _ = store.jobs.put(new("waits"))
    for number in range(5):
        job, _ = store.jobs.put(new(str(number)))
        store.jobs.set(job.id, state="published")
    assert [job.title for job in store.jobs.list()] == ["4", "3", "2", "waits"]
    assert store.jobs.get(waiting.id).state == "queued"
    with pytest.raises(NotFound):
        store.jobs.get("0" * 16)
