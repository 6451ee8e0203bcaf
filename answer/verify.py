"""Making quotes, each compared with its stored source first: it is shown whole and true, or not at all."""

from __future__ import annotations

from collections.abc import Callable

from corpus.errors import QuoteMismatch
from corpus.records import Hit, Quote, sha256_text

Span = Callable[[int, int, int], str]
"""``span(version_id, start, end)``: that part of a version's stored text."""


def make_quote(hit: Hit, start: int, end: int, *, span: Span, score: float = 0.0) -> Quote:
    """Quote ``[start, end)`` of a passage's document.

    The words come from the stored text and are compared with the passage. Raises QuoteMismatch
    where the two differ, or where the span does not lie within the passage.
    """
    passage = hit.passage
    stored = span(passage.version_id, start, end)
    expected = passage.text[start - passage.start : end - passage.start]
    inside = passage.start <= start < end <= passage.end
    if not inside or stored != expected or hit.document.version_id != passage.version_id:
        raise QuoteMismatch(
            f"A passage of {hit.document.title!r} differs from its stored text, and is not quoted.",
            hint="Run: patella doctor",
        )
    return Quote(
        text=stored,
        start=start,
        end=end,
        sha256=sha256_text(stored),
        heading=passage.heading,
        page=passage.page,
        page_label=passage.page_label,
        passage_id=passage.id,
        document=hit.document,
        score=score,
    )


def check_quote(quote: Quote, *, span: Span) -> None:
    """Compare a quote with the stored text once more. Raises QuoteMismatch where they differ."""
    stored = span(quote.document.version_id, quote.start, quote.end)
    if stored != quote.text or sha256_text(stored) != quote.sha256:
        raise QuoteMismatch(
            f"A quote of {quote.document.title!r} differs from its stored text, and is not shown.",
            hint="Run: patella doctor",
        )
