"""Whether a word is English: by the word list that symspellpy brings."""

from __future__ import annotations

import functools
import importlib.util
from pathlib import Path

PACKAGE = "symspellpy"
FILE = "frequency_dictionary_en_82_765.txt"

SHORT = 3
COMMON = 2_000_000
"""Times that a word of at most SHORT letters is counted in the list (books, 2005 to 2008) at least:
"dog", and not "nee", which people write for a knee."""


@functools.cache
def _counts() -> dict[str, int]:
    # the package itself is not imported: its list is all that is wanted
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.origin:
        return {}
    lines = (Path(spec.origin).parent / FILE).read_text("utf-8-sig").splitlines()
    return {word: int(count) for word, count in (line.split() for line in lines)}


def is_english(word: str) -> bool:
    """Tell whether a word of English is spelt so; of one with an apostrophe, what stands before it.

    Without the list no word is known.
    """
    plain = word.lower().replace("’", "'").split("'")[0]
    if len(plain) <= SHORT:
        return _counts().get(plain, 0) >= COMMON
    return plain in _counts() or (plain.endswith("s") and plain[:-1] in _counts())
