"""Files of vectors that are written row by row and read mapped: FAISS's own flat file, and numpy's.

A million rows are more than one wants in memory, and their number is known at the end: the header is
written twice. Mapped pages belong to the system's cache, so several server processes share them.
"""

from __future__ import annotations

import struct
import tokenize
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]

UNREADABLE = (OSError, ValueError, RuntimeError, EOFError, SyntaxError, tokenize.TokenError)
"""What numpy and FAISS raise over a spoilt file; numpy reads a header as Python's tokens."""

_FLAT = struct.Struct("<4siqqq?iQ")
"""FAISS's header of a flat index: its mark, dimension, rows, two numbers without a meaning, that it is
trained, its metric, and how many numbers follow."""
_MARK, _UNUSED, _INNER_PRODUCT = b"IxFI", 1 << 20, 0


class FlatWriter:
    """Writes vectors of one dimension as FAISS writes a flat index of inner products."""

    def __init__(self, path: Path, dimension: int) -> None:
        self._dimension = dimension
        self._rows = 0
        self._file = path.open("wb")
        self._file.write(self._header())

    def _header(self) -> bytes:
        numbers = self._rows * self._dimension
        return _FLAT.pack(
            _MARK, self._dimension, self._rows, _UNUSED, _UNUSED, True, _INNER_PRODUCT, numbers
        )

    def append(self, rows: Vectors) -> None:
        """Add rows, shape (n, dimension)."""
        self._file.write(np.ascontiguousarray(rows, "<f4").data)
        self._rows += len(rows)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        with self._file:
            self._file.seek(0)
            self._file.write(self._header())


class RowWriter:
    """Writes a numpy file whose number of rows is not known before; a row has the shape ``of``."""

    def __init__(self, path: Path, dtype: npt.DTypeLike, of: tuple[int, ...] = ()) -> None:
        self._dtype, self._of = np.dtype(dtype), of
        self._rows = 0
        self._file = path.open("wb")
        self._write_header()

    def _write_header(self) -> None:
        shape = (self._rows, *self._of)
        descr = np.lib.format.dtype_to_descr(self._dtype)
        # numpy leaves room for as many rows as there will be, so the second header is as long
        np.lib.format.write_array_header_1_0(
            self._file, {"descr": descr, "fortran_order": False, "shape": shape}
        )

    def append(self, rows: npt.NDArray[Any]) -> None:
        """Add rows, shape (n, *of)."""
        self._file.write(np.ascontiguousarray(rows, self._dtype).data)
        self._rows += len(rows)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        with self._file:
            self._file.seek(0)
            self._write_header()


def map_flat(path: Path) -> Vectors:
    """Return the rows of a flat file, mapped. Raises OSError or ValueError where it is none."""
    with path.open("rb") as file:
        head = file.read(_FLAT.size)
    if len(head) < _FLAT.size:
        raise ValueError(f"{path.name} is too short")
    mark, dimension, rows, _, _, _, metric, numbers = _FLAT.unpack(head)
    whole = dimension > 0 and rows >= 0 and numbers == rows * dimension
    if mark != _MARK or metric != _INNER_PRODUCT or not whole:
        raise ValueError(f"{path.name} is no flat file of inner products")
    if path.stat().st_size != _FLAT.size + 4 * numbers:
        raise ValueError(f"{path.name} has not all of its rows")
    if not rows:
        return np.empty((0, dimension), np.float32)
    return np.memmap(path, "<f4", "r", offset=_FLAT.size, shape=(rows, dimension))


def map_rows(path: Path) -> npt.NDArray[Any]:
    """Return the rows of a numpy file, mapped. Raises OSError or ValueError where it is none."""
    found: npt.NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    return found
