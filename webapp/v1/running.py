"""Jobs by program: the list, one, its events as they come, cancelling and approving."""

from __future__ import annotations

import time
from collections.abc import Iterator

from flask import Response, request
from flask_openapi import APIBlueprint

from corpus.errors import LibraryError
from webapp.desk.common import Room
from webapp.streams import Message, Streams
from webapp.v1.bench_json import event_json, job_json
from webapp.v1.bench_requests import EventsQuery, JobPath, PageQuery
from webapp.v1.bench_shapes import JobEvents, JobInfo, JobList
from webapp.v1.common import answers, describe, page_after, problems, send, wants
from webapp.v1.writing import REFUSED, guard_room, writing_room

WAIT = 2.0
"""Seconds that one look for events waits."""
_EVENTS = answers(
    JobEvents,
    "The events.",
    also={
        "text/event-stream": "Server-sent events: state, file, progress, note, and end. An id is the"
        " event's number; Last-Event-ID goes on after it."
    },
)


def running(desk: Room, streams: Streams) -> APIBlueprint:
    """Return the part of the API that looks after jobs."""
    rooms = writing_room("running", "Jobs", "What is being done to the library, and how far it is.")
    describe(rooms, JobInfo, JobList, JobEvents)
    guard_room(rooms)
    bench = desk.workbench

    @rooms.get("/jobs", responses=answers(JobList, "A page.") | problems(*REFUSED))
    def jobs(query: PageQuery) -> Response:
        """List jobs, newest first."""
        found = bench.jobs(page=query.page, size=query.per_page)
        body = {"jobs": [job_json(one) for one in found.jobs], "total": found.total}
        return send(body | page_after(query.page, query.per_page, found.total))

    @rooms.get("/jobs/<job_id>", responses=answers(JobInfo, "The job.") | problems(*REFUSED, 404))
    def job(path: JobPath) -> Response:
        """Tell how far a job is, and what became of each file."""
        return send(job_json(bench.job(path.job_id)))

    @rooms.get("/jobs/<job_id>/events", responses=_EVENTS | problems(*REFUSED, 404))
    def job_events(path: JobPath, query: EventsQuery) -> Response:
        """Give a job's events after a number; with `Accept: text/event-stream` as they come."""
        found = bench.job(path.job_id)
        if wants("text/event-stream"):
            return _stream(desk, streams, path.job_id, query.after)
        events = bench.events(path.job_id, after=query.after)
        body = {"events": [event_json(one) for one in events], "over": found.ended_for_good}
        return send(body)

    @rooms.post(
        "/jobs/<job_id>/cancel",
        responses=answers(JobInfo, "The job.") | problems(*REFUSED, 404, 409),
    )
    def cancel_job(path: JobPath) -> Response:
        """Cancel a job: at once if it has not begun, else after the file being read."""
        one = path.job_id
        return send(job_json(desk.act("job.cancel", one, lambda by: bench.cancel(one, by=by))))

    @rooms.post(
        "/jobs/<job_id>/approve",
        responses=answers(JobInfo, "The job.") | problems(*REFUSED, 404, 409),
    )
    def approve_job(path: JobPath) -> Response:
        """Approve a publishing that waits; not for who asked for it."""
        one = path.job_id
        done = desk.act("library.approve", f"job {one}", lambda by: bench.approve(one, by=by))
        return send(job_json(done))

    return rooms


def _stream(desk: Room, streams: Streams, job_id: str, after: int) -> Response:
    last = request.headers.get("Last-Event-ID", "")
    begin = int(last) if last.isascii() and last.isdigit() and len(last) < 10 else after
    response = streams.send(lambda end: _messages(desk, job_id, begin, end))
    if response.status_code == 503:
        raise LibraryError(
            "All streams of this server are taken.",
            hint="Ask now and then without Accept: text/event-stream, with after=NUMBER.",
        )
    return response


def _messages(desk: Room, job_id: str, after: int, end: float) -> Iterator[Message | None]:
    """Give a job's events beyond ``after``, until it ends or the time is over."""
    bench = desk.workbench
    while (left := end - time.monotonic()) > 0:
        found = bench.events(job_id, after=after, wait=min(WAIT, left))
        for event in found:
            after = event.number
            yield Message(event_json(event), event.number, event.kind)
        if not found:
            if bench.job(job_id).ended_for_good and not bench.events(job_id, after=after):
                yield Message({}, name="end")
                return
            yield None
