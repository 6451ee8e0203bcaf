"""Making the token vectors of sentences ahead of the questions that will find them, while nobody asks."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from index.merging import Pause
from patella.engine import Engine

logger = logging.getLogger(__name__)

BATCH_CHARACTERS = 2_500
"""About 600 tokens, less than a twentieth of a second on one core: what a question may meet at work."""
_PASSAGES = 100
_FULL = 0.85
"""The share of the file's limit beyond which nothing is made ahead: it would throw out what was used."""
_MARK = "filled"


def warm(engine: Engine, pause: Pause = lambda: True) -> int:
    """Make what the file lacks for the served generation; return how many sentences those were.

    Stops where ``pause`` says so, and where the file is nearly full. Raises LibraryError.
    """
    tokens, current = engine.tokens, engine.store.current()
    if tokens.kept is None or current is None or current.model != engine.encoder.identity:
        return 0
    done = _done(engine)
    since = done if done <= current.id else 0
    if since == current.id:
        return 0
    made, after = 0, 0
    while found := engine.store.sentences.of(current.id, since=since, after=after, most=_PASSAGES):
        texts = list(dict.fromkeys(text for part in found.values() for text in part))
        for batch in _batches(tokens.lacking(texts)):
            if not pause():
                return made
            if tokens.kept.size() > _FULL * tokens.kept.limit:
                logger.info(
                    "The file of token vectors is nearly full: the rest is made when asked."
                )
                return made
            made += tokens.fill(batch)
        after = max(found)
    if not tokens.stale:
        tokens.kept.set_mark(_MARK, f"{current.id} {current.model}")
    return made


def _done(engine: Engine) -> int:
    """Return the generation that was filled last with the engine's model, or 0."""
    said = engine.tokens.kept.mark(_MARK) if engine.tokens.kept else ""
    number, _, model = said.partition(" ")
    return int(number) if number.isdecimal() and model == engine.encoder.identity else 0


def _batches(texts: list[str]) -> Iterator[list[str]]:
    part: list[str] = []
    for text in sorted(texts, key=len):
        if part and (len(part) + 1) * len(text) > BATCH_CHARACTERS:
            yield part
            part = []
        part.append(text)
    if part:
        yield part
