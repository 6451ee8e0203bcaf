"""The records that pass between rooms: documents, passages, hits, quotes and answers.

All are frozen. Every offset is a count of code points in the frozen text of one document version,
half-open: ``text[start:end]``.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

BlockKind = Literal[
    "heading", "paragraph", "list_item", "table_row", "caption", "code", "reference"
]
"""What a block of text is. ``reference`` blocks (a reference list) are shown but never quoted."""

State = Literal["answered", "related", "none"]
"""Whether the library answers: answered, only related passages, or not in these sources."""

Stance = Literal["yes", "no", ""]
"""What words answer to a yes-or-no question; empty where it is none, or where it can't be told."""

SafetyLevel = Literal["emergency", "same_day", "see_clinician", "pharmacist"]
"""How soon help is needed, most urgent first."""

SourceState = Literal["same", "changed", "missing", "unknown"]
"""Whether a document's file is what was indexed; ``unknown`` where that cannot be told from here."""

EVIDENCE_KINDS: dict[str, str] = {
    "guideline": "Clinical guideline",
    "systematic-review": "Systematic review",
    "trial": "Clinical trial",
    "cohort": "Cohort study",
    "laboratory": "Laboratory study",
    "consensus": "Expert consensus",
    "expert-view": "Expert view",
    "patient-information": "Patient information",
    "earlier-advice": "Earlier advice, kept as an example",
    "unknown": "Kind of evidence not stated",
}
"""The kinds of evidence, in words; a document states one, and each of its references one."""


def sha256_text(text: str) -> str:
    """Return the hexadecimal SHA-256 of ``text`` in UTF-8: the hash that a quote carries."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Reference:
    """One entry of a document's reference list; ``number`` is the n of its [n] in the text."""

    number: int
    authors: str
    title: str
    journal: str = ""
    year: str = ""
    doi: str = ""
    kind: str = "unknown"


@dataclass(frozen=True, slots=True)
class EvidenceNote:
    """What kind of evidence stands behind one group of a document's claims."""

    about: str
    kind: str
    refs: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class RedFlagSection:
    """A section of a document that tells when to get help, and how soon."""

    heading: str
    level: SafetyLevel


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a document says of itself. Dates are ISO 8601 (``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``)."""

    title: str = ""
    summary: str = ""
    authors: tuple[str, ...] = ()
    publisher: str = ""
    language: str = ""
    published: str = ""
    reviewed: str = ""
    next_review: str = ""
    kind: str = "unknown"
    licence: str = ""
    url: str = ""
    reviewer: str = ""
    region: str = ""
    topics: tuple[str, ...] = ()
    audience: tuple[str, ...] = ()
    applies_to: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    evidence: tuple[EvidenceNote, ...] = ()
    red_flags: tuple[RedFlagSection, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of structure in a document's text.

    ``level`` is 1 to 6 for a heading, the depth from 1 for a list item, else 0. ``page`` counts
    from 1 and is None where the format has no pages.
    """

    kind: BlockKind
    start: int
    end: int
    level: int = 0
    page: int | None = None


@dataclass(frozen=True, slots=True)
class ListedQuestion:
    """A question that an editor says a document answers, as its front matter lists it.

    ``heading`` is the section that answers it and ``sentence`` the words in it that do; either may
    be empty. It helps to find the section, and is never quoted.
    """

    text: str
    heading: str = ""
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class PassageQuestion:
    """A listed question at the passage that answers it: the span [start, end) of what does."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Extract:
    """What a reader makes of a source's bytes: text, its structure, and metadata.

    ``page_labels[i]`` is the printed label of page ``i + 1``; empty where there are no pages.
    ``warnings`` tell, in words, what could not be read (pages without text, for instance).
    """

    text: str
    blocks: tuple[Block, ...]
    metadata: Metadata
    format: str
    page_labels: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    questions: tuple[ListedQuestion, ...] = ()
    pages_without_text: tuple[int, ...] = ()
    """Pages, counted from 1, that gave no text: scanned, empty or damaged."""
    incomplete: bool = False
    """Whether other parts that may hold text could not be read."""


@dataclass(frozen=True, slots=True)
class PassageDraft:
    """A passage before it is stored: a span of the text, its sentences, and where it stands.

    ``prefix`` (title and heading path) is given to the encoder and the lexical index before the
    text; it is never quoted. ``sentences`` are spans within [start, end) in the same offsets.
    """

    start: int
    end: int
    text: str
    prefix: str
    heading: tuple[str, ...]
    sentences: tuple[tuple[int, int], ...]
    page: int | None = None
    questions: tuple[PassageQuestion, ...] = ()

    @property
    def encoder_input(self) -> str:
        """The exact text that the encoder is given; its hash is the key of the embedding."""
        return f"{self.prefix}\n{self.text}" if self.prefix else self.text


@dataclass(frozen=True, slots=True)
class Document:
    """A document as a reader of the library sees it: one version, with where it came from."""

    id: str
    version_id: int
    number: int
    """Counts the document's versions from 1."""
    format: str
    metadata: Metadata
    path: str
    """Relative to its source; the first address if the document has several."""
    paths: tuple[str, ...]
    original_sha: str
    text_sha: str
    indexed_at: str
    """ISO 8601, UTC."""
    pages: int
    passages: int
    page_labels: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    source: SourceState = "unknown"
    """Whether its file is still what was indexed, as last looked."""

    @property
    def title(self) -> str:
        return self.metadata.title or self.path

    @property
    def is_earlier(self) -> bool:
        """Whether it is kept as an example of earlier advice, which never leads."""
        return self.metadata.kind == "earlier-advice"


