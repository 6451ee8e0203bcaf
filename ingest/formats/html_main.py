"""The main content of a page: the page's own blocks, of which an extractor has said what to keep.

trafilatura tells well what is content and what is menu, but it loses headings and captions. So its
text decides which blocks of the page stay, and the page's own elements say what each block is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ingest.blocks import Part, TextBuilder
from ingest.formats.html_tree import TreeWalker

_NOT_WORDS = re.compile(r"[\W_]+")
SHORT = 12
"""Letters; a shorter block may be found in other words by chance, and stays only by a neighbour."""
ENOUGH = 0.6
"""The share of the extractor's letters that the kept blocks must have, or it is taken as it is."""


def blocks_of(tree: Any) -> TextBuilder:
    """Return the blocks of a tree."""
    builder = TextBuilder()
    TreeWalker(builder).add(tree)
    return builder


def kept_blocks(root: Any, body: Any) -> TextBuilder:
    """Return the blocks of the page ``root`` that are in ``body``, the extractor's tree.

    Where the two have too little in common, the extractor's own blocks are returned.
    """
    parts = blocks_of(root).parts
    wanted = _letters("".join(body.itertext()))
    kept = _kept(parts, wanted)
    builder = TextBuilder()
    for part, keep in zip(parts, kept, strict=True):
        if keep:
            builder.add(part.kind, part.text, level=part.level)
    found = sum(
        len(_letters(part.text))
        for part, keep in zip(parts, kept, strict=True)
        if keep and part.kind != "heading"
    )
    return builder if found and found >= ENOUGH * len(wanted) else blocks_of(body)


def _letters(text: str) -> str:
    return _NOT_WORDS.sub("", text).casefold()


def _kept(parts: Sequence[Part], wanted: str) -> list[bool]:
    letters = [_letters(part.text) for part in parts]
    sure = [
        part.kind != "heading" and len(words) >= SHORT and words in wanted
        for part, words in zip(parts, letters, strict=True)
    ]
    kept = list(sure)
    for place, part in enumerate(parts):
        around = sure[max(0, place - 2) : place + 3]
        if part.kind == "caption" and any(around):
            kept[place] = True
        elif part.kind != "heading" and letters[place] and len(letters[place]) < SHORT:
            kept[place] = letters[place] in wanted and _beside(parts, kept, sure, place)
    return [
        _has_text(parts, kept, place) if part.kind == "heading" else kept[place]
        for place, part in enumerate(parts)
    ]


def _beside(parts: Sequence[Part], kept: list[bool], sure: list[bool], place: int) -> bool:
    """Tell whether the block before stays, or the next that is no heading and is long enough."""
    before = place - 1
    while before >= 0 and parts[before].kind == "heading":
        before -= 1
    if before >= 0 and kept[before]:
        return True
    return any(sure[place + 1 : place + 4])


def _has_text(parts: Sequence[Part], kept: Sequence[bool], place: int) -> bool:
    """Tell whether a block stays under the heading at ``place``, at any depth."""
    level = parts[place].level
    for other in range(place + 1, len(parts)):
        if parts[other].kind == "heading":
            if parts[other].level <= level:
                return False
        elif kept[other]:
            return True
    return False
