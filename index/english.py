"""Whether a word is English: by the word list that symspellpy brings."""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

PACKAGE = "symspellpy"
FILE = "frequency_dictionary_en_82_765.txt"

SHORT = 3
COMMON = 2_000_000
"""Times that a word of at most SHORT letters is counted in the list (books, 2005 to 2008) at least:
"dog", and not "nee", which people write for a knee."""


Numbers = npt.NDArray[np.int64]


@functools.cache
def _known() -> tuple[Numbers, frozenset[str]]:
    """Return the words as sorted numbers, an eighth as large, and the common short ones."""
    # the package itself is not imported: its list is all that is wanted
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.origin:
        return np.zeros(0, np.int64), frozenset()
    told = (Path(spec.origin).parent / FILE).read_text("utf-8-sig").split()
    words, counts = told[::2], told[1::2]
    short = (w for w, n in zip(words, counts, strict=True) if len(w) <= SHORT and int(n) >= COMMON)
    return np.sort(_numbers(words)), frozenset(short)


def _numbers(words: Sequence[str]) -> Numbers:
    return np.fromiter(map(hash, words), np.int64, len(words))


def english(words: Iterable[str]) -> list[str]:
    """Return those of ``words`` that English spells so; of one with an apostrophe, what stands before it.

    Without the list no word is known.
    """
    known, short = _known()
    if not len(known):
        return []
    given = list(words)
    plain = [word.lower().replace("’", "'").split("'")[0] for word in given]
    # a word, or one without its s
    numbers = _numbers([*plain, *(one.removesuffix("s") for one in plain)])
    places = np.minimum(np.searchsorted(known, numbers), len(known) - 1)
    listed = (known[places] == numbers).reshape(2, -1).any(axis=0).tolist()
    return [
        word
        for word, one, is_listed in zip(given, plain, listed, strict=True)
        if (one in short if len(one) <= SHORT else is_listed)
    ]


def is_english(word: str) -> bool:
    """Tell whether a word of English is spelt so, as ``english`` does."""
    return bool(english([word]))
