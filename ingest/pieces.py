"""Pieces: the sentences of a document, none of them over the limit of tokens."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from corpus.records import Block, BlockKind
from ingest.sentences import split

CountTokens = Callable[[Sequence[str]], Sequence[int]]
"""Count the tokens of each text, without the special ones that a model adds."""

MAX_CHARACTERS = 4096
"""A piece with more is cut, whatever its tokens: some tokenizers count a huge word as one."""

# Where a sentence that is too long is cut, the best place first.
_BREAKS = (
    re.compile(r"[;:\u2013\u2014](?=\s)"),
    re.compile(r",(?=\s)"),
    re.compile(r"\s(?=(?:and|or|but|because|which|that|if|when|while|so|unless|although)\s)"),
    re.compile(r"\s"),
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence, or a part of one that is too long; ``block`` is the place of its block."""

    start: int
    end: int
    block: int
    tokens: int


def sentence_spans(text: str, block: Block) -> tuple[tuple[int, int], ...]:
    """Return what can be quoted whole in a block: a table row, a line of code, a sentence."""
    whole: tuple[BlockKind, ...] = ("table_row", "heading")
    if block.kind in whole:
        return ((block.start, block.end),)
    if block.kind == "code":
        return tuple(
            (block.start + line.start(), block.start + line.end())
            for line in re.finditer(r"\S(?:[^\n]*\S)?", text[block.start : block.end])
        )
    return split(text, block.start, block.end)


def count_spans(
    text: str, spans: Iterable[tuple[int, int, int]], count_tokens: CountTokens
) -> list[Piece]:
    """Return a piece for each ``(start, end, block)``, with its tokens counted in one call."""
    listed = list(spans)
    counts = count_tokens([text[start:end] for start, end, _ in listed]) if listed else []
    return [Piece(*span, tokens) for span, tokens in zip(listed, counts, strict=True)]


def cut_to_fit(
    text: str, pieces: Sequence[Piece], budget: Sequence[int], count_tokens: CountTokens
) -> list[Piece]:
    """Cut the pieces of more than ``budget[piece.block]`` tokens until all fit.

    A piece is halved at the break nearest to its middle, best kind of break first, and the halves
    are counted again; so every character stays in one piece. One character is never cut.
    """
    done = list(pieces)
    while True:
        kept: list[Piece] = []
        halves: list[tuple[int, int, int]] = []
        for piece in done:
            if _fits(piece, budget[piece.block]):
                kept.append(piece)
            else:
                halves.extend(
                    (start, end, piece.block) for start, end in halve(text, piece.start, piece.end)
                )
        if not halves:
            return done
        done = sorted(kept + count_spans(text, halves, count_tokens), key=lambda piece: piece.start)


def _fits(piece: Piece, budget: int) -> bool:
    length = piece.end - piece.start
    return length <= 1 or (piece.tokens <= budget and length <= MAX_CHARACTERS)


def halve(text: str, start: int, end: int) -> tuple[tuple[int, int], ...]:
    """Cut a span of at least two characters in two, both trimmed of white space."""
    middle = (start + end) // 2
    # Breaks are looked for near the middle only: a clause at the edge would leave a crumb.
    reach = min(max((end - start) * 3 // 10, 1), MAX_CHARACTERS)
    first, last = max(start + 1, middle - reach), min(end - 1, middle + reach)
    cut = middle
    for pattern in _BREAKS:
        places = [found.end() for found in pattern.finditer(text, first, last)]
        if places:
            cut = min(places, key=lambda place: abs(place - middle))
            break
    halves = (_trim(text, start, cut), _trim(text, cut, end))
    return tuple(span for span in halves if span[0] < span[1])


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end
