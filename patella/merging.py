"""Merging what changes left in pieces, once they are done: nobody waits for it."""

from __future__ import annotations

import logging

from corpus.errors import Locked, PatellaError
from index.merging import Pause
from patella.engine import Engine
from patella.locks import hold

logger = logging.getLogger(__name__)


def merge(engine: Engine, pause: Pause = lambda: True) -> bool:
    """Merge beside the newest generation what is due; tell whether something was.

    Changes may go on meanwhile, and the next one takes it up. Nothing is raised for what does not
    come to its end: another process merges, or changes the library at that moment, or the disk is full.
    """
    settings = engine.settings
    current = engine.store.current()
    if current is None or current.model != engine.encoder.identity:
        return False
    builder = engine.builder()
    busy = "Another process is merging"
    try:
        with hold(settings.merge_lock_file, seconds=0, busy=busy):
            return builder.merge(
                locked=lambda: hold(
                    settings.lock_file,
                    seconds=settings.lock_seconds,
                    busy="Another process is changing this library",
                ),
                pause=pause,
            )
    except Locked as error:
        logger.info("Segments are merged another time: %s", error)
    except PatellaError as error:
        logger.warning("%s", error)
    finally:
        builder.close()
    return False
