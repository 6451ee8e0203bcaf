"""The shapes of what the API answers, for its description; ``webapp/present.py`` makes the values."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from corpus.records import BlockKind, SafetyLevel, SourceState, Stance, State


class Shape(BaseModel):
    """Base of all: a value that is only described and never changed."""

    model_config = ConfigDict(frozen=True)


class DocumentInfo(Shape):
    """What a citation needs to know of a document."""

    id: str
    title: str
    path: str = Field(description="Relative to its source.")
    url: str = Field(description="Where the publisher keeps it; empty where that is not told.")
    kind: str = Field(description="Kind of evidence.")
    reviewed: str = Field(description="ISO date: year, month or day.")
    next_review: str
    review_overdue: bool
    source: SourceState = Field(description="Whether its file is still what was indexed.")
    source_changed: bool
    published: str
    version: int = Field(description="Counts the document's versions from 1.")
    version_id: int
    publisher: str
    authors: list[str]
    reviewer: str
    licence: str
    region: str
    applies_to: list[str]
    language: str
    format: str
    indexed_at: str
    text_sha256: str


class DocumentEntry(DocumentInfo):
    """A document as the list of documents tells it."""

    summary: str
    topics: list[str]
    audience: list[str]
    passages: int
    pages: int = Field(description="0 where the format has no pages.")
    original_sha256: str
    warnings: list[str] = Field(description="What could not be read, in words.")


class DocumentList(Shape):
    """A page of the list of documents."""

    documents: list[DocumentEntry]
    generation: int
    total: int
    page: int
    per_page: int
    next: str | None = Field(description="Address of the page after; null on the last.")


class ReferenceInfo(Shape):
    """One entry of a document's reference list."""

    number: int
    authors: str
    title: str
    journal: str
    year: str
    doi: str
    kind: str


class DocumentWhole(DocumentEntry):
    """A document with what only one of them is asked for."""

    paths: list[str]
    references: list[ReferenceInfo]
    is_current: bool = Field(description="Whether this very version is searched now.")


class BlockInfo(Shape):
    """A piece of structure of the text."""

    kind: BlockKind
    start: int
    end: int
    level: int = Field(description="1 to 6 for a heading, the depth of a list item, else 0.")
    page: int | None


class DocumentText(Shape):
    """The frozen text that offsets count in: code points, half-open."""

    id: str
    version_id: int
    is_current: bool
    text: str
    text_sha256: str
    blocks: list[BlockInfo]


class QuoteInfo(Shape):
    """Words taken from a document and compared with its stored text."""

    text: str
    start: int
    end: int
    sha256: str = Field(description="SHA-256 of the UTF-8 of the text.")
    heading: list[str]
    page: int | None
    page_label: str
    score: float
    stance: Stance
    about: list[str]
    reader: str = Field(description="Address, from the root, of the quote in its place.")
    document: DocumentInfo


class PlaceInfo(Shape):
    """Where else the words of a passage stand."""

    document: str
    title: str
    start: int
    end: int
    heading: list[str]
    reader: str


class ShareInfo(Shape):
    """A word and what it brings to a score."""

    text: str
    share: float


class WhyInfo(Shape):
    """Why a passage was found: terms add up to bm25, tokens and rest to cosine."""

    bm25: float
    terms: list[ShareInfo]
    cosine: float
    tokens: list[ShareInfo]
    rest: float


class HitInfo(Shape):
    """A passage that was found."""

    score: float
    dense: float
    lexical: float
    text: str
    start: int
    end: int
    sha256: str
    heading: list[str]
    page: int | None
    page_label: str
    passage_id: int
    marks: list[list[int]] = Field(description="Spans of matched words within the text.")
    also_in: list[PlaceInfo]
    reader: str
    document: DocumentInfo
    why: WhyInfo | None = Field(default=None, description="With why=1 only.")


class GroupInfo(Shape):
    """A document with its passages among those found, best first."""

    id: str
    title: str
    score: float = Field(description="Of its best passage.")
    passages: list[int] = Field(description="The passage_id of each.")


class Found(Shape):
    """Passages, best first."""

    question: str
    documents: list[GroupInfo] = Field(description="The same passages by document, best first.")
    hits: list[HitInfo]
    added: list[str] = Field(description="Words that the search added.")
    suggestion: str
    warnings: list[str]
    filters: dict[str, list[str]]
    facets: dict[str, dict[str, int]] = Field(description="How many documents have each value.")
    generation: int
    took_ms: float
    page: int
    k: int
    next: str | None = Field(
        description="Address of the page after; null on the last, and by POST."
    )


class SignInfo(Shape):
    """A further sign that a question carries."""

    level: SafetyLevel
    title: str
    advice: str


class SafetyInfo(Shape):
    """What leads when a question carries a red flag."""

    level: SafetyLevel
    title: str
    advice: str
    quotes: list[QuoteInfo]
    rules: list[str]
    also: list[SignInfo]


class DisagreementInfo(Shape):
    """Two sources that differ."""

    kind: Literal["advice", "number", "date"]
    sides: list[QuoteInfo]


class SentenceInfo(Shape):
    """A sentence that a model wrote and the check let through."""

    text: str
    quotes: list[int] = Field(description="The quotes that it rests on, counted from 1.")


class WrittenInfo(Shape):
    """What is left of a model's answer."""

    model: str
    sentences: list[SentenceInfo]
    dropped: int
    withheld: int
    problem: str


class AnswerInfo(Shape):
    """An answer: quotes where the library answers, else what is nearby."""

    question: str
    state: State
    quotes: list[QuoteInfo]
    related: list[QuoteInfo]
    safety: SafetyInfo | None
    disagreements: list[DisagreementInfo]
    carried: list[str]
    filters: dict[str, list[str]]
    facets: dict[str, dict[str, int]]
    confidence: float
    added: list[str]
    suggestion: str
    warnings: list[str]
    generated: WrittenInfo | None
    generation: int
    took_ms: float


class GenerationInfo(Shape):
    """What is searched now."""

    generation: int
    created_at: str
    documents: int
    passages: int
    model: str
    digest: str


class Fault(Shape):
    """What is wrong with one part of a request."""

    where: str
    problem: str


class Problem(Shape):
    """What went wrong (RFC 9457), and what to do about it."""

    type: str
    title: str
    status: int
    detail: str
    hint: str
    request_id: str
    errors: list[Fault] = Field(default=[], description="One for each part that does not fit.")
