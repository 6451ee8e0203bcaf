"""LlamaIndex: a vector index and BM25, fused by reciprocal rank. Usage: FOLDER MODEL."""

from __future__ import annotations

import sys
from pathlib import Path

from llama_index.core import Document, Settings, StorageContext, VectorStoreIndex
from llama_index.core import load_index_from_storage as load
from llama_index.core.llms import MockLLM
from llama_index.core.retrievers import QueryFusionRetriever
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
from llama_index.retrievers.bm25 import BM25Retriever
from loop import serve, whole


class LlamaIndex:
    """Documents as it makes them, cut by its own splitter; the question is asked once, as it is."""

    def __init__(self, folder: str, model: str) -> None:
        self._folder = Path(folder)
        Settings.embed_model = HuggingFaceEmbedding(model_name=model, device="cpu")
        Settings.llm = MockLLM()
        self._index: VectorStoreIndex | None = None
        self._lexical: BM25Retriever | None = None

    def index(self, passages: list[dict[str, str]]) -> None:
        documents = [Document(id_=p["id"], text=whole(p)) for p in passages]
        self._index = VectorStoreIndex.from_documents(documents)
        self._save()

    def _save(self) -> None:
        assert self._index is not None
        self._index.storage_context.persist(str(self._folder))
        self._lexical = BM25Retriever.from_defaults(docstore=self._index.docstore)
        self._lexical.persist(str(self._folder / "bm25"))

    def open(self) -> None:
        context = StorageContext.from_defaults(persist_dir=str(self._folder))
        self._index = load(context)
        self._lexical = BM25Retriever.from_persist_dir(str(self._folder / "bm25"))

    def change(self, passage: dict[str, str]) -> None:
        assert self._index is not None
        self._index.update_ref_doc(Document(id_=passage["id"], text=whole(passage)))
        self._save()

    def search(self, text: str, k: int) -> list[tuple[str, float]]:
        assert self._index is not None
        assert self._lexical is not None
        self._lexical.similarity_top_k = k
        fused = QueryFusionRetriever(
            [self._index.as_retriever(similarity_top_k=k), self._lexical],
            similarity_top_k=k,
            num_queries=1,
            mode="reciprocal_rerank",
            use_async=False,
        )
        return [(str(n.node.ref_doc_id), n.score or 0.0) for n in fused.retrieve(text)]


serve(LlamaIndex(sys.argv[1], sys.argv[2]))
