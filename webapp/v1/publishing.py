"""Publishing by program: the difference, generations, rolling back, and who did what."""

from __future__ import annotations

from dataclasses import asdict

from flask import Response
from flask_openapi import APIBlueprint

from webapp.desk.common import Room
from webapp.streams import Streams
from webapp.v1.bench_json import difference_json
from webapp.v1.bench_requests import GenerationPath, Keyed, PageQuery, PublishBody
from webapp.v1.bench_shapes import DifferenceInfo, JobInfo, KeptList, MoveList
from webapp.v1.common import answers, describe, problems, send
from webapp.v1.writing import REFUSED, begun, guard_room, job_answers, writing_room


def publishing(desk: Room, _: Streams) -> APIBlueprint:
    """Return the part of the API that publishes."""
    rooms = writing_room("publishing", "Generations", "What is served, and what was changed.")
    describe(rooms, DifferenceInfo, JobInfo, KeptList, MoveList)
    guard_room(rooms)
    bench = desk.workbench

    @rooms.get(
        "/difference", responses=answers(DifferenceInfo, "The difference.") | problems(*REFUSED)
    )
    def difference() -> Response:
        """Tell what publishing would change, and which saved questions it would answer otherwise."""
        return send(difference_json(bench.difference()))

    @rooms.get("/generations", responses=answers(KeptList, "The list.") | problems(*REFUSED))
    def generations() -> Response:
        """List the generations that can be served, newest first."""
        return send({"generations": [asdict(one) for one in bench.generations()]})

    @rooms.post("/generations", responses=job_answers(413, 415))
    def publish(header: Keyed, body: PublishBody) -> Response:
        """Publish what is stored; the job may wait for another person's approval."""
        return begun(
            desk.act(
                "library.publish",
                "what is stored",
                lambda by: bench.publish(by=by, digest=body.digest, key=header.key),
            )
        )

    @rooms.post("/generations/<number>/serve", responses=job_answers(404))
    def roll_back(header: Keyed, path: GenerationPath) -> Response:
        """Serve another kept generation, until somebody publishes."""
        return begun(
            desk.act(
                "library.roll_back",
                f"generation {path.number}",
                lambda by: bench.roll_back(path.number, by=by, key=header.key),
            )
        )

    @rooms.get("/history", responses=answers(MoveList, "A page.") | problems(*REFUSED))
    def history(query: PageQuery) -> Response:
        """List what was changed, when and by whom, newest first."""
        moves = bench.history(page=query.page, size=query.per_page)
        body = {"moves": [asdict(one) for one in moves]}
        return send(body | {"page": query.page, "per_page": query.per_page})

    return rooms
