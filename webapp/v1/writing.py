"""What all rooms of the API that change a library share: a token with the scope write, and jobs."""

from __future__ import annotations

from collections.abc import Collection

from flask import Response, request
from flask_openapi import APIBlueprint

from corpus.jobs import Job
from webapp.access import require
from webapp.desk.common import allow_uploads
from webapp.v1.bench_json import job_json
from webapp.v1.bench_shapes import JobInfo
from webapp.v1.common import PREFIX, Told, answers, problems, room, send

TOKEN: list[dict[str, list[str]]] = [{"token": []}]
REFUSED = (401, 403)


def writing_room(name: str, tag: str, told: str) -> APIBlueprint:
    """Return an empty room whose operations need the scope write."""
    made = room(name, tag, told)
    made.abp_security = TOKEN
    return made


def guard_room(made: APIBlueprint, *, large: Collection[str] = (), limit: int = 0) -> None:
    """Ask for the right before anything of a request is read; ``large`` operations may send files."""

    @made.before_request
    def check() -> None:
        if (request.endpoint or "").rpartition(".")[2] in large:
            allow_uploads(limit)
            request.max_form_memory_size = limit
        require("write")


def job_answers(*statuses: int) -> Told:
    """Describe what an operation answers that begins a job."""
    return answers(JobInfo, "The job, begun.", status=202) | problems(*REFUSED, 409, *statuses)


def begun(job: Job) -> Response:
    """Return a job that was begun, with its address."""
    address = f"{request.script_root}{PREFIX}/jobs/{job.id}"
    return send(job_json(job), status=202, headers={"Location": address})
