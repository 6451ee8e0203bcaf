"""Paragraphs of a word processor: what is a heading though nobody marked it as one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from corpus.records import BlockKind
from ingest.blocks import TextBuilder, clean
from ingest.formats.html_tree import is_reference_mark
from ingest.formats.markdown import CAPTION

LONGEST_HEADING = 80
MOST_HEADINGS = 0.4
"""Where a larger share of the paragraphs is bold, bold says nothing."""

# The characters of the font Symbol that matter in running text, by their private code points.
SYMBOLS = {
    0xF000 + code: character
    for code, character in (
        (0xA3, "≤"), (0xB3, "≥"), (0xB1, "±"), (0xB0, "°"), (0xB4, "×"), (0xB7, "•"), (0xAE, "→"),
        (0xAC, "←"), (0x6D, "μ"), (0x61, "α"), (0x62, "β"), (0x67, "γ"), (0x64, "δ"), (0x44, "Δ"),
        (0xBB, "≈"), (0xB9, "≠"),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A block before it is added; ``bold`` if all of its words are."""

    kind: BlockKind
    text: str
    level: int = 0
    bold: bool = False


def raised(words: str, *, after: str) -> str:
    """Return raised words, in brackets where they are the numbers of references."""
    return f"[{words.strip()}]" if is_reference_mark(words.strip(), after=after) else words


def running_kind(text: str) -> BlockKind:
    """Tell a caption that is typed as running text by its "Table 1." or "Figure 1:"."""
    return "caption" if CAPTION.match(clean(text)) else "paragraph"


def add_paragraphs(builder: TextBuilder, paragraphs: Sequence[Paragraph]) -> None:
    """Add paragraphs; where none is a heading, short bold ones that stand alone are."""
    kept = [one for one in paragraphs if clean(one.text)]
    if not any(one.kind == "heading" for one in kept):
        kept = _with_bold_headings(kept)
    for one in kept:
        builder.add(one.kind, one.text.translate(SYMBOLS), level=one.level)


def _with_bold_headings(paragraphs: Sequence[Paragraph]) -> list[Paragraph]:
    places = [
        place
        for place, (one, after) in enumerate(pairwise(paragraphs))
        if _is_bold_heading(one) and not (_is_bold_heading(after) and place)
    ]
    if len(places) > MOST_HEADINGS * len(paragraphs):
        return list(paragraphs)
    changed = list(paragraphs)
    for place in places:
        changed[place] = replace(paragraphs[place], kind="heading", level=2 if place else 1)
    return changed


def _is_bold_heading(one: Paragraph) -> bool:
    text = clean(one.text)
    return (
        one.bold
        and one.kind == "paragraph"
        and len(text) <= LONGEST_HEADING
        and re.search(r"[^\W\d_]", text) is not None
        and text[-1] not in ".:;,"
    )
