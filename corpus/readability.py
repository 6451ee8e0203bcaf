"""How hard a text is to read: words, sentences, syllables, and the Flesch-Kincaid grade.

Source of the formula: Kincaid JP et al., Derivation of New Readability Formulas, 1975.
Syllables are counted by rule, which errs on some words; the grade is an estimate.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from corpus.article import CITATION, Part

_WORD = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)*|\d+(?:[.,:]\d+)*")
_SENTENCE_END = re.compile(r"(?<=[.?!…])[\"'”’)]*\s+(?=[\"'“‘(]*[A-Z0-9])")
_VOWELS = re.compile(r"[aeiouy]+")
# An e that is not spoken: at the end of a word, before s and d, and before some endings. It is
# spoken after a consonant and l ("muscle"), and where the ending could not be spoken without it.
_SILENT = re.compile(
    r"(?:(?<![aeiouy])(?<![^aeiouy]l)e"
    r"|(?<![aeiouyscxzg])(?<![cs]h)(?<![^aeiouy]l)es"
    r"|(?<![aeiouytd])(?<![^aeiouy]l)ed)$"
    r"|(?<=[^aeiouy])e(?=(?:ment|ful|less|ly)s?$)"
)
# Two vowels together that are spoken apart.
_APART = re.compile(
    r"(?<![tcsgx])i(?:[ao]|u(?=m))|ie(?=t|rs?$)|(?<![tc])ie(?=nc)|[aeiou][^aeiou]ea$"
    r"|oe(?=[mt])|eo(?!n|us|p)|(?<![qg])ua|uou|[aeiouy](?=ing)|ea(?=te)"
)
_EXCEPTIONS = {
    "aches": 1,
    "body": 2,
    "every": 2,
    "evening": 2,
    "exercise": 3,
    "exercises": 4,
    "goes": 1,
    "guideline": 2,
    "guidelines": 2,
    "people": 2,
    "physio": 3,
    "physios": 3,
    "physiotherapist": 6,
    "physiotherapists": 6,
    "physiotherapy": 6,
    "science": 2,
    "someone": 2,
    "something": 2,
    "sometimes": 2,
    "therefore": 2,
    "video": 3,
}


def words(text: str) -> list[str]:
    """Return the words and numbers of a plain text, without marks of references."""
    return _WORD.findall(CITATION.sub("", text))


def sentences(text: str) -> list[str]:
    """Return the sentences of one paragraph, without marks of references."""
    text = re.sub(r"\s+([.?!,;:])", r"\1", CITATION.sub("", text))
    return [piece.strip() for piece in _SENTENCE_END.split(text) if words(piece)]


def syllables(word: str) -> int:
    """Return about how many syllables a word is spoken with; a number counts as one."""
    word = word.lower().replace("’", "'").removesuffix("'s").replace("'", "")
    if word in _EXCEPTIONS:
        return _EXCEPTIONS[word]
    if not word.isalpha():
        return 1
    count = len(_VOWELS.findall(word)) + len(_APART.findall(word))
    return max(1, count - len(_SILENT.findall(word)))


def grade(parts: Iterable[Part]) -> float:
    """Return the Flesch-Kincaid grade of running text: paragraphs and list items.

    Headings and tables are no sentences and are left out. 0 if there is no running text.
    """
    running = [part.text for part in parts if part.kind in ("paragraph", "list_item")]
    spoken = [sentence for text in running for sentence in sentences(text)]
    counted = [word for sentence in spoken for word in words(sentence)]
    if not counted:
        return 0.0
    total = sum(map(syllables, counted))
    return 0.39 * len(counted) / len(spoken) + 11.8 * total / len(counted) - 15.59


def count_words(parts: Iterable[Part]) -> int:
    """Return the words of a body, headings and tables included."""
    return sum(len(words(part.text)) for part in parts)
