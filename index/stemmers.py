"""Which stemmer a document's words have, by its language."""

from __future__ import annotations

from collections.abc import Iterable

Stemmer = str
"""The name of one of tantivy's Snowball stemmers, or NONE."""
ENGLISH = "english"
NONE = "none"
"""For languages that have no stemmer: words are found as they are spelt."""

_STEMMERS = {
    "ar": "arabic", "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish",
    "fi": "finnish", "fr": "french", "hu": "hungarian", "it": "italian", "nb": "norwegian",
    "nl": "dutch", "nn": "norwegian", "no": "norwegian", "pt": "portuguese", "ro": "romanian",
    "ru": "russian", "sv": "swedish", "tr": "turkish",
}  # fmt: skip
_LONG = {
    "ara": "ar", "dan": "da", "deu": "de", "dut": "nl", "ell": "el", "eng": "en", "fin": "fi",
    "fra": "fr", "fre": "fr", "ger": "de", "gre": "el", "hun": "hu", "ita": "it", "nld": "nl",
    "nno": "nn", "nob": "nb", "nor": "no", "por": "pt", "ron": "ro", "rum": "ro", "rus": "ru",
    "spa": "es", "swe": "sv", "tur": "tr",
}  # fmt: skip


def stemmer_of(language: str) -> Stemmer:
    """Return the stemmer for a BCP 47 tag, a code of ISO 639, or an English name.

    English where no one language is stated, or nothing that can be understood.
    """
    main = language.strip().replace("_", "-").split("-")[0].casefold()
    if main in _STEMMERS.values():
        return main
    if len(main) not in (2, 3) or main in ("und", "mul", "zxx"):
        return ENGLISH
    return _STEMMERS.get(_LONG.get(main, main), NONE)


def stemmers_of(languages: Iterable[str]) -> tuple[Stemmer, ...]:
    """Return the stemmers for some languages, each once, English first; English alone for none."""
    found = set(map(stemmer_of, languages)) or {ENGLISH}
    return tuple(sorted(found, key=lambda one: (one != ENGLISH, one)))
