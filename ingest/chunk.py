"""Chunking: a document's text becomes passages of whole sentences that the encoder reads entire."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from corpus.errors import UsageError
from corpus.records import Block, Extract, PassageDraft
from ingest.blocks import clean, same_heading
from ingest.pieces import (
    MAX_CHARACTERS,
    CountTokens,
    Piece,
    count_spans,
    cut_to_fit,
    halve,
    sentence_spans,
)

SMALLEST_BUDGET = 8
"""Tokens that must be left for a passage's own text beside its prefix."""

# What it costs to end a passage at a place, against 0.5 for an empty passage.
BREAK_IN_PARAGRAPH = 1.5
BREAK_IN_SENTENCE = 2.5
BREAK_IN_LIST = 0.8
BREAK_AFTER_LEAD_IN = 5.0
BREAK_BETWEEN_BLOCKS = 0.1
JOINER = " > "
SURE = 1.25
"""Times the sum of its sentences' tokens, a passage that still fits is not counted as a whole."""


@dataclass(frozen=True, slots=True)
class Section:
    """The pieces that stand together under one heading path, none of another between them."""

    heading: tuple[str, ...]
    pieces: tuple[Piece, ...]


def chunk(
    extract: Extract,
    *,
    title: str,
    count_tokens: CountTokens,
    limit: int = 256,
    special: int = 2,
    prefix_limit: int = 64,
    target: int = 160,
) -> tuple[PassageDraft, ...]:
    """Cut the text of a document into passages.

    Each passage stands under one heading and holds whole sentences; its ``encoder_input`` has at
    most ``limit - special`` tokens, of which at most ``prefix_limit`` are the prefix. Every
    character of every quotable block that is not white space is in exactly one passage. Small
    blocks of a section are joined up to about ``target`` tokens. A document with headings and
    nothing else is cut by its headings.
    """
    room = limit - special
    if room - prefix_limit - 1 < SMALLEST_BUDGET:
        message = f"A limit of {limit} tokens leaves no room beside a prefix of {prefix_limit}."
        raise UsageError(message, hint="Raise the limit or lower the prefix limit.")
    paths = _heading_paths(extract, title)
    prefixes = _prefixes(title, paths, prefix_limit, count_tokens)
    budgets = [room - prefixes[path][1] - 1 for path in paths]
    text, blocks = extract.text, extract.blocks
    quotable = _quotable(blocks)
    spans = [
        (start, end, place)
        for place in sorted(quotable)
        for start, end in sentence_spans(text, blocks[place])
    ]
    pieces = cut_to_fit(text, count_spans(text, spans, count_tokens), budgets, count_tokens)
    sure: list[PassageDraft] = []
    drafts: list[PassageDraft] = []
    for section in _sections(pieces, paths):
        budget = budgets[section.pieces[0].block]
        prefix, prefixed = prefixes[section.heading]
        for group in _pack(section.pieces, blocks, target=min(target, budget), budget=budget):
            draft = _draft(extract, section.heading, group, prefix)
            tokens = prefixed + sum(piece.tokens for piece in group)
            # each joint may make one more token, and no sum is as far from the truth as this
            fits = (tokens + len(group) + 1) * SURE <= room
            (sure if fits else drafts).append(draft)
    drafts = _within_limit(drafts, room, count_tokens, text)
    return tuple(sorted(sure + drafts, key=lambda draft: draft.start))


def _quotable(blocks: Sequence[Block]) -> set[int]:
    kept = {n for n, block in enumerate(blocks) if block.kind not in ("heading", "reference")}
    return kept or {n for n, block in enumerate(blocks) if block.kind == "heading"}


def _heading_paths(extract: Extract, title: str) -> list[tuple[str, ...]]:
    """Return for each block the headings above it, without one that only repeats the title."""
    paths: list[tuple[str, ...]] = []
    stack: list[tuple[int, str]] = []
    for block in extract.blocks:
        if block.kind == "heading":
            while stack and stack[-1][0] >= block.level:
                stack.pop()
            # A heading is its own section's: with no other text, passages are made of headings.
            paths.append(tuple(words for _, words in stack))
            words = extract.text[block.start : block.end]
            if not same_heading(words, title):
                stack.append((block.level, words))
        else:
            paths.append(tuple(words for _, words in stack))
    return paths


def _prefixes(
    title: str, paths: Sequence[tuple[str, ...]], most: int, count_tokens: CountTokens
) -> dict[tuple[str, ...], tuple[str, int]]:
    """Return each path's prefix with its tokens, at most ``most`` of them."""
    wanted = list(dict.fromkeys(paths))
    full = [JOINER.join(part for part in (clean(title), *path) if part) for path in wanted]
    counts = count_tokens(full) if full else []
    prefixes: dict[tuple[str, ...], tuple[str, int]] = {}
    for path, words, tokens in zip(wanted, full, counts, strict=True):
        if tokens <= most and len(words) <= MAX_CHARACTERS:
            prefixes[path] = (words, tokens)
        else:
            prefixes[path] = _short_prefix(clean(title), path, most, count_tokens)
    return prefixes