@dataclass(frozen=True, slots=True)
class Passage:
    """A stored passage; ``text`` equals ``version text[start:end]``."""

    id: int
    version_id: int
    document_id: str
    ordinal: int
    start: int
    end: int
    text: str
    prefix: str
    heading: tuple[str, ...]
    sentences: tuple[tuple[int, int], ...]
    page: int | None = None
    page_label: str = ""
    questions: tuple[PassageQuestion, ...] = ()


class Scored(NamedTuple):
    """A passage id with the scores that ordered it.

    ``score`` is the fused score in [0, 1]; ``dense`` the cosine of question and passage; ``lexical``
    the raw BM25 score; ``questions`` the cosines of the question and each that the passage lists.
    """

    passage_id: int
    score: float
    dense: float
    lexical: float
    questions: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where else the words of a hit stand, as good as the same."""

    passage: Passage
    document: Document


@dataclass(frozen=True, slots=True)
class Share:
    """A word of a passage, as it stands there, and what it brings to a score."""

    text: str
    share: float


@dataclass(frozen=True, slots=True)
class Why:
    """Why a passage was found: ``terms`` add up to ``bm25``, ``tokens`` and ``rest`` to ``cosine``.

    ``tokens`` are the words of title, headings and text in their order; ``rest`` is what marks and
    the model's own tokens bring.
    """

    passage_id: int
    terms: tuple[Share, ...]
    bm25: float
    tokens: tuple[Share, ...]
    rest: float
    cosine: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question, with its document and the words to mark in it."""

    passage: Passage
    document: Document
    score: float
    dense: float
    lexical: float
    marks: tuple[tuple[int, int], ...] = ()
    """Spans of matched words, offsets into ``passage.text``."""
    questions: tuple[float, ...] = ()
    """Cosines of the question and each of ``passage.questions``."""
    also_in: tuple[Place, ...] = ()
    """Where else its words stand; those passages are not listed on their own."""


@dataclass(frozen=True, slots=True)
class FacetCount:
    """How many of the documents found have ``value`` as their ``name`` (topic, kind, …)."""

    name: str
    value: str
    count: int


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search found in one generation; ``added`` are the words that the search added."""

    question: str
    hits: tuple[Hit, ...]
    generation: int
    took_ms: float
    added: tuple[str, ...] = ()
    suggestion: str = ""
    warnings: tuple[str, ...] = ()
    facets: tuple[FacetCount, ...] = ()
    filters: tuple[tuple[str, str], ...] = ()
    """The filters that the search ran under, as names and values."""


@dataclass(frozen=True, slots=True)
class Quote:
    """Words taken from a document, verified against its stored text before they are shown."""

    text: str
    start: int
    end: int
    sha256: str
    heading: tuple[str, ...]
    page: int | None
    page_label: str
    passage_id: int
    document: Document
    score: float = 0.0
    stance: Stance = ""
    """What it answers to a yes-or-no question, where that can be told."""
    about: tuple[str, ...] = ()
    """Whom or what its document is about, where that is not what most of the library is about."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two sources that differ: ``kind`` tells in what, ``one`` leads the answer or ranks higher."""

    kind: Literal["advice", "number", "date"]
    one: Quote
    other: Quote


@dataclass(frozen=True, slots=True)
class SafetySign:
    """A further sign that a question carries, with its own advice."""

    level: SafetyLevel
    title: str
    advice: str


@dataclass(frozen=True, slots=True)
class SafetyCard:
    """What leads when a question carries a red flag: how soon to get help, in the library's words."""

    level: SafetyLevel
    title: str
    advice: str
    quotes: tuple[Quote, ...]
    rules: tuple[str, ...] = ()
    also: tuple[SafetySign, ...] = ()
    """Less urgent signs of the same question, most urgent first."""


@dataclass(frozen=True, slots=True)
class WrittenSentence:
    """A sentence that a model wrote and the check let through; ``quotes`` count from 1."""

    text: str
    quotes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """What is left of a model's answer; without ``sentences`` the quotes stand alone."""

    model: str
    sentences: tuple[WrittenSentence, ...]
    dropped: int = 0
    """Sentences that did not pass the check."""
    withheld: int = 0
    """Quotes that were not given to the model."""
    problem: str = ""
    """Why there is nothing, in words."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: quotes where the library answers, else what is nearby, and how sure it is."""

    question: str
    state: State
    quotes: tuple[Quote, ...]
    related: tuple[Quote, ...]
    safety: SafetyCard | None
    generation: int
    took_ms: float
    confidence: float = 0.0
    """The calibrated chance, 0 to 1, that the library answers the question."""
    hits: tuple[Hit, ...] = ()
    added: tuple[str, ...] = ()
    suggestion: str = ""
    warnings: tuple[str, ...] = field(default=())
    disagreements: tuple[Disagreement, ...] = ()
    carried: tuple[str, ...] = ()
    """Words taken over from the question before."""
    generated: Written | None = None
    """The quotes put in a model's words, where that was asked for."""
    kept: bool = False
    """Whether it was put together for an earlier request, and held against the library again."""
    facets: tuple[FacetCount, ...] = ()
    filters: tuple[tuple[str, str], ...] = ()
    """The filters that it was answered under, as names and values."""


@dataclass(frozen=True, slots=True)
class Generation:
    """A published set of document versions."""

    id: int
    created_at: str
    documents: int
    passages: int
    model: str
    digest: str
