"""Hits: what a search found, joined to its text and document through the generation that it searched."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence

from corpus.records import Hit, Scored
from corpus.store import Store
from index.passage_words import marks
from index.stemmers import stemmer_of
from patella.freshness import Freshness

logger = logging.getLogger(__name__)


def join(
    scored: Sequence[Scored],
    stems: Collection[str],
    *,
    store: Store,
    freshness: Freshness,
    generation: int,
) -> list[Hit]:
    """Return the passages of ``generation`` that were scored, in their order, ``stems`` marked in them."""
    found = store.passages([s.passage_id for s in scored], generation=generation)
    told = freshness.tell(document for _, document in found.values())
    known = [s for s in scored if s.passage_id in found]
    if len(known) < len(scored):
        lost = sorted({s.passage_id for s in scored} - found.keys())
        logger.error("In the index and not in the library: passages %s.", lost)
    rows = [found[s.passage_id] for s in known]
    texts = [(passage.text, stemmer_of(document.metadata.language)) for passage, document in rows]
    return [
        Hit(passage, told[document.version_id], s.score, s.dense, s.lexical, places, s.questions)
        for s, (passage, document), places in zip(known, rows, marks(texts, stems), strict=True)
    ]
