"""The shapes of shared answers."""

from __future__ import annotations

from answer.receipt import Standing
from corpus.records import SafetyLevel, State
from webapp.v1.shapes import Shape


class KeptSafety(Shape):
    """The safety card that led the answer."""

    level: SafetyLevel
    title: str
    advice: str


class KeptNow(Shape):
    """Where the words of a quote stand in the version that is served now."""

    version_id: int
    same_words: bool
    start: int | None
    end: int | None
    reader: str | None


class KeptQuote(Shape):
    """A quote of a shared answer, with how its source stands to it now."""

    part: str
    standing: Standing
    text: str | None
    document_id: str
    version_id: int
    start: int
    end: int
    sha256: str
    heading: list[str]
    page: int | None
    page_label: str
    title: str
    citation: str
    url: str
    reader: str | None = None
    now: KeptNow | None = None


class ReceiptInfo(Shape):
    """A shared answer, held against the library as it is now."""

    id: str
    url: str
    created_at: str
    question: str
    carried: list[str]
    state: State
    generation: int
    generation_digest: str
    standing: Standing
    compared_with_generation: int
    safety: KeptSafety | None
    quotes: list[KeptQuote]


class ReceiptMade(ReceiptInfo):
    """A shared answer just made."""

    key: str
    delete_url: str
