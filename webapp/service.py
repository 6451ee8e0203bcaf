"""What the web room needs of an engine: the pages and the API talk to this, never to files.

``patella.engine.Engine`` is the real one. All calls raise ``corpus.errors.PatellaError`` and
nothing else on purpose.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from answer.receipt import OpenedReceipt
from corpus.filters import NO_FILTERS, Filters
from corpus.receipts import Receipt
from corpus.records import Answer, Block, Document, Generation, SearchResult, Why, Written


@dataclass(frozen=True, slots=True)
class SourceText:
    """One version of a document opened for reading."""

    document: Document
    text: str
    blocks: tuple[Block, ...]
    is_current: bool
    """Whether the served generation holds this very version."""


Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Mark:
    """A part of a line on a page, in points from the page's top left as it is shown."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page of a PDF as it is shown, and where quoted words stand on it."""

    number: int
    count: int
    width: float
    """Points, as is ``height``."""
    height: float
    marks: tuple[Mark, ...] = ()
    marked_pages: tuple[int, ...] = ()
    """All pages that the quoted words stand on; empty where they could not be placed exactly."""
    aligned: float | None = None
    """The share of the quoted letters that was found; None where nothing is quoted."""


class Service(Protocol):
    """One library, opened for reading."""

    def ask(
        self,
        question: str,
        *,
        without: Sequence[str] = (),
        after: str = "",
        filters: Filters = NO_FILTERS,
        kept: bool = False,
    ) -> Answer:
        """Answer a question; ``without`` are words that the search would add and shall not.

        ``after`` is the question asked before: a follow-up takes its subject over. With ``kept``
        an answer will do that was put together for an earlier request.

        Raises QuestionError if it is empty or too long.
        """
        ...

    def search(
        self,
        question: str,
        *,
        k: int = 10,
        without: Sequence[str] = (),
        filters: Filters = NO_FILTERS,
    ) -> SearchResult:
        """Find at most ``k`` passages; ``without`` and errors as for ``ask``."""
        ...

    def why(self, question: str, passage_id: int, *, without: Sequence[str] = ()) -> Why:
        """Explain why a passage is found for a question. Raises NotFound, QuestionError."""
        ...

    def documents(self) -> tuple[Document, ...]:
        """List the documents of the served generation, by title."""
        ...

    def open_source(self, document_id: str, *, version_id: int | None = None) -> SourceText:
        """Open a document at its served version, or at the one named. Raises NotFound."""
        ...

    def original(self, document_id: str, *, version_id: int | None = None) -> tuple[bytes, str]:
        """Return the original file's bytes and a file name for it. Raises NotFound."""
        ...

    def sheet(
        self,
        document_id: str,
        *,
        version_id: int | None = None,
        page: int | None = None,
        span: Span | None = None,
    ) -> Sheet:
        """Return a page of a PDF with the words of ``span`` marked; ``page`` counts from 1.

        Without ``page`` it is the one on which the span begins. Raises NotFound, ReadError, or
        LibraryError where too many pages are being drawn.
        """
        ...

    def picture(
        self, document_id: str, *, version_id: int | None = None, page: int, width: int
    ) -> bytes:
        """Return a page of a PDF as a PNG file ``width`` pixels wide or more. Raises as ``sheet``."""
        ...

    def generation(self) -> Generation:
        """Tell the served generation. Raises LibraryError where none is published."""
        ...


@dataclass(frozen=True, slots=True)
class Prompt:
    """Something that may be asked of a library: a listed question, a heading, a title."""

    text: str
    document: str
    """The id of the document that it is from."""
    title: str
    asks: bool
    """Whether it is a question that can be understood by itself."""
    listed: bool = False
    """Whether it is one of the ways to ask that an editor lists, rather than a heading or title."""
    language: str = ""


class Guide(Protocol):
    """What may be asked of a library, and what was; ``patella.guide.LibraryGuide`` is the real one."""

    def prompts(self) -> tuple[Prompt, ...]:
        """List what may be asked of the served generation; one and the same tuple for all of it."""
        ...

    def versions(self, document_id: str) -> tuple[Document, ...]:
        """List the versions of a document that were ever served, newest first."""
        ...


class Generator(Protocol):
    """Puts quotes in a model's words; ``patella.generator.Generator`` is the real one."""

    def write(self, answer: Answer) -> Answer:
        """Return an answer with ``generated`` set. Raises nothing: a failure is told in it."""
        ...

    def pieces(self, answer: Answer) -> Iterator[Written]:
        """Give what ``write`` sets as it grows, sentence by sentence; at first it is empty."""
        ...


class Receipts(Protocol):
    """Shared answers of one library; ``patella.receipts.ReceiptDesk`` is the real one."""

    def make(self, answer: Answer) -> tuple[Receipt, str]:
        """Keep an answer; return its receipt, and the key that deletes it."""
        ...

    def open(self, receipt_id: str) -> OpenedReceipt:
        """Open a receipt and hold it against the library as it is now. Raises NotFound."""
        ...

    def delete(self, receipt_id: str, key: str) -> None:
        """Delete a receipt by its key. Raises NotFound, Forbidden."""
        ...

    def secret(self) -> bytes:
        """Return the key that forms are signed with; the same for all servers of a library."""
        ...
