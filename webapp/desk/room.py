"""The desk put together: its blueprint, its first page, and what its templates know."""

from __future__ import annotations

from flask import Blueprint, Flask, Response

from webapp.desk import words
from webapp.desk.adding import adding
from webapp.desk.asked import asked
from webapp.desk.common import Room, editor, page
from webapp.desk.health import health, milliseconds
from webapp.desk.jobs import jobs
from webapp.desk.people import people
from webapp.desk.publishing import publishing
from webapp.desk.table import table
from webapp.desk.withdrawing import withdrawing
from webapp.streams import Streams

LATELY = 6


def desk(app: Flask, room: Room, streams: Streams) -> None:
    """Add the desk to ``app``, under ``/desk``; live pages share ``streams`` with the API."""
    blueprint = Blueprint("desk", __name__, url_prefix="/desk")
    _overview(blueprint, room)
    adding(blueprint, room)
    jobs(blueprint, room, streams)
    table(blueprint, room)
    withdrawing(blueprint, room)
    publishing(blueprint, room)
    asked(blueprint, room)
    health(blueprint, room)
    people(blueprint, room)

    app.register_blueprint(blueprint)
    app.jinja_env.filters.update(
        job_title=words.job_title,
        tally=words.tally,
        page_list=words.page_list,
        file_size=words.size_words,
        milliseconds=milliseconds,
    )
    app.jinja_env.globals.update(
        job_states=words.JOB_STATES,
        file_states=words.FILE_STATES,
        job_names=words.JOBS,
        desk_words=words.script_words,
    )


def _overview(blueprint: Blueprint, room: Room) -> None:
    bench = room.workbench

    @blueprint.get("/")
    def home() -> Response:
        editor()
        difference = bench.difference()
        lately = bench.jobs(size=LATELY).jobs
        return page(
            "home.html",
            difference=difference,
            running=[job for job in lately if job.state in {"running", "queued"}],
            lately=[job for job in lately if job.state not in {"running", "queued", "waiting"}],
            gaps=bench.gaps()[:3],
            health=bench.health(),
            any=room.accounts.any(),
            limit=room.settings.upload_limit,
        )
