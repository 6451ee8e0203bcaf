"""Counting tokens as the encoder will, without loading the encoder."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer

from corpus.errors import ModelError

SPECIAL_TOKENS = 2
"""The two that a BERT tokenizer puts round every text."""


class TokenCounter:
    """Counts a model's tokens, the special ones left out. Safe to share between threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._tokenizer: Tokenizer | None = None
        self._lock = threading.Lock()

    def __call__(self, texts: Sequence[str]) -> list[int]:
        with self._lock:
            if self._tokenizer is None:
                self._tokenizer = self._load()
        found = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [len(one.ids) for one in found]

    def _load(self) -> Tokenizer:
        try:
            tokenizer = Tokenizer.from_file(str(self._path))
        except Exception as error:  # the Rust library raises bare Exception
            raise ModelError(
                f"The model's tokenizer cannot be read: {self._path}.",
                hint="Choose a model folder with a tokenizer.json in it.",
            ) from error
        # the packaged file cuts at 128 tokens, which would hide a passage that is too long
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer
