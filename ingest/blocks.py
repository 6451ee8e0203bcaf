"""Text with structure: the one form that every reader builds, block by block."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from corpus.records import Block, BlockKind, Extract, Metadata

REFERENCE_HEADINGS = frozenset({"references", "bibliography", "sources", "reference list"})
LINED: tuple[BlockKind, ...] = ("list_item", "table_row")
"""Kinds whose neighbours of the same kind stand on the next line, with no blank line between."""

LONG_REFERENCE = 800
CHARACTERS_PER_YEAR = 400
"""A longer block under "References" is one only if it names a year at least this often."""

# Soft hyphens, zero-width marks, marks of direction, tags and control characters. White space
# among the control characters is left to the collapsing of white space.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
# Joiners carry meaning in Persian, Hindi and emoji, and none after a Latin letter.
_LATIN_JOINER = re.compile("(?<![\u0250-\U0010ffff])[\u200c\u200d]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_NUMBERING = re.compile(r"^[\dIVX.]+[.)\s]\s*")


def clean(text: str) -> str:
    """Return ``text`` in NFC on one line: single spaces, and no characters that are not seen."""
    if not text.isascii():
        text = _LATIN_JOINER.sub("", _INVISIBLE.sub("", text))
        text = unicodedata.normalize("NFC", _SURROGATE.sub("\ufffd", text))
    else:
        text = _INVISIBLE.sub("", text)
    return " ".join(text.split())


def clean_lines(text: str) -> str:
    """Return ``text`` with each line cleaned and blank lines dropped: for code."""
    return "\n".join(line for line in map(clean, text.splitlines()) if line)


def same_heading(one: str, other: str) -> bool:
    """Tell whether two headings say the same, whatever their case and spaces."""
    return clean(one).casefold() == clean(other).casefold()


def _is_reference(text: str) -> bool:
    """A running text after a list whose end was not marked is no reference."""
    return len(text) <= LONG_REFERENCE or len(_YEAR.findall(text)) * CHARACTERS_PER_YEAR >= len(
        text
    )


class Part(NamedTuple):
    """A block before its place in the text is known."""

    kind: BlockKind
    text: str
    level: int
    page: int | None


class TextBuilder:
    """Collects blocks and joins them to one text, with a span for each.

    Paragraphs and list items under a heading such as "References" become ``reference`` blocks,
    until a heading of the same level or above.
    """

    def __init__(self) -> None:
        self._parts: list[Part] = []
        self._references_level = 0

    def __bool__(self) -> bool:
        return bool(self._parts)

    @property
    def parts(self) -> tuple[Part, ...]:
        return tuple(self._parts)

    @property
    def first_heading(self) -> str:
        """The first heading of level 1, or an empty string."""
        for kind, text, level, _ in self._parts:
            if kind == "heading" and level == 1:
                return text
        return ""

    @property
    def headings(self) -> tuple[str, ...]:
        return tuple(text for kind, text, _, _ in self._parts if kind == "heading")

    def add(self, kind: BlockKind, text: str, *, level: int = 0, page: int | None = None) -> None:
        """Append a block; one whose text is empty after cleaning is left out."""
        text = clean_lines(text) if kind == "code" else clean(text)
        if not text:
            return
        if kind == "heading":
            level = min(max(level, 1), 6)
            name = _NUMBERING.sub("", text).rstrip(" .:").casefold()
            if name in REFERENCE_HEADINGS:
                self._references_level = level
            elif level <= self._references_level:
                self._references_level = 0
        elif self._references_level and kind in ("paragraph", "list_item") and _is_reference(text):
            kind = "reference"
        self._parts.append(Part(kind, text, level, page))

    def extract(
        self,
        metadata: Metadata,
        format_name: str,
        *,
        page_labels: Sequence[str] = (),
        warnings: Sequence[str] = (),
        pages_without_text: Sequence[int] = (),
        incomplete: bool = False,
    ) -> Extract:
        """Join the blocks. A first heading that only repeats the title is left out."""
        parts = self._parts
        if (
            len(parts) > 1
            and parts[0][0] == "heading"
            and same_heading(parts[0][1], metadata.title)
        ):
            parts = parts[1:]
        blocks: list[Block] = []
        pieces: list[str] = []
        position = 0
        before: BlockKind | None = None
        for kind, text, level, page in parts:
            if before is not None:
                separator = "\n" if kind == before and kind in LINED else "\n\n"
                pieces.append(separator)
                position += len(separator)
            pieces.append(text)
            blocks.append(Block(kind, position, position + len(text), level, page))
            position += len(text)
            before = kind
        return Extract(
            text="".join(pieces),
            blocks=tuple(blocks),
            metadata=metadata,
            format=format_name,
            page_labels=tuple(page_labels),
            warnings=tuple(dict.fromkeys(warnings)),
            pages_without_text=tuple(pages_without_text),
            incomplete=incomplete,
        )
