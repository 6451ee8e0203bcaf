"""The passages found, as a page shows them: grouped by document, in an order, some at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from corpus.records import Document, Hit
from webapp.snippets import Snippet, snippet
from webapp.targets import Order

EACH_PAGE = 5
"""Documents whose passages one page shows."""
SHOWN_EACH = 2
"""Passages shown of each document; its others are folded away."""


@dataclass(slots=True)
class Group:
    """The passages found in one document, best first; ``more`` are folded away."""

    document: Document
    found: list[tuple[Hit, Snippet]] = field(default_factory=list)
    more: list[tuple[Hit, Snippet]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Found:
    """One page of the passages found."""

    groups: tuple[Group, ...]
    passages: int
    """In all, as is ``documents``."""
    documents: int
    page: int
    pages: int


def found(hits: Sequence[Hit], *, order: Order = "relevance", page: int = 1) -> Found:
    """Group passages by document, best document first, or the one last reviewed; a page of them."""
    groups: dict[str, Group] = {}
    for hit in hits:
        group = groups.setdefault(hit.document.id, Group(hit.document))
        place = group.found if len(group.found) < SHOWN_EACH else group.more
        place.append((hit, snippet(hit)))
    listed = list(groups.values())
    if order == "date":
        listed.sort(key=lambda group: dated(group.document), reverse=True)
    pages = max(1, -(-len(listed) // EACH_PAGE))
    page = min(page, pages)
    shown = listed[(page - 1) * EACH_PAGE : page * EACH_PAGE]
    return Found(tuple(shown), len(hits), len(listed), page, pages)


def dated(document: Document) -> str:
    """Return the day of a document's review, or else of its publication; empty where it has none."""
    return document.metadata.reviewed or document.metadata.published
