"""Spelling: the library's likeliest word for one that it does not know."""

from __future__ import annotations

import string
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from index.english import english, is_english
from index.lexical import FILLERS, stem

SHORT = 4
"""Words of fewer letters have many neighbours: one is taken only where it stands out."""
SHORTEST = 3
ABBREVIATED = 5
"""Capitals of at most so many letters are an abbreviation: ADHD is not "add"."""
SHORT_TIMES = 4
"""How many times as often as the next one a short word's neighbour must stand in the library."""
SHORT_LEAST = 5
"""Passages that such a neighbour must stand in."""
SHORT_SHARE = 0.05
"""The share of the library's passages that it must stand in."""


@dataclass(frozen=True, slots=True)
class Speller:
    """Mends words by what the library says.

    ``frequency(stem)`` is how many passages hold a stem; ``similar(word)`` gives words of the
    library that are spelt like it, each as often as it was met.
    """

    frequency: Callable[[str], int]
    similar: Callable[[str], Iterable[str]]
    names: frozenset[str] = frozenset()
    """Words known from elsewhere (the vocabulary), which may be mended to as well."""
    passages: int = 0
    """How many the library holds."""
    holds: Callable[[str], bool] | None = None
    """Tells whether the library holds a word in any of its languages; else its English stem tells."""

    def knows(self, word: str) -> bool:
        """Tell whether a word is the library's own, a vocabulary's, or a filler."""
        plain = word.lower()
        if plain in FILLERS or plain in self.names:
            return True
        return self.holds(plain) if self.holds else self.frequency(stem(plain)) > 0

    def mend(self, word: str) -> str:
        """Return the likeliest spelling of a word that is unknown, or two words; else nothing.

        A word that English has is meant as it stands: a library that does not hold "laser" is not
        asked for "later".
        """
        plain = word.lower()
        abbreviated = word.isupper() and len(word) <= ABBREVIATED
        if len(plain) < SHORTEST or abbreviated or self.knows(plain) or is_english(plain):
            return ""
        if len(plain) < SHORT:
            return self._short(plain)
        met = Counter(self.similar(plain))
        allowed = 1 if len(plain) < 7 else 2
        near: dict[str, int] = {}
        # what is asked of the library last: it takes the longest
        said = filter(self._said, english(e for e in _edits(plain) if _may_be(plain, e)))
        for other in {*met, *self.names, *said}:
            if _may_be(plain, other):
                distance = OSA.distance(plain, other, score_cutoff=allowed)
                if 0 < distance <= allowed:
                    near[other] = distance
        # the nearest first; of those what the library says most, in a form that was met
        best = min(
            near,
            key=lambda o: (near[o], -max(self.frequency(stem(o)), met[o]), -met[o], o),
            default="",
        )
        return best or self._split(plain)

    def joined(self, one: str, other: str) -> str:
        """Return two words as one where the library writes them so, else nothing."""
        plain = (one + other).lower()
        if len(plain) < SHORT or one.lower() in FILLERS or other.lower() in FILLERS:
            return ""
        return plain if self.frequency(stem(plain)) > 0 else ""

    def _said(self, word: str) -> bool:
        # an edit may end so that its stem is another word's: no word at all (onee, one)
        root = stem(word)
        return (root == word or word.endswith("s")) and self.frequency(root) > 0

    def _short(self, plain: str) -> str:
        counts: dict[str, tuple[int, str]] = {}
        for other in _edits(plain):
            if _may_be(plain, other) and len(other) >= SHORTEST and self._said(other):
                count = self.frequency(stem(other))
                if stem(other) not in counts:
                    counts[stem(other)] = (count, other)
        ordered = sorted(counts.values(), key=lambda pair: (-pair[0], pair[1]))
        if not ordered or ordered[0][0] < max(SHORT_LEAST, SHORT_SHARE * self.passages):
            return ""
        second = ordered[1][0] if len(ordered) > 1 else 0
        return ordered[0][1] if ordered[0][0] >= SHORT_TIMES * second else ""

    def _split(self, plain: str) -> str:
        """Return the two words of the library that a word is made of, the likeliest pair."""
        pairs = []
        for i in range(1, len(plain)):
            one, other = plain[:i], plain[i:]
            if one in FILLERS or other in FILLERS or max(len(one), len(other)) < SHORTEST:
                continue
            least = min(self.frequency(stem(one)), self.frequency(stem(other)))
            if least:
                pairs.append((-least, f"{one} {other}"))
        return min(pairs)[1] if pairs else ""


def _may_be(plain: str, other: str) -> bool:
    """Tell whether ``other`` may be meant: people seldom mistake a first letter, but leave one out."""
    if not other or other in FILLERS:
        return False
    swapped = len(plain) > 1 and other[:2] == plain[1::-1]
    return other[0] == plain[0] or other[1:] == plain or swapped


def _edits(word: str) -> Iterator[str]:
    """Give every word one edit away (Damerau 1964), each once."""
    letters = string.ascii_lowercase
    found: dict[str, None] = {}
    for i in range(len(word) + 1):
        head, tail = word[:i], word[i:]
        if tail:
            found[head + tail[1:]] = None
            found.update(dict.fromkeys(head + c + tail[1:] for c in letters))
        if len(tail) > 1:
            found[head + tail[1] + tail[0] + tail[2:]] = None
        found.update(dict.fromkeys(head + c + tail for c in letters))
    found.pop(word, None)
    yield from found
