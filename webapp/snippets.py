"""The part of a found passage that is worth showing: whole sentences around the matched words."""

from __future__ import annotations

from dataclasses import dataclass

from corpus.records import Hit
from webapp.inline import Run, Span, runs

LENGTH = 340
"""Characters that a snippet aims at."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of a passage; ``before`` and ``after`` tell whether the passage goes on there."""

    runs: tuple[Run, ...]
    before: bool
    after: bool


def snippet(hit: Hit) -> Snippet:
    """Return the passage, or where it is long the sentences that hold the most matched words."""
    text = hit.passage.text
    start, end = _window(hit)
    return Snippet(
        runs(text, (start, end), marks=hit.marks),
        before=bool(text[:start].strip()),
        after=bool(text[end:].strip()),
    )


def _window(hit: Hit) -> Span:
    passage = hit.passage
    size = len(passage.text)
    if size <= LENGTH * 1.25:
        return 0, size
    base = passage.start
    sentences = [(a - base, b - base) for a, b in passage.sentences] or [(0, size)]
    best, most = sentences[0], -1
    for at, (start, first_end) in enumerate(sentences):
        ends = [end for _, end in sentences[at:] if end - start <= LENGTH]
        end = max(ends, default=first_end)
        held = sum(start <= a and b <= end for a, b in hit.marks)
        if held > most:
            best, most = (start, end), held
    return best if best[1] - best[0] <= LENGTH * 2 else _cut(passage.text, best, hit.marks)


def _cut(text: str, span: Span, marks: tuple[Span, ...]) -> Span:
    """Cut an endless sentence at words, near its first matched word."""
    first = next((a for a, b in marks if span[0] <= a and b <= span[1]), span[0])
    start = max(span[0], first - LENGTH // 3)
    end = min(span[1], start + LENGTH)
    if start > span[0]:
        start = text.find(" ", start, first) + 1 or start
    if end < span[1]:
        end = max(text.rfind(" ", start + 1, end), -1)
        end = end if end > start else min(span[1], start + LENGTH)
    return start, end
