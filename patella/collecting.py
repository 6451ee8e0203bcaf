"""Collecting what a library no longer needs, while it goes on being read."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from corpus.errors import Locked, UsageError
from patella.engine import Engine
from patella.locks import hold

GRACE_SECONDS = 600.0
"""A generation that was served this shortly before stays: a request may still hold it."""


@dataclass(frozen=True, slots=True)
class Collected:
    """How much was removed; ``originals`` is None where pages were being fetched, and they waited."""

    generations: int
    versions: int
    vectors: int
    originals: int | None


def collect(engine: Engine, *, keep: int, grace: float = GRACE_SECONDS) -> Collected:
    """Keep the ``keep`` newest generations and what they, the working set and receipts need.

    Every step may be stopped and done again. To be called under the writer's lock; readers go on.
    Raises UsageError for fewer than one.
    """
    if keep < 1:
        raise UsageError("At least one generation is kept.", hint="patella collect --keep 10")
    store, settings = engine.store, engine.settings
    since = (dt.datetime.now(dt.UTC) - dt.timedelta(seconds=grace)).strftime("%Y-%m-%dT%H:%M:%SZ")
    generations, versions = store.garbage.forget(keep=keep, since=since)
    builder = engine.builder()
    vectors = builder.prune()
    builder.collect()
    if engine.tokens.kept:
        engine.tokens.kept.keep_only(map(engine.tokens.key, store.sentences.all()))
    originals: int | None = None
    try:
        # a page's bytes are kept before its row is: none may be fetched meanwhile
        with hold(settings.web_lock_file, seconds=0, busy="Pages are being fetched"):
            originals = engine.originals.sweep(store.originals())
    except Locked:
        pass
    return Collected(generations, versions, vectors, originals)
