"""Whether an answer helped: said by whoever may search."""

from __future__ import annotations

from flask import Response, request
from flask_openapi import APIBlueprint

from webapp.questions import read_question
from webapp.same_site import check_origin
from webapp.settings import WebSettings
from webapp.v1.bench_requests import FeedbackBody
from webapp.v1.common import answers, describe, problems, room
from webapp.workbench import Workbench


def feedback(bench: Workbench, settings: WebSettings) -> APIBlueprint:
    """Return the part of the API that takes feedback."""
    rooms = room("feedback", "Questions", "Search and ask.")
    describe(rooms)

    @rooms.post("/feedback", responses=answers(None, "Kept.", status=204) | problems(403, 413, 415))
    def say_whether_it_helped(body: FeedbackBody) -> Response:
        """Say whether an answer helped.

        Question and reason are kept only where the operator keeps questions, and says so.
        """
        check_origin(request)
        question = read_question(
            body.question, limit=settings.question_limit, shown=settings.question_shown
        )
        bench.feedback(question, helpful=body.helpful, state=body.state, reason=body.reason)
        return Response(status=204)

    return rooms
