"""txtai: its hybrid index (dense and BM25) with its own defaults. Usage: FOLDER MODEL."""

from __future__ import annotations

import sys
from pathlib import Path

from loop import serve, whole
from txtai import Embeddings


class Txtai:
    """Keeps no texts (``content``): ids and scores are what is compared, and that is its fastest."""

    def __init__(self, folder: str, model: str) -> None:
        self._folder = folder
        self._model = model
        self._index: Embeddings | None = None

    def _made(self) -> Embeddings:
        if self._index is None:
            self._index = Embeddings(path=self._model, hybrid=True)
        return self._index

    def index(self, passages: list[dict[str, str]]) -> None:
        made = self._made()
        made.index((p["id"], whole(p), None) for p in passages)
        made.save(self._folder)

    def open(self) -> None:
        self._index = Embeddings()
        self._index.load(self._folder)

    def change(self, passage: dict[str, str]) -> None:
        made = self._made()
        made.upsert([(passage["id"], whole(passage), None)])
        made.save(self._folder)

    def search(self, text: str, k: int) -> list[tuple[str, float]]:
        return [(str(name), score) for name, score in self._made().search(text, k)]


serve(Txtai(str(Path(sys.argv[1])), sys.argv[2]))
