"""Patella over the same protocol. Usage: FOLDER MODEL [files].

With ``files`` it reads and publishes a folder of Markdown files, as people add them; else documents
without files, as ``patella evaluate --beir`` stores them.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from loop import serve

from corpus.judged import JudgedDocument
from patella.engine import Engine
from patella.evaluate import fill, plain
from patella.settings import load
from patella.writer import Writer


class Patella:
    """The engine that people search, with its own settings."""

    def __init__(self, folder: str, *, files: bool) -> None:
        self._engine = Engine(replace(load(), data_dir=Path(folder)))
        self._files = Path(f"{folder}-files") if files else None

    def prepare(self, passages: Sequence[dict[str, str]]) -> None:
        if self._files:
            self._files.mkdir(parents=True, exist_ok=True)
            for p in passages:
                text = f"# {p['title'] or p['id']}\n\n{p['text']}\n"
                (self._files / f"{p['id']}.md").write_text(text, "utf-8")

    def index(self, passages: Sequence[dict[str, str]]) -> None:
        if self._files:
            Writer(self._engine).add([self._files])
            return
        documents = [JudgedDocument(p["id"], p["title"], p["text"]) for p in passages]
        fill(self._engine, lambda: documents)

    def open(self) -> None:
        self._engine.generation()

    def change(self, passage: dict[str, str]) -> None:
        self.prepare([passage])
        if self._files:
            Writer(self._engine).index()

    def search(self, text: str, k: int) -> list[tuple[str, float]]:
        found = self._engine.search(plain(text), k=k)
        return [
            (Path(document.path).stem if self._files else document.path, hit.score)
            for hit in found.hits
            for document in (hit.document, *(place.document for place in hit.also_in))
        ]


serve(Patella(sys.argv[1], files="files" in sys.argv[3:]))
