"""The generator that the settings name, if any: a model puts an answer's quotes in its words."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from dataclasses import replace

from answer.chat import ChatServer
from answer.generate import write
from corpus.errors import GeneratorError, UsageError
from corpus.records import Answer, Written, WrittenSentence
from patella.settings import Settings

logger = logging.getLogger(__name__)

AT_ONCE = 2
"""Answers generated at the same time; who comes meanwhile gets the quotes at once."""


class Generator:
    """Writes answers through one server; safe to share between threads."""

    def __init__(self, server: ChatServer) -> None:
        self._server = server
        self._free = threading.BoundedSemaphore(AT_ONCE)

    def write(self, answer: Answer) -> Answer:
        """Return an answer with ``generated`` set; a failure is told in it, and quotes stand alone.

        Nothing is generated beside a red flag, or where the library has no answer.
        """
        *_, last = self.pieces(answer)
        return replace(answer, generated=last)

    def pieces(self, answer: Answer) -> Iterator[Written]:
        """Give what ``write`` would set, first with nothing in it and again as it grows.

        Only sentences that passed the check are in it; the last one given is the whole.
        """
        model = self._server.model
        if answer.safety or answer.state != "answered":
            yield Written(model, (), problem="A model is not asked here: the quotes stand alone.")
            return
        if not self._free.acquire(blocking=False):
            yield Written(model, (), problem="The model is busy: the quotes stand alone.")
            return
        try:
            yield from self._written(answer)
        finally:
            # also when nobody reads on: the one who asked went away
            self._free.release()

    def _written(self, answer: Answer) -> Iterator[Written]:
        model = self._server.model
        told = Written(model, ())
        yield told
        try:
            quotes = [quote.text for quote in answer.quotes]
            for found in write(answer.question, quotes, chat=self._server.chat, model=model):
                sentences = tuple(WrittenSentence(s.text, s.numbers) for s in found.sentences)
                told = Written(model, sentences, len(found.dropped), found.withheld, found.problem)
                yield told
        except GeneratorError as error:
            logger.warning("%s", error)
            alone = "" if told.sentences else " The quotes stand alone."
            yield replace(told, problem=f"{error}{alone}")


def make_generator(settings: Settings) -> Generator | None:
    """Return the generator of the settings, or None where they name none."""
    if not settings.generator_url:
        return None
    return Generator(
        ChatServer(
            settings.generator_url,
            settings.generator_model or "default",
            settings.generator_key,
            settings.generator_seconds,
        )
    )


def required(settings: Settings) -> Generator:
    """Return the generator of the settings. Raises UsageError where they name none."""
    made = make_generator(settings)
    if made is None:
        raise UsageError(
            "No generator is set.",
            hint="Set generator_url and generator_model, or leave --generate out.",
        )
    return made
