"""Languages: what an editor is told where a document's language is not that of the search model."""

from __future__ import annotations

_NAMES = {
    "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "es": "Spanish", "fi": "Finnish",
    "fr": "French", "hu": "Hungarian", "it": "Italian", "nb": "Norwegian", "nl": "Dutch", "no": "Norwegian",
    "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sv": "Swedish", "tr": "Turkish",
    "uk": "Ukrainian", "ar": "Arabic", "he": "Hebrew", "hi": "Hindi", "ja": "Japanese", "ko": "Korean",
    "zh": "Chinese",
}  # fmt: skip
_ENGLISH_MODELS = ("all-minilm", "all-mpnet", "all-distilroberta", "msmarco-", "multi-qa-")
"""How the names of sentence-transformers' English models begin."""


def language_notes(language: str, *, model: str) -> tuple[str, ...]:
    """Return a warning where a document is in another language than ``model`` knows, else nothing.

    ``language`` is a BCP 47 tag or empty; ``model`` the name of the search model.
    """
    main = language.replace("_", "-").split("-")[0].casefold()
    if len(main) not in (2, 3) or main in ("en", "eng", "und", "mul", "zxx"):
        return ()
    name = model.casefold()
    if not (name.startswith(_ENGLISH_MODELS) or "-en-" in name or name.startswith("bge-small-en")):
        return ()
    return (
        f"It is in {_NAMES.get(main, f'the language {main!r}')}, and the search model knows English only:"
        " it is found by its words more than by its meaning. docs/languages.md names models for it.",
    )
