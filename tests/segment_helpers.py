"""Vector segments written as the builder writes them, of vectors at hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from index.approximate import EXACT_UP_TO
from index.segment_writer import Block, write_segment


def write(
    folder: Path,
    ids: Sequence[int],
    passages: np.ndarray,
    titles: np.ndarray,
    *,
    questions: np.ndarray | None = None,
    owners: Sequence[int] = (),
    exact_up_to: int = EXACT_UP_TO,
) -> Path:
    """Write one block; equal titles are kept once."""
    folder.mkdir()
    unique, rows = np.unique(titles, axis=0, return_inverse=True)
    block = Block(
        ids=np.array(ids, np.int64),
        passages=passages,
        titles=unique,
        title_rows=rows.reshape(-1).astype(np.int32),
        titled=titles,
        questions=passages[:0] if questions is None else questions,
        question_ids=np.array(owners, np.int64),
    )
    write_segment(folder, [block], dimension=passages.shape[1], exact_up_to=exact_up_to)
    return folder
