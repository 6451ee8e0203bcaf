"""A new segment's vectors, read from the stored ones block by block in the order of the passages' ids."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from corpus.records import sha256_text
from corpus.rows import LivePassage
from corpus.store import Store
from corpus.vectors import VectorStore
from index.embedding import title_key
from index.segment_writer import Block

_AT_ONCE = 4_000
"""Passages of a block: about 20 MB of texts and vectors."""


def blocks(store: Store, vectors: VectorStore, ids: Sequence[int]) -> Iterator[Block]:
    """Yield the passages named, sorted. Raises KeyError where a vector is not stored."""
    places: dict[str, int] = {}
    ordered = sorted(ids)
    for start in range(0, len(ordered), _AT_ONCE):
        yield _block(store.live_passages(ordered[start : start + _AT_ONCE]), vectors, places)


def _block(rows: Sequence[LivePassage], vectors: VectorStore, places: dict[str, int]) -> Block:
    """Make a block; ``places`` are those of all titles so far, by their keys."""
    passages = vectors.get([p.encoder_sha for p in rows])
    keys = list(map(title_key, rows))
    titled = vectors.get(keys)
    new = []
    for row, key in enumerate(keys):
        if key not in places:
            places[key] = len(places)
            new.append(row)
    questions = [(p.id, sha256_text(q)) for p in rows for q in p.questions]
    return Block(
        ids=np.array([p.id for p in rows], np.int64),
        passages=passages,
        titles=titled[new],
        title_rows=np.array([places[key] for key in keys], np.int32),
        titled=titled,
        questions=vectors.get([key for _, key in questions]),
        question_ids=np.array([owner for owner, _ in questions], np.int64),
    )
