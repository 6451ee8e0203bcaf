"""Opening a library file, and a generation's index, which is made again where it cannot be."""

from __future__ import annotations

import logging
from collections.abc import Callable

from corpus.database import translated
from corpus.errors import Damaged
from corpus.records import Generation
from corpus.store import Store
from corpus.vectors import VectorStore
from index.build import Builder
from index.embed import Encoder
from index.generation import folder_name
from index.search import Searcher
from patella.locks import hold
from patella.settings import Settings

logger = logging.getLogger(__name__)


def open_store(settings: Settings) -> Store:
    """Open the library; one whose file is gone is not taken for a new one. Raises Damaged."""
    with translated(settings.library_file):
        gone = not settings.library_file.exists()
        lost = gone and any(settings.originals_dir.glob("??/*"))
    if lost:
        raise Damaged(
            f"The library file {settings.library_file} is missing, though documents' files are there.",
            hint="Move the folder away, then: patella restore BACKUP. Or choose another --data-dir.",
        )
    return Store(settings.library_file)


def open_vectors(settings: Settings, encoder: Encoder) -> VectorStore:
    """Open the vectors of the encoder's model. Raises Damaged."""
    return VectorStore(settings.vectors_file, model=encoder.identity, dimension=encoder.dimension)


def open_index(
    wanted: Generation,
    *,
    settings: Settings,
    builder: Callable[[], Builder],
    before: Searcher | None = None,
) -> Searcher:
    """Open the index of ``wanted``; a missing, torn or foreign one is made again first.

    What it has in common with ``before``, which is open, is not opened again.

    Raises Locked where it must be made again and another process is changing the library.
    """
    folder = settings.index_dir / folder_name(wanted.id)
    try:
        return Searcher(folder, generation=wanted, before=before)
    except Damaged as error:
        found = error
    busy = "The index must be made again, and another process is changing this library"
    with hold(
        settings.lock_file, seconds=settings.lock_seconds, busy=busy, hint="Try again in a moment."
    ):
        try:
            # whoever held the lock may have made it meanwhile
            return Searcher(folder, generation=wanted)
        except Damaged:
            logger.warning("%s Making it again from the stored vectors.", found)
        builder().rebuild(wanted)
        return Searcher(folder, generation=wanted)
