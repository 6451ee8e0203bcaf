"""Questions at the desk: those saved to be held against changes, and those that found no answer."""

from __future__ import annotations

from flask import Blueprint, Response, request

from corpus.errors import PatellaError
from webapp.access import require
from webapp.desk.common import REFUSALS, Room, editor, go, page
from webapp.desk.words import ANSWER_STATES


def asked(blueprint: Blueprint, room: Room) -> None:
    """Add the pages of questions."""
    bench = room.workbench

    def shown(error: PatellaError | None = None, text: str = "") -> Response:
        titles = {document.id: document.title for document in room.service.documents()}
        return page(
            "questions.html",
            error,
            saved=bench.saved_questions(),
            titles=titles,
            text=text,
            answer_states=ANSWER_STATES,
        )

    @blueprint.get("/questions")
    def questions() -> Response:
        editor()
        return shown()

    @blueprint.post("/questions")
    def save() -> Response:
        text = request.form.get("text", "").strip()
        try:
            saved = room.act("question.save", text, lambda by: bench.save_question(text, by=by))
        except REFUSALS as error:
            return shown(error, text)
        if request.form.get("back") == "gaps":
            return go("desk.gaps", saved=saved.id)
        return go("desk.questions")

    @blueprint.post("/questions/<int:question_id>/delete")
    def delete(question_id: int) -> Response:
        editor()
        text = next((one.text for one in bench.saved_questions() if one.id == question_id), "")
        room.act("question.delete", text, lambda by: bench.delete_question(question_id, by=by))
        return go("desk.questions")

    @blueprint.get("/gaps")
    def gaps() -> Response:
        editor()
        return page(
            "gaps.html",
            gaps=bench.gaps(),
            keeps=bench.keeps_questions,
            answer_states=ANSWER_STATES,
        )

    @blueprint.route("/gaps/forget", methods=["GET", "POST"])
    def forget() -> Response:
        """Ask once more, then delete all that was kept of what was asked."""
        require("admin")
        if request.method == "GET":
            return page("forget.html")
        count = room.act("questions.forget", "all", lambda by: bench.forget(by=by))
        return go("desk.gaps", forgotten=count)
