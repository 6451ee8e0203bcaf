"""Publishing at the desk: what would change, approval, the generations, and who did what."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from corpus.errors import NotFound
from webapp.desk.common import Room, editor, form_key, number, page, to_job
from webapp.desk.words import ANSWER_STATES

SIZE = 50


def publishing(blueprint: Blueprint, room: Room) -> None:
    """Add the pages of publishing."""
    bench = room.workbench

    @blueprint.get("/publish")
    def publish() -> Response:
        editor()
        return page("publish.html", **_facts(room))

    @blueprint.get("/publish/part")
    def publish_part() -> Response:
        """The difference alone: what a browser asks for until saved questions were all asked."""
        editor()
        return page("publish_part.html", **_facts(room))

    @blueprint.post("/publish")
    def publish_now() -> Response:
        digest = request.form.get("digest", "")[:200]
        return to_job(
            room.act(
                "library.publish",
                "what is stored",
                lambda by: bench.publish(by=by, digest=digest, key=form_key()),
            )
        )

    @blueprint.post("/publish/<job_id>/approve")
    def approve(job_id: str) -> Response:
        return to_job(
            room.act("library.approve", f"job {job_id}", lambda by: bench.approve(job_id, by=by))
        )

    @blueprint.get("/history")
    def history() -> Response:
        editor()
        found = number(request.args.get("page"))
        moves = bench.history(page=found, size=SIZE)
        return page(
            "history.html",
            generations=bench.generations(),
            moves=moves,
            number=found,
            more=len(moves) == SIZE,
        )

    @blueprint.route("/history/<int:generation>", methods=["GET", "POST"])
    def roll_back(generation: int) -> Response:
        """Ask once more, then serve that generation."""
        editor()
        held = {one.number: one for one in bench.generations()}
        if generation not in held:
            raise NotFound(f"Generation {generation} is not kept.", hint="See the history.")
        if request.method == "GET":
            served = next((one for one in held.values() if one.served), None)
            return page("roll_back.html", wanted=held[generation], served=served)
        return to_job(
            room.act(
                "library.roll_back",
                f"generation {generation}",
                lambda by: bench.roll_back(generation, by=by, key=form_key()),
            )
        )


def _facts(room: Room) -> dict[str, Any]:
    bench = room.workbench
    return {
        "difference": bench.difference(),
        "me": editor().name,
        "second": bench.second_approval,
        "answer_states": ANSWER_STATES,
        "questions": len(bench.saved_questions()),
    }
