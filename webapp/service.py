"""What the web room needs of an engine: the pages and the API talk to this, never to files.

``patella.engine.Engine`` is the real one. All calls raise ``corpus.errors.PatellaError`` and
nothing else on purpose.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from corpus.records import Answer, Block, Document, Generation, SearchResult


@dataclass(frozen=True, slots=True)
class SourceText:
    """One version of a document opened for reading."""

    document: Document
    text: str
    blocks: tuple[Block, ...]
    is_current: bool
    """Whether the served generation holds this very version."""


class Service(Protocol):
    """One library, opened for reading."""

    def ask(self, question: str, *, without: Sequence[str] = (), after: str = "") -> Answer:
        """Answer a question; ``without`` are words that the search would add and shall not.

        ``after`` is the question asked before: a follow-up takes its subject over.

        Raises QuestionError if it is empty or too long.
        """
        ...

    def search(self, question: str, *, k: int = 10, without: Sequence[str] = ()) -> SearchResult:
        """Find at most ``k`` passages; ``without`` and errors as for ``ask``."""
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

    def generation(self) -> Generation:
        """Tell the served generation. Raises LibraryError where none is published."""
        ...
