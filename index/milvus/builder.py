"""Publishing generations whose index is in Milvus: embedded and noted as ever, written elsewhere."""

from __future__ import annotations

from corpus.records import Generation
from corpus.store import Store
from corpus.vectors import VectorStore
from index.build import Builder
from index.embed import Encoder
from index.milvus.client import Connection
from index.milvus.layout import Names
from index.milvus.writer import MilvusWriter


class MilvusBuilder(Builder):
    """Publishes generations of one library into Milvus. Raises as Connection tells, besides."""

    def __init__(
        self,
        *,
        store: Store,
        vectors: VectorStore,
        encoder: Encoder,
        connection: Connection,
        names: Names,
    ) -> None:
        self._store = store
        self._vectors = vectors
        self._encoder = encoder
        self._writer = MilvusWriter(
            store=store, vectors=vectors, connection=connection, names=names
        )

    def has(self, generation: Generation) -> bool:
        """Tell whether Milvus holds a generation whole."""
        return self._writer.has(generation)

    def rebuild(self, generation: Generation | None = None) -> None:
        """Write a generation anew from the stored vectors: the served one, or another."""
        wanted = generation or self._store.current()
        if wanted is not None:
            ids = self._store.generation_passages(wanted.id)
            self._fill(self._store.working.live_passages(ids))
            self._writer.rewrite(wanted, ids)

    def renew(self, generation: Generation | None, *, anew: bool) -> None:
        """Remove all indexes but that of ``generation``, which is written ``anew``."""
        if generation is not None and anew:
            self.rebuild(generation)
        self._writer.forget(but=generation)

    def merge(self, **_: object) -> bool:
        """Do nothing: Milvus merges by itself."""
        return False

    def collect(self) -> None:
        """Remove generations beyond the kept ones, and what unfinished publishes left."""
        self._writer.collect()

    def _place(self, number: int, digest: str) -> tuple[int, int, int]:
        return self._writer.write(number, digest)
