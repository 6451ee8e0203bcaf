"""Haystack: BM25 and dense retrievers on its store in memory, joined by rank. Usage: FOLDER MODEL."""

from __future__ import annotations

import sys
from pathlib import Path

from haystack import Document
from haystack.components.joiners import DocumentJoiner
from haystack.components.retrievers.in_memory import (
    InMemoryBM25Retriever,
    InMemoryEmbeddingRetriever,
)
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack.document_stores.types import DuplicatePolicy
from haystack_integrations.components.embedders.sentence_transformers import (
    SentenceTransformersDocumentEmbedder,
    SentenceTransformersTextEmbedder,
)
from loop import serve, whole


class Haystack:
    """The components of its own tutorials on hybrid retrieval."""

    def __init__(self, folder: str, model: str) -> None:
        self._file = Path(folder) / "store.json"
        self._store = InMemoryDocumentStore()
        self._documents = SentenceTransformersDocumentEmbedder(model=model, progress_bar=False)
        self._question = SentenceTransformersTextEmbedder(model=model, progress_bar=False)
        self._join = DocumentJoiner(join_mode="reciprocal_rank_fusion")

    def index(self, passages: list[dict[str, str]]) -> None:
        self._write(passages, DuplicatePolicy.NONE)

    def _write(self, passages: list[dict[str, str]], policy: DuplicatePolicy) -> None:
        self._documents.warm_up()
        made = self._documents.run([Document(id=p["id"], content=whole(p)) for p in passages])
        self._store.write_documents(made["documents"], policy=policy)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._store.save_to_disk(str(self._file))

    def open(self) -> None:
        self._store = InMemoryDocumentStore.load_from_disk(str(self._file))

    def change(self, passage: dict[str, str]) -> None:
        self._write([passage], DuplicatePolicy.OVERWRITE)

    def search(self, text: str, k: int) -> list[tuple[str, float]]:
        self._question.warm_up()
        vector = self._question.run(text)["embedding"]
        dense = InMemoryEmbeddingRetriever(self._store, top_k=k).run(query_embedding=vector)
        words = InMemoryBM25Retriever(self._store, top_k=k).run(query=text)
        joined = self._join.run(documents=[dense["documents"], words["documents"]], top_k=k)
        return [(d.id, d.score or 0.0) for d in joined["documents"]]


serve(Haystack(sys.argv[1], sys.argv[2]))
