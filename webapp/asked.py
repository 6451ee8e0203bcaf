"""What a request asks: the question, the added words taken back, and the question before it."""

from __future__ import annotations

from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from corpus.records import Answer
from webapp.questions import clean, read_question, read_without
from webapp.service import Service
from webapp.settings import WebSettings


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it was sent, with all that its answer depends on."""

    question: str
    without: tuple[str, ...] = ()
    after: str = ""

    def answer(self, service: Service) -> Answer:
        """Ask it. Raises as ``Service.ask``."""
        return service.ask(self.question, without=self.without, after=self.after)


def read_asked(sent: MultiDict[str, str], settings: WebSettings) -> Asked:
    """Read the fields ``q``, ``without`` and ``after``. Raises QuestionError."""
    return Asked(
        read_question(
            sent.get("q", ""), limit=settings.question_limit, shown=settings.question_shown
        ),
        read_without(sent.getlist("without")),
        clean(sent.get("after", ""))[: settings.question_limit],
    )
