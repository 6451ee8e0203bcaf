"""Spoils a text as hurried fingers, phonetic spelling and dictation do, for training on."""

from __future__ import annotations

import re

import numpy as np

_SOUNDS = (
    ("kn", "n"), ("ph", "f"), ("ck", "k"), ("ght", "t"), ("ou", "u"), ("ea", "ee"), ("ee", "ea"),
    ("ll", "l"), ("ss", "s"), ("tt", "t"), ("pp", "p"), ("th", "f"), ("wh", "w"), ("ie", "ei"),
    ("tion", "shun"), ("c", "k"), ("er", "a"), ("ai", "ay"), ("oo", "u"), ("y", "ie"), ("ing", "in"),
    ("ed", "d"), ("v", "f"), ("s", "z"), ("a", "e"), ("e", "i"), ("o", "u"),
)  # fmt: skip
_WORD = re.compile(r"[A-Za-z']+")


def noisy(text: str, rng: np.random.Generator, *, share: float = 0.2) -> str:
    """Return ``text`` with about ``share`` of its longer words misspelt, and some marks left out."""
    out = _WORD.sub(lambda found: _spoilt(found.group(), rng, share), text)
    if rng.random() < 0.4:
        out = re.sub(r"[,.?!;:]", "", out)
    if rng.random() < 0.4:
        out = out.replace("'", "").lower()
    return out


def _spoilt(word: str, rng: np.random.Generator, share: float) -> str:
    if len(word) < 4 or rng.random() > share:
        return word
    at = int(rng.integers(1, len(word) - 1))
    kind = int(rng.integers(5))
    if kind == 0:
        return word[:at] + word[at + 1 :]
    if kind == 1:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == 2:
        return word[:at] + word[at] + word[at:]
    fitting = [(a, b) for a, b in _SOUNDS if a in word[1:]] or [("", "")]
    if word.startswith("kn") and rng.random() < 0.6:
        return word[1:]
    a, b = fitting[int(rng.integers(len(fitting)))]
    return word[0] + word[1:].replace(a, b, 1) if a else word
