"""A board of numbers that the processes of one server share: a row for each, which it alone writes."""

from __future__ import annotations

import mmap
import struct
from pathlib import Path

_NUMBER = struct.Struct("<Q")


class Board:
    """One process's row of a file of numbers; it stays when the process is replaced by another."""

    def __init__(self, path: Path, *, row: int, rows: int, columns: int) -> None:
        self._row, self._rows, self._columns = row, rows, columns
        size = rows * columns * _NUMBER.size
        with path.open("a+b") as file:
            file.truncate(size)
            self._map = mmap.mmap(file.fileno(), size)

    def close(self) -> None:
        """Let go of the file."""
        self._map.close()

    def add(self, column: int, number: int = 1) -> None:
        """Add to a number of this process's row."""
        self.set(column, self.get(self._row, column) + number)

    def set(self, column: int, number: int) -> None:
        """Set a number of this process's row."""
        _NUMBER.pack_into(self._map, self._place(self._row, column), number)

    def get(self, row: int, column: int) -> int:
        """Return a number of any row."""
        return int(_NUMBER.unpack_from(self._map, self._place(row, column))[0])

    def others(self, column: int) -> list[int]:
        """Return a column's numbers of all rows but this process's."""
        return [self.get(row, column) for row in range(self._rows) if row != self._row]

    def totals(self) -> list[int]:
        """Return the sum of each column."""
        return [
            sum(self.get(row, column) for row in range(self._rows))
            for column in range(self._columns)
        ]

    def _place(self, row: int, column: int) -> int:
        return (row * self._columns + column) * _NUMBER.size
