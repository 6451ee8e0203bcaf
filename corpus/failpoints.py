"""Named moments in changing a library, at which a test may stop the process or refuse it the disk.

Nothing outside the process can arm them: whoever starts the work calls ``watch`` first, as
``bench/crash.py`` does in a process of its own. Otherwise reaching one does nothing.
"""

from __future__ import annotations

from collections.abc import Callable

POINTS = (
    # a document's original bytes
    "original.written",
    "original.renamed",
    # a document's version: inside its transaction, and after it
    "ingest.version",
    "ingest.placed",
    "ingest.kept",
    "ingest.swept",
    # vectors
    "embed.batch",
    "embed.kept",
    "embed.ahead",
    # the index folder, written beside
    "publish.begun",
    "publish.segments",
    "publish.words",
    "publish.manifest",
    "publish.synced",
    "merge.chosen",
    "merge.written",
    # or beside it, when the change is done
    "merge.begun",
    "merge.filled",
    "merge.sealed",
    "merge.taken",
    # and moved to its place
    "seal.aside",
    "seal.renamed",
    "seal.done",
    # or the rows of an index in Milvus
    "milvus.rows",
    "milvus.settled",
    "milvus.alias",
    "milvus.unaliased",
    # the pointer: inside its transaction, and after it
    "publish.row",
    "publish.moved",
    "publish.done",
    "rollback.made",
    "rollback.pointed",
    "rollback.done",
    # what is no longer needed
    "collect.aside",
    "collect.removed",
    "collect.rows",
    "collect.vectors",
    "collect.originals",
)
"""All of them, in the order of the work."""
LOCAL = tuple(point for point in POINTS if not point.startswith("milvus."))
"""Those that a library comes to whose index lies in its own folder."""

_told: Callable[[str], None] | None = None


def watch(told: Callable[[str], None] | None) -> None:
    """Have ``told`` called with the name of each point that this process reaches; None ends it."""
    global _told  # noqa: PLW0603
    _told = told


def reach(point: str) -> None:
    """Say that the work has come to ``point``, one of ``POINTS``."""
    if _told is not None:
        _told(point)
