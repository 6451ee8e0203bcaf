"""What a shared answer says when it is opened again: unchanged, source updated, or withdrawn."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from answer.verify import Span
from corpus.receipts import GONE, KeptAnswer, KeptQuote, Part, Receipt
from corpus.records import Answer, Document, Generation, Quote, sha256_text

Standing = Literal["unchanged", "updated", "withdrawn", "altered"]
"""How a source stands to what was quoted of it, best first.

``updated``: the library holds another version now. ``withdrawn``: it holds the document no more.
``altered``: the kept version no longer has the recorded hash, which never happens in a sound library.
"""

ORDER: tuple[Standing, ...] = ("unchanged", "updated", "withdrawn", "altered")


@dataclass(frozen=True, slots=True)
class OpenedQuote:
    """A quote of a receipt as it stands now; ``words`` are empty where they are not to be shown."""

    kept: KeptQuote
    standing: Standing
    words: str = ""
    document: Document | None = None
    """The document as it was quoted; None where its words are not shown."""
    now: Document | None = None
    """The document as it is held now, where it was updated."""
    place: tuple[int, int] | None = None
    """Where the same words stand now, in an updated document."""


@dataclass(frozen=True, slots=True)
class OpenedReceipt:
    """A receipt compared with the library."""

    receipt: Receipt
    standing: Standing
    """The worst of its quotes'."""
    generation: int
    """The generation that it was compared with."""
    quotes: tuple[OpenedQuote, ...]

    def of(self, part: Part) -> tuple[OpenedQuote, ...]:
        """Return the quotes that were one part of the answer."""
        return tuple(quote for quote in self.quotes if quote.kept.part == part)


@dataclass(frozen=True, slots=True)
class Shelf:
    """What of a library a receipt is held against."""

    generation: int
    span: Span
    version: Callable[[int], Document]
    """A version by its id. Raises NotFound."""
    held: Callable[[str], Document | None]
    """The document that the served generation holds under an id."""
    text: Callable[[int], str]


def keep(answer: Answer, generation: Generation, *, cite: Callable[[Quote], str]) -> KeptAnswer:
    """Return what a receipt holds of an answer; ``cite`` gives a citation in one line."""
    shown: dict[Part, tuple[Quote, ...]] = {
        "safety": answer.safety.quotes if answer.safety else (),
        "quote": answer.quotes if answer.state == "answered" else (),
        "related": answer.related if answer.state == "related" else (),
        "differs": tuple(q for d in answer.disagreements for q in (d.one, d.other)),
    }
    return KeptAnswer(
        question=answer.question,
        state=answer.state,
        generation=generation.id,
        generation_digest=generation.digest,
        quotes=tuple(_kept(part, q, cite(q)) for part, quotes in shown.items() for q in quotes),
        level=answer.safety.level if answer.safety else None,
        safety_title=answer.safety.title if answer.safety else "",
        safety_advice=answer.safety.advice if answer.safety else "",
        carried=answer.carried,
    )


def _kept(part: Part, quote: Quote, citation: str) -> KeptQuote:
    return KeptQuote(
        part=part,
        document_id=quote.document.id,
        version_id=quote.document.version_id,
        start=quote.start,
        end=quote.end,
        sha256=quote.sha256,
        heading=quote.heading,
        page=quote.page,
        page_label=quote.page_label,
        title=quote.document.title,
        citation=citation,
        url=quote.document.metadata.url,
    )


def examine(receipt: Receipt, shelf: Shelf) -> OpenedReceipt:
    """Hold a receipt against the library as it is served now."""
    quotes = tuple(_open(kept, shelf) for kept in receipt.answer.quotes)
    found = {quote.standing for quote in quotes}
    worst = next((standing for standing in reversed(ORDER) if standing in found), ORDER[0])
    return OpenedReceipt(receipt, worst, shelf.generation, quotes)


def _open(kept: KeptQuote, shelf: Shelf) -> OpenedQuote:
    held = shelf.held(kept.document_id)
    if held is None or kept.version_id == GONE:
        return OpenedQuote(kept, "withdrawn")
    words = shelf.span(kept.version_id, kept.start, kept.end)
    if len(words) != kept.end - kept.start or sha256_text(words) != kept.sha256:
        # fail closed: the words are not those that were shared
        return OpenedQuote(kept, "altered")
    document = shelf.version(kept.version_id)
    if document.id != kept.document_id:
        return OpenedQuote(kept, "altered")
    if held.version_id == kept.version_id:
        return OpenedQuote(kept, "unchanged", words, held)
    place = _find(words, shelf.text(held.version_id), kept.start)
    return OpenedQuote(kept, "updated", words, document, held, place)


def _find(words: str, text: str, near: int) -> tuple[int, int] | None:
    """Return where ``words`` stand in ``text``, spaces aside, nearest to the offset ``near``."""
    pattern = r"\s+".join(re.escape(word) for word in words.split())
    places = [found.span() for found in re.finditer(pattern, text)] if pattern else []
    return min(places, key=lambda place: abs(place[0] - near), default=None)
