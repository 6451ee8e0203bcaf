"""Jobs at the desk: the list, one with its report, and how far it is, live."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, render_template, request

from corpus.jobs import JobEvent
from webapp.desk.common import Room, editor, go, number, page
from webapp.desk.words import sorted_files
from webapp.streams import Message, Streams
from webapp.told import told

WAIT = 2.0
"""Seconds that one look for events waits; also how soon a closed page is noticed."""
SIZE = 30
SHOWN = 300
"""Files of a job that its page shows."""


def jobs(blueprint: Blueprint, room: Room, streams: Streams) -> None:
    """Add the pages of jobs."""
    bench = room.workbench

    @blueprint.get("/jobs")
    def job_list() -> Response:
        editor()
        found = bench.jobs(page=number(request.args.get("page")), size=SIZE)
        return page("jobs.html", jobs=found)

    @blueprint.get("/jobs/<job_id>")
    def job(job_id: str) -> Response:
        editor()
        return page("job.html", **_facts(room, job_id))

    @blueprint.get("/jobs/<job_id>/part")
    def job_part(job_id: str) -> Response:
        """The page's middle alone: what a browser asks for now and then where no stream is free."""
        editor()
        return page("job_part.html", **_facts(room, job_id))

    @blueprint.get("/jobs/<job_id>/events")
    def job_events(job_id: str) -> Response:
        editor()
        bench.job(job_id)
        after = number(
            request.headers.get("Last-Event-ID") or request.args.get("after"), least=0, default=0
        )
        return streams.send(lambda end: _messages(room, job_id, after, end))

    @blueprint.post("/jobs/<job_id>/cancel")
    def cancel(job_id: str) -> Response:
        room.act("job.cancel", job_id, lambda by: bench.cancel(job_id, by=by))
        return go("desk.job", job_id=job_id)


def _facts(room: Room, job_id: str) -> dict[str, Any]:
    found = room.workbench.job(job_id)
    events = room.workbench.events(job_id)
    files = sorted_files(found.files)
    return {
        "job": found,
        "files": files[:SHOWN],
        "more": max(0, len(files) - SHOWN),
        "last": events[-1].number if events else 0,
        "notes": [event.text for event in events if event.kind == "note"],
    }


def _messages(room: Room, job_id: str, after: int, end: float) -> Iterator[Message | None]:
    """Give a job's events from number ``after`` on, until it ends or the time is over."""
    while (left := end - time.monotonic()) > 0:
        found = room.workbench.events(job_id, after=after, wait=min(WAIT, left))
        for event in found:
            after = event.number
            yield _message(event)
        if room.workbench.job(job_id).ended_for_good and not room.workbench.events(
            job_id, after=after
        ):
            yield Message({}, name="end")
            return
        if not found:
            yield None


def _message(event: JobEvent) -> Message:
    data: dict[str, Any] = {"kind": event.kind, "text": told(event.text)}
    if event.kind == "progress":
        data |= {"step": told(event.step), "done": event.done, "total": event.total}
    if event.file:
        data |= {
            "path": event.file.path,
            "html": render_template("desk/job_file.html", file=event.file),
        }
    return Message(data, event.number)