def _short_prefix(
    title: str, path: tuple[str, ...], most: int, count_tokens: CountTokens
) -> tuple[str, int]:
    """Shorten a prefix: first the headings between go, then the last words of both ends."""
    ends = [title[:MAX_CHARACTERS].split(), path[-1][:MAX_CHARACTERS].split() if path else []]
    while any(ends):
        words = JOINER.join(" ".join(end) for end in ends if end)
        tokens = count_tokens([words])[0]
        if tokens <= most:
            return words, tokens
        longer = max(ends, key=len)
        del longer[-max(1, len(longer) // 8) :]
    return "", 0


def _sections(pieces: Sequence[Piece], paths: Sequence[tuple[str, ...]]) -> Iterator[Section]:
    """Group the pieces whose blocks follow each other with no heading or reference between."""
    group: list[Piece] = []
    for piece in pieces:
        if group and (
            piece.block - group[-1].block > 1 or paths[piece.block] != paths[group[-1].block]
        ):
            yield Section(paths[group[0].block], tuple(group))
            group = []
        group.append(piece)
    if group:
        yield Section(paths[group[0].block], tuple(group))


def _pack(
    pieces: Sequence[Piece], blocks: Sequence[Block], *, target: int, budget: int
) -> list[list[Piece]]:
    """Cut a section into the groups that cost least: even in size, broken in the best places.

    A shortest path over the places between pieces: ``best[n]`` is the cost of the first n pieces.
    """
    best = [0.0] + [float("inf")] * len(pieces)
    back = [0] * (len(pieces) + 1)
    breaks = [_break_cost(pieces, blocks, place) for place in range(len(pieces) + 1)]
    for last in range(1, len(pieces) + 1):
        tokens = 0
        for first in range(last - 1, -1, -1):
            tokens += pieces[first].tokens
            characters = pieces[last - 1].end - pieces[first].start
            if first < last - 1 and (tokens > budget or characters > MAX_CHARACTERS):
                break
            cost = best[first] + breaks[last] + _size_cost(tokens, target, budget)
            if cost < best[last]:
                best[last], back[last] = cost, first
    groups: list[list[Piece]] = []
    last = len(pieces)
    while last > 0:
        groups.append(list(pieces[back[last] : last]))
        last = back[last]
    groups.reverse()
    return groups


def _size_cost(tokens: int, target: int, budget: int) -> float:
    if tokens <= target:
        return 0.5 * (1 - tokens / target) ** 2
    over = (tokens - target) / max(1, budget - target)
    return 0.4 * over + over**2


def _break_cost(pieces: Sequence[Piece], blocks: Sequence[Block], place: int) -> float:
    """Return what it costs to break between the pieces ``place - 1`` and ``place``."""
    if place in (0, len(pieces)):
        return 0.0
    before, after = pieces[place - 1], pieces[place]
    kinds = blocks[before.block].kind, blocks[after.block].kind
    if before.block == after.block:
        # Only parts of one sentence that was cut stand with no full stop between them.
        return BREAK_IN_PARAGRAPH
    if kinds in (("paragraph", "list_item"), ("paragraph", "table_row"), ("caption", "table_row")):
        return BREAK_AFTER_LEAD_IN
    if kinds[0] == kinds[1] and kinds[0] in ("list_item", "table_row"):
        return BREAK_IN_LIST
    return BREAK_BETWEEN_BLOCKS


def _draft(
    extract: Extract, heading: tuple[str, ...], pieces: Sequence[Piece], prefix: str
) -> PassageDraft:
    start, end = pieces[0].start, pieces[-1].end
    return PassageDraft(
        start=start,
        end=end,
        text=extract.text[start:end],
        prefix=prefix,
        heading=heading,
        sentences=tuple((piece.start, piece.end) for piece in pieces),
        page=extract.blocks[pieces[0].block].page,
    )


def _within_limit(
    drafts: Sequence[PassageDraft], room: int, count_tokens: CountTokens, text: str
) -> list[PassageDraft]:
    """Count every whole encoder input, and halve the passages that are over ``room`` tokens.

    The sums that passages were packed by are close but not exact: a tokenizer may see the joint of
    two sentences as one more token.
    """
    done = list(drafts)
    while True:
        counts = count_tokens([draft.encoder_input for draft in done]) if done else []
        over = [tokens > room for tokens in counts]
        if not any(over):
            return done
        halved: list[PassageDraft] = []
        for draft, too_long in zip(done, over, strict=True):
            halved.extend(_halves(draft, text) if too_long else (draft,))
        if len(halved) == len(done):
            return done
        done = halved


def _halves(draft: PassageDraft, text: str) -> tuple[PassageDraft, ...]:
    spans = draft.sentences
    if len(spans) == 1:
        if draft.end - draft.start < 2:
            return (draft,)
        spans = halve(text, draft.start, draft.end)
    middle = (len(spans) + 1) // 2
    return tuple(
        PassageDraft(
            start=part[0][0],
            end=part[-1][1],
            text=text[part[0][0] : part[-1][1]],
            prefix=draft.prefix,
            heading=draft.heading,
            sentences=part,
            page=draft.page,
        )
        for part in (spans[:middle], spans[middle:])
        if part
    )
