"""What people type, made fit to ask: no control characters, no runs of spaces, not too long."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from corpus.errors import QuestionError

GENERATE = frozenset({"1", "true", "yes", "on"})
"""What asks for a model's words in the field ``generate``."""

MOST_WITHOUT = 20
"""Words taken back that one request may name."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufeff]")


def read_question(raw: str, *, limit: int, shown: int) -> str:
    """Return the question to ask. Raises QuestionError if nothing is left, or over ``limit``."""
    question = clean(raw)
    if not question:
        raise QuestionError(
            "There is no question here yet.",
            hint="Type a question in your own words, such as “Why do my knees hurt on stairs?”",
        )
    if len(question) > limit:
        raise QuestionError(
            f"That is {len(question):,} characters, more than can be searched at once.",
            hint=f"Ask one thing in up to {shown} characters.",
        )
    return question


def clean(raw: str) -> str:
    """Return what was typed with controls and runs of white space made single spaces."""
    return " ".join(unicodedata.normalize("NFC", _CONTROL.sub(" ", raw)).split())


def read_without(words: Sequence[str]) -> tuple[str, ...]:
    """Return the added words that a person took back, cleaned; what is too long or many is left."""
    cleaned = (clean(word)[:60] for word in words[:MOST_WITHOUT])
    return tuple(dict.fromkeys(word for word in cleaned if word))
