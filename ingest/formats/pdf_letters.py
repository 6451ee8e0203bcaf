"""Letters of a PDF that mean nothing: fonts without a map, or with a wrong one, to real characters."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from ingest.formats.pdf_lines import BULLETS, Line

MOST_STRANGE = 0.2
"""Of a line's characters, those that stand for no letter; where more do, the line is not text."""
LEAST_VOWELS = 0.2
"""Of a page's Latin letters. Languages have 35 to 50 in a hundred; letters shifted by a wrong map fewer."""
LEAST_LETTERS = 200
"""Latin letters of a page, below which its vowels say nothing."""
_STRANGE = frozenset({"Cc", "Co", "Cn", "Cs"})
_VOWELS = frozenset("aeiouyæœøı")


def readable(lines: Sequence[Line]) -> list[Line]:
    """Return the lines of a page whose letters mean something; none where the page's vowels are too few."""
    kept = [line for line in lines if not _strange(line.text)]
    letters = [
        letter
        for line in kept
        for letter in unicodedata.normalize("NFKD", line.text).casefold()
        if letter.isalpha() and letter < "\u0250"
    ]
    if len(letters) >= LEAST_LETTERS:
        vowels = sum(1 for letter in letters if letter in _VOWELS)
        if vowels < LEAST_VOWELS * len(letters):
            return []
    return kept


def _strange(text: str) -> bool:
    seen = [character for character in text if not character.isspace()]
    strange = sum(
        1
        for character in seen
        if character not in BULLETS
        and (character == "\ufffd" or unicodedata.category(character) in _STRANGE)
    )
    return strange > MOST_STRANGE * len(seen)
