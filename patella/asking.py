"""A question made fit to search, and how much each word of it tells."""

from __future__ import annotations

import math
import re
import time
import unicodedata
from collections.abc import Callable

from corpus.errors import QuestionError

LONGEST_QUESTION = 2_000
"""Characters; the encoder reads about the first thousand."""

_SPACE = re.compile(r"\s+")


def normalise(question: str) -> str:
    """Return a question with its spaces joined and control characters gone.

    Raises QuestionError if nothing is left, or it is longer than LONGEST_QUESTION.
    """
    if len(question) > LONGEST_QUESTION:
        raise QuestionError(
            f"The question has {len(question):,} characters; at most {LONGEST_QUESTION:,} are read.",
            hint="Ask it in a sentence or two.",
        )
    text = unicodedata.normalize("NFC", question)
    text = "".join(" " if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} else c for c in text)
    text = _SPACE.sub(" ", text).strip()
    if not text:
        raise QuestionError("The question is empty.", hint="Type what you want to know.")
    return text


_LEAST_WEIGHT = 0.25
"""What a word that stands everywhere counts: in a library of one article, all words of it do."""


def idf(document_frequency: Callable[[str], int], passages: int) -> Callable[[str], float]:
    """Return how much a word tells, from _LEAST_WEIGHT to 1.

    BM25's idf, ln(1 + (N - n + 0.5) / (n + 0.5)) (Robertson and Zaragoza 2009), over that of a word
    that stands nowhere.
    """
    most = math.log(1 + (passages + 0.5) / 0.5)

    def weight(stem: str) -> float:
        n = document_frequency(stem)
        share = math.log(1 + (max(passages - n, 0) + 0.5) / (n + 0.5)) / most
        return _LEAST_WEIGHT + (1 - _LEAST_WEIGHT) * share

    return weight


def milliseconds_since(begun: float) -> float:
    """Return how long ago a reading of ``time.perf_counter`` was, in milliseconds."""
    return round((time.perf_counter() - begun) * 1000, 1)
