"""What a run tells of each file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

FileState = Literal[
    "added",
    "changed",
    "partial",
    "unchanged",
    "moved",
    "duplicate",
    "removed",
    "failed",
    "skipped",
    "hidden",
    "shown",
]
"""``partial``: added or changed, but a part of the file could not be read, and is not in the library.

``hidden`` and ``shown`` are an editor's doing, to documents and not to files."""


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of one file in a run."""

    path: str
    state: FileState
    source: str = ""
    document: str = ""
    pages: int = 0
    passages: int = 0
    seconds: float = 0.0
    reason: str = ""
    hint: str = ""
    warnings: tuple[str, ...] = ()
    pages_without_text: tuple[int, ...] = ()
    """Counted from 1."""


Watcher = Callable[[FileReport], None]
