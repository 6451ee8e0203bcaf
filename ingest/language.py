"""Language: told from a text's own letters, where a document does not say it."""

from __future__ import annotations

from functools import cache
from typing import Any

SAMPLE = 4_000
"""Characters that are looked at, from the middle of the text, where menus and imprints are rare."""
LEAST = 120
"""Letters; less text tells too little."""
SURE = 0.9
"""The chance below which no language is told."""


def detect(text: str) -> str:
    """Return the ISO 639-1 code of the language that ``text`` is in, or an empty string if unsure."""
    start = max(0, (len(text) - SAMPLE) // 2)
    sample = text[start : start + SAMPLE]
    if sum(map(str.isalpha, sample)) < LEAST:
        return ""
    # capitals are rare in running text, and mislead
    code, chance = _identifier().classify(sample.lower())
    return str(code) if chance >= SURE else ""


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415  (heavy)

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
