"""Nearest vectors by FAISS: one exact scan, or lists of codes whose best rows are compared exactly.

Alone imports faiss. Vectors are mapped files; one question takes one core, so that questions side by
side do not wait for each other's threads.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from index import approximate
from index.approximate import Rows
from index.vector_files import Vectors

Bools = npt.NDArray[np.bool_]


_BY_ROWS: Any = vars(faiss)["fvec_inner_products_by_idx"]  # its type stubs do not know it
_ADDED_AT_ONCE = 50_000
_ROUNDS = 8
"""Rounds of k-means, which are most of the time that building takes."""


def _pointer(array: npt.NDArray[Any] | None) -> Any:
    return None if array is None else faiss.swig_ptr(array)


def lists_file(stem: Path) -> Path:
    """Return the file of an approximate index by the name that its two files share."""
    return stem.with_name(f"{stem.name}.faiss")


def setting_file(stem: Path) -> Path:
    """Return the file that says how it is searched."""
    return stem.with_name(f"{stem.name}.json")


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """Some rows of a file of vectors, in the forms that searches take; made once for many questions."""

    rows: Bools
    """Shape (rows,)."""
    count: int
    bits: npt.NDArray[np.uint8]
    filtered: bool
    """Whether they were chosen for what they are, and not just for not being deleted."""

    def selector(self) -> Any:
        """Return what FAISS asks of each row; ``self`` must outlive it. None where all are chosen."""
        if self.count == len(self.rows):
            return None
        return faiss.IDSelectorBitmap(len(self.rows), _pointer(self.bits))


def choose(rows: Bools, *, filtered: bool = False) -> Chosen:
    """Prepare a search of the rows that are set."""
    return Chosen(rows, int(rows.sum()), np.packbits(rows, bitorder="little"), filtered)


def _alone() -> None:
    """Have FAISS use the calling thread alone, which it is told for each thread.

    Work for one question takes a millisecond: on a busy machine, waiting for a second thread takes tens.
    """
    faiss.omp_set_num_threads(1)


def _together() -> None:
    """Have it use all cores for what the calling thread builds."""
    faiss.omp_set_num_threads(os.cpu_count() or 1)


def products(vectors: Vectors, query: Vectors, rows: Rows) -> Vectors:
    """Return the inner products of a query with some rows, without copying them or using threads."""
    out = np.empty(len(rows), np.float32)
    if len(rows):
        _alone()
        chosen = np.ascontiguousarray(rows, np.int64)
        _BY_ROWS(
            _pointer(out),
            _pointer(query),
            _pointer(vectors),
            _pointer(chosen),
            vectors.shape[1],
            1,
            len(rows),
        )
    return out


def exact(vectors: Vectors, query: Vectors, depth: int, chosen: Chosen) -> tuple[Rows, Vectors]:
    """Return the best of the chosen rows and their products, best first, from one scan on one core."""
    depth = min(depth, chosen.count)
    scores, rows = np.empty(depth, np.float32), np.empty(depth, np.int64)
    if depth:
        _alone()
        faiss.knn_inner_product(
            _pointer(query),
            _pointer(vectors),
            vectors.shape[1],
            1,
            len(vectors),
            depth,
            _pointer(scores),
            _pointer(rows),
            chosen.selector(),
        )
    return rows, scores


class Inverted:
    """An approximate index of a file of vectors, mapped: rows as codes in lists, nearest lists first."""

    def __init__(self, stem: Path) -> None:
        self.setting = approximate.load_setting(setting_file(stem))
        path = lists_file(stem)
        self._index = _mapped(path)
        if self._index.nlist != self.setting.lists:
            raise ValueError(f"{path.name} is not of its setting")

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def near(self, query: Vectors, depth: int, chosen: Chosen) -> Rows:
        """Return the rows to compare exactly: at least twice ``depth`` where so many are met, unordered.

        Under a filter all lists are looked through: what passes may be of another subject than the
        question, and the lists nearest to it may hold none of that. It takes some times as long.
        """
        params = _parameters(self.setting.lists if chosen.filtered else self.setting.probes)
        selector = chosen.selector()  # held here: FAISS does not hold what it is given
        params.sel = selector
        width = max(self.setting.width, 2 * depth)
        _alone()
        _, rows = self._index.search(query.reshape(1, -1), width, params=params)
        found: Rows = rows[0][rows[0] >= 0]
        return found


def _mapped(path: Path) -> Any:
    # this flag maps codes and lists of these types; the older IO_FLAG_MMAP copies some of them
    return faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)


def _parameters(probes: int) -> Any:
    found: Any = faiss.IVFRaBitQSearchParameters()
    found.nprobe = probes
    return found


def build(vectors: Vectors, stem: Path, sample: Vectors, *, exact_up_to: int) -> bool:
    """Make the approximate index of a file of vectors, tuned by a sample of questions' vectors.

    Nothing is left of it, and False returned, where it does not find enough: the exact scan stays. A
    million rows take about a minute of two cores, and some 400 MB beside the mapped vectors.
    """
    _together()
    path = lists_file(stem)
    lists = approximate.lists_for(len(vectors))
    index: Any = faiss.index_factory(
        vectors.shape[1], f"IVF{lists},RaBitQ", faiss.METRIC_INNER_PRODUCT
    )
    index.cp.niter = _ROUNDS
    index.cp.min_points_per_centroid = 1
    index.train(np.ascontiguousarray(vectors[approximate.training_rows(len(vectors), lists)]))
    for start in range(0, len(vectors), _ADDED_AT_ONCE):
        index.add(np.ascontiguousarray(vectors[start : start + _ADDED_AT_ONCE]))
    faiss.write_index(index, str(path))
    del index
    setting = _tuned(vectors, path, lists, sample)
    if setting is None:
        path.unlink()
        return False
    setting = replace(setting, exact_up_to=exact_up_to)
    setting.save(setting_file(stem))
    return True


def _tuned(vectors: Vectors, path: Path, lists: int, sample: Vectors) -> approximate.Setting | None:
    index = _mapped(path)
    best = best_of_each(vectors, sample, 100)

    def search(probes: int, width: int) -> Sequence[Rows]:
        _together()
        _, rows = index.search(sample, width, params=_parameters(probes))
        return [
            ranked(vectors, query, found[found >= 0])[0]
            for query, found in zip(sample, rows, strict=True)
        ]

    return approximate.tune(lists, best, search)


def best_of_each(vectors: Vectors, queries: Vectors, depth: int) -> Rows:
    """Return the rows that are truly best for each query, shape (queries, depth)."""
    depth = min(depth, len(vectors))
    rows: Rows = faiss.knn(
        np.ascontiguousarray(queries), vectors, depth, metric=faiss.METRIC_INNER_PRODUCT
    )[1]
    return rows


def ranked(vectors: Vectors, query: Vectors, rows: Rows) -> tuple[Rows, Vectors]:
    """Return rows and their products with a query, best first."""
    scores = products(vectors, query, rows)
    order = np.argsort(-scores, kind="stable")
    return rows[order], scores[order]
