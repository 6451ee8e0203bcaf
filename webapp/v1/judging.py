"""Judged questions by program: saved ones, gaps, and how they are answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from flask import Response
from flask_openapi import APIBlueprint

from corpus.records import Answer
from webapp.access import require
from webapp.desk.common import Room
from webapp.questions import read_question
from webapp.streams import Streams
from webapp.v1.bench_requests import EvaluateBody, Judged, QuestionBody, QuestionPath
from webapp.v1.bench_shapes import EvaluationInfo, Forgotten, GapList, SavedInfo, SavedList
from webapp.v1.common import Json, answers, describe, problems, send
from webapp.v1.requests import MOST_HITS
from webapp.v1.writing import REFUSED, guard_room, writing_room

MOST_SAVED = 200
"""Saved questions that one evaluation asks."""
RANKS = 10


def judging(desk: Room, _: Streams) -> APIBlueprint:
    """Return the part of the API that keeps and asks judged questions."""
    rooms = writing_room("judging", "Judging", "Saved questions, gaps, evaluation.")
    describe(rooms, EvaluationInfo, Forgotten, GapList, SavedInfo, SavedList)
    guard_room(rooms)
    _saved(rooms, desk)
    _gaps(rooms, desk)

    @rooms.post(
        "/evaluate", responses=answers(EvaluationInfo, "How they are answered.")
        | problems(*REFUSED, 413, 415)
    )  # fmt: skip
    def evaluate(body: EvaluateBody) -> Response:
        """Ask judged questions of what is served: those sent, else the saved ones."""
        wanted: Sequence[Judged] = body.questions or [
            Judged(q=one.text, document=one.document_id, state=one.state)
            for one in desk.workbench.saved_questions()[:MOST_SAVED]
        ]
        told = [_judge(desk, one) for one in wanted]
        return send(_means(told) | {"generation": desk.service.generation().id})

    return rooms


def _saved(rooms: APIBlueprint, desk: Room) -> None:
    bench = desk.workbench

    @rooms.get("/questions", responses=answers(SavedList, "The list.") | problems(*REFUSED))
    def questions() -> Response:
        """List the saved questions."""
        return send({"questions": [asdict(one) for one in bench.saved_questions()]})

    @rooms.post(
        "/questions",
        responses=answers(SavedInfo, "The question.", status=201) | problems(*REFUSED, 413, 415),
    )
    def save_question(body: QuestionBody) -> Response:
        """Save a question with the state and first document of its answer now."""
        text = _fit(desk, body.text)
        made = desk.act("question.save", text, lambda by: bench.save_question(text, by=by))
        return send(asdict(made), status=201)

    @rooms.delete(
        "/questions/<question_id>",
        responses=answers(None, "It is gone.", status=204) | problems(*REFUSED, 404),
    )
    def delete_question(path: QuestionPath) -> Response:
        """Delete a saved question."""
        one = path.question_id
        held = next((q.text for q in bench.saved_questions() if q.id == one), str(one))
        desk.act("question.delete", held, lambda by: bench.delete_question(one, by=by))
        return Response(status=204)


def _gaps(rooms: APIBlueprint, desk: Room) -> None:
    bench = desk.workbench

    @rooms.get("/gaps", responses=answers(GapList, "The gaps.") | problems(*REFUSED))
    def gaps() -> Response:
        """Group questions that were not answered, or whose answer did not help, by meaning."""
        found = [asdict(one) for one in bench.gaps()]
        return send({"gaps": found, "keeps_questions": bench.keeps_questions})

    @rooms.delete("/gaps", responses=answers(Forgotten, "Done.") | problems(*REFUSED))
    def forget() -> Response:
        """Delete all that was kept of what was asked. Needs the scope admin."""
        require("admin")
        count = desk.act("questions.forget", "all", lambda by: bench.forget(by=by))
        return send({"forgotten": count})


def _fit(desk: Room, text: str) -> str:
    settings = desk.settings
    return read_question(text, limit=settings.question_limit, shown=settings.question_shown)


def _judge(desk: Room, wanted: Judged) -> Json:
    question = _fit(desk, wanted.q)
    answer = desk.service.ask(question)
    rank = _rank(desk, question, wanted.document) if wanted.document else None
    shown = answer.quotes or answer.related
    quoted = any(quote.document.id == wanted.document for quote in shown)
    fits = [wanted.state in (None, answer.state)]
    if wanted.document:
        fits.append(_leads(answer, wanted.document))
    return {
        "question": question,
        "expected_state": wanted.state,
        "expected_document": wanted.document,
        "state": answer.state,
        "rank": rank,
        "quoted": quoted,
        "as_expected": all(fits),
    }


def _leads(answer: Answer, document_id: str) -> bool:
    """Return whether an answer's first quote is of a document, as saved questions are held."""
    shown = answer.quotes or answer.related
    return bool(shown) and shown[0].document.id == document_id


def _rank(desk: Room, question: str, document_id: str) -> int | None:
    found = desk.service.search(question, k=MOST_HITS)
    order = list(dict.fromkeys(hit.document.id for hit in found.hits))
    return order.index(document_id) + 1 if document_id in order else None


def _means(told: Sequence[Json]) -> Json:
    ranked = [one["rank"] for one in told if one["expected_document"]]

    def share(least: int) -> float | None:
        return _mean([rank is not None and rank <= least for rank in ranked])

    reciprocal = [1 / rank if rank is not None and rank <= RANKS else 0.0 for rank in ranked]
    return {
        "questions": list(told),
        "asked": len(told),
        "as_expected": _mean([one["as_expected"] for one in told]),
        "success_at_1": share(1),
        "success_at_5": share(5),
        "reciprocal_rank_at_10": _mean(reciprocal),
    }


def _mean(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None
