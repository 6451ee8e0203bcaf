"""Writing a vector segment block by block, so that a large one is never in memory as a whole."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index import approximate, nearest
from index import vectors as names
from index.vector_files import FlatWriter, RowWriter, Vectors, map_flat, map_rows

Ids = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Block:
    """Some passages of a segment in the order of their rows; all vectors have length one."""

    ids: Ids
    passages: Vectors
    """Shape (passages, dimension)."""
    titles: Vectors
    """Those that no block before held, shape (new titles, dimension)."""
    title_rows: npt.NDArray[np.int32]
    """Of each passage, the place of its title among all titles so far."""
    titled: Vectors
    """The title of each passage, shape (passages, dimension)."""
    questions: Vectors
    """Of each listed question, those of one passage following each other, in its own order."""
    question_ids: Ids
    """The passage of each listed question."""


def write_segment(
    folder: Path,
    blocks: Iterable[Block],
    *,
    dimension: int,
    exact_up_to: int = approximate.EXACT_UP_TO,
) -> int:
    """Write a segment's files into ``folder``, which exists and is empty; return how many rows it has.

    A row is kept as passage + TITLE_WEIGHT × title: a dot product with it is the sum that orders the
    hits, in one scan. Of more rows than ``exact_up_to`` an approximate index is made besides.
    """
    rows = 0
    with ExitStack() as files:

        def numbers(name: str, dtype: npt.DTypeLike, *of: int) -> RowWriter:
            return files.enter_context(RowWriter(folder / name, dtype, of))

        flat = files.enter_context(FlatWriter(folder / names.INDEX_NAME, dimension))
        ids = numbers(names.IDS_NAME, "<i8")
        titles = numbers(names.TITLES_NAME, "<f4", dimension)
        title_rows = numbers(names.TITLE_ROWS_NAME, "<i4")
        questions = numbers(names.QUESTIONS_NAME, "<f4", dimension)
        question_ids = numbers(names.QUESTION_IDS_NAME, "<i8")
        for block in blocks:
            flat.append(block.passages + np.float32(names.TITLE_WEIGHT) * block.titled)
            ids.append(block.ids)
            titles.append(block.titles)
            title_rows.append(block.title_rows)
            questions.append(block.questions)
            question_ids.append(block.question_ids)
            rows += len(block.ids)
    _approximate(folder, exact_up_to)
    return rows


def _approximate(folder: Path, exact_up_to: int) -> None:
    passages = map_flat(folder / names.INDEX_NAME)
    titles, questions = (map_rows(folder / n) for n in (names.TITLES_NAME, names.QUESTIONS_NAME))
    if len(passages) > exact_up_to:
        sample = approximate.sample(passages, titles, questions)
        nearest.build(passages, folder / names.NEAR_PASSAGES, sample, exact_up_to=exact_up_to)
    if len(questions) > exact_up_to:
        sample = approximate.sample(questions, titles)
        nearest.build(questions, folder / names.NEAR_QUESTIONS, sample, exact_up_to=exact_up_to)
