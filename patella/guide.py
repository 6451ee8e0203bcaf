"""What may be asked of a library, once a generation, and the versions that a document has had."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator

from corpus.passing import Sign
from corpus.records import Document
from patella.engine import Engine
from webapp.service import Prompt

LONGEST = 110
"""Characters of what is offered as a question."""
FEWEST_WORDS = 4
"""Words that a question must have to be understood by itself."""
_WORD = re.compile(r"[^\W\d_]{4,}")
_STEM = 5
"""Letters by which words are taken for the same: ``sitting``, ``sits``."""


class LibraryGuide:
    """The prompts of the generation that an engine serves, and the history of its documents."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._held: tuple[int, tuple[Prompt, ...]] | None = None
        self._lock = threading.Lock()

    def prompts(self) -> tuple[Prompt, ...]:
        """List them; one and the same tuple for all of a generation."""
        generation = self._engine.generation().id
        with self._lock:
            if not self._held or self._held[0] != generation:
                signs = self._engine.store.passing.signs(generation)
                self._held = generation, make_prompts(signs)
            return self._held[1]

    def versions(self, document_id: str) -> tuple[Document, ...]:
        """List the versions of a document that were ever served, newest first."""
        return self._engine.store.versions.of(document_id)


def make_prompts(signs: tuple[Sign, ...]) -> tuple[Prompt, ...]:
    """Return what may be asked, each once, whatever its capitals."""
    found: dict[str, Prompt] = {}
    made = sorted((one for sign in signs for one in _of(sign)), key=lambda one: one.listed)
    for prompt in made:
        if len(prompt.text) <= LONGEST:
            found.setdefault(prompt.text.casefold(), prompt)
    return tuple(found.values())


def _of(sign: Sign) -> Iterator[Prompt]:
    """Yield what one passage gives. What was advised earlier is not offered to be asked for."""
    if sign.kind == "earlier-advice" or not sign.title:
        return
    heading = sign.heading[-1].strip() if sign.heading else ""
    for text in dict.fromkeys((sign.title, heading)):
        if text and _alone(text, sign.title):
            asks = text.endswith("?") and len(text.split()) >= FEWEST_WORDS
            yield Prompt(text, sign.document_id, sign.title, asks, language=sign.language)
        elif text:
            whole = f"{sign.title}: {text}"
            yield Prompt(whole, sign.document_id, sign.title, asks=False, language=sign.language)
    for question in sign.questions:
        if _alone(question, sign.title) and len(question.split()) >= FEWEST_WORDS:
            text = question[:1].upper() + question[1:]
            asks = text.endswith("?")
            yield Prompt(
                text, sign.document_id, sign.title, asks, listed=True, language=sign.language
            )


def _alone(text: str, title: str) -> bool:
    """Tell whether words say what they are about: whether they share one with the title."""
    return text == title or bool(_stems(text) & _stems(title))


def _stems(text: str) -> set[str]:
    return {word[:_STEM] for word in _WORD.findall(text.casefold())}
