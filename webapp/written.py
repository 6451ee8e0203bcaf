"""A model's words as they come: each sentence that passed the check, to the page that shows the quotes."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response, request, stream_with_context

from corpus.records import Answer, Written
from webapp.asked import read_asked
from webapp.same_site import check_origin
from webapp.saying import say, say_count
from webapp.service import Generator, Service
from webapp.settings import WebSettings
from webapp.streams import Message, event_stream
from webapp.told import told
from webapp.v1.stream import new_pieces
from webapp.words import plain


def add_written(
    room: Blueprint, service: Service, settings: WebSettings, generator: Generator
) -> None:
    """Add to ``room`` the address from which an answer's page reads a model's words."""

    @room.post("/written")
    def written() -> Response:
        check_origin(request)
        answer = read_asked(request.form, settings).answer(service)
        return event_stream(stream_with_context(_events(answer, generator)))


def _events(answer: Answer, generator: Generator) -> Iterator[str]:
    """Give ``begun``, each ``sentence``, ``dropped`` with how many, and ``done``; each with words to show."""
    # the page holds these against what it shows: meanwhile another generation may be served
    quotes = [quote.sha256 for quote in answer.quotes]
    begun = False
    for name, data, so_far in new_pieces(generator.pieces(answer)):
        if not begun:
            begun = True
            yield Message(
                {"said": label_words(so_far.model), "quotes": quotes}, name="begun"
            ).text()
        if name:
            yield Message(data | {"said": check_words(so_far)}, name=name).text()
    yield Message({"said": check_words(so_far)}, name="done").text()


def label_words(model: str) -> str:
    """Return the heading over a model's words."""
    return say("Written by a model (%(model)s), not quoted", model=plain(model))


def check_words(written: Written) -> str:
    """Say how a model's words were checked and what was left out, or why nothing of them is shown."""
    problem = told(written.problem)
    if not written.sentences:
        return problem or say(
            "Nothing that the model wrote passed the check, so only the quotes are shown."
        )
    said = say("Each sentence was checked against the quotes that it cites.")
    if written.dropped:
        said = say_count(
            written.dropped,
            "Each sentence was checked against the quotes that it cites;"
            " %(num)s sentence did not pass and is not shown.",
            "Each sentence was checked against the quotes that it cites;"
            " %(num)s sentences did not pass and are not shown.",
        )
    counts = say("The quotes below are the sources’ own words, and are what counts.")
    return " ".join(filter(None, (said, counts, problem)))
