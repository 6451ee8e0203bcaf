"""What a request asks: the question, the added words taken back, and the question before it."""

from __future__ import annotations

from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from corpus.filters import NAMES, NO_FILTERS, Filters, read_filters
from corpus.records import Answer
from webapp.questions import clean, read_question, read_without
from webapp.service import Service
from webapp.settings import WebSettings
from webapp.watched import answered


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it was sent, with all that its answer depends on."""

    question: str
    without: tuple[str, ...] = ()
    after: str = ""
    filters: Filters = NO_FILTERS

    def answer(self, service: Service, *, kept: bool = False) -> Answer:
        """Ask it, ``kept`` as in ``Service.ask``. Raises as that does."""
        answer = service.ask(
            self.question,
            without=self.without,
            after=self.after,
            filters=self.filters,
            kept=kept,
        )
        answered(answer)
        return answer


def read_asked(sent: MultiDict[str, str], settings: WebSettings, *, others: bool = False) -> Asked:
    """Read the fields ``q``, ``without``, ``after`` and the filters.

    ``others`` as for ``sent_filters``. Raises QuestionError, UsageError.
    """
    return Asked(
        read_question(
            sent.get("q", ""), limit=settings.question_limit, shown=settings.question_shown
        ),
        read_without(sent.getlist("without")),
        clean(sent.get("after", ""))[: settings.question_limit],
        sent_filters(sent, others=others),
    )


def sent_filters(sent: MultiDict[str, str], *, others: bool = False) -> Filters:
    """Read the filters by their names. Raises UsageError for what makes no sense.

    A file format is ``filetype`` or ``format``, the latter not where ``others`` says that it means
    the form of what is sent back.
    """
    given = {name: [clean(value) for value in sent.getlist(name)] for name in NAMES}
    if others:
        given["format"] = []
    given["format"] += [clean(value) for value in sent.getlist("filetype")]
    return read_filters(given)
