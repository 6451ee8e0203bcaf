"""``patella doctor --mend``: what can be made again is made again, and checked once more."""

from __future__ import annotations

import contextlib
from pathlib import Path

from corpus.database import now, translated
from corpus.errors import Damaged, LibraryError, Locked, NotFound
from corpus.originals import sha256_bytes
from index import generation as gen
from patella import home
from patella.addresses import address_of
from patella.checks import Check, bad_folders, examine
from patella.engine import Engine
from patella.locks import hold, hold_library
from patella.opening import open_vectors
from patella.rereading import reread
from patella.withdrawing import settle


def mend(engine: Engine) -> tuple[Check, ...]:
    """Make vectors, index and original files again where that helps; return what is found then.

    Nobody else writes meanwhile. Raises Locked.
    """
    settings = engine.settings
    busy = "Another process is changing this library"
    with hold_library(settings, engine.store, busy=busy):
        home.settle(settings, engine.store)
        settle(engine)
        wrong = {check.name for check in examine(engine) if check.mendable and not check.ok}
        if "originals" in wrong:
            _originals(engine)
        if "sums" in wrong:
            # before the vectors: what is read again may need others
            reread(engine)
        if "vectors" in wrong:
            _vectors(engine)
        if wrong & {"vectors", "index"}:
            engine.builder().embed()
        if "index" in wrong:
            engine.builder().rebuild()
        if "other indexes" in wrong:
            for number in bad_folders(engine):
                gen.discard(settings.index_dir / gen.folder_name(number))
        if wrong:
            engine.builder().collect()
        if "remains" in wrong:
            _remains(engine)
    return examine(engine)


def _vectors(engine: Engine) -> None:
    """Drop altered vectors; a file that cannot be read is moved aside."""
    try:
        vectors = open_vectors(engine.settings, engine.encoder)
        try:
            if vectors.integrity() != "ok":
                raise Damaged("The vector file is damaged.")
            vectors.drop(vectors.spoilt())
        finally:
            vectors.close()
    except LibraryError:
        path = engine.settings.vectors_file
        stamp = now().replace(":", "-")
        with translated(path):
            for part in ("", "-wal", "-shm"):
                one = path.with_name(f"{path.name}{part}")
                if one.exists():
                    one.rename(path.with_name(f"{path.name}.damaged-{stamp}{part}"))


def _originals(engine: Engine) -> None:
    """Keep again the bytes of files that still lie where they were read from."""
    sources = {source.id: source for source in engine.store.files.list()}
    wrong = frozenset(engine.originals.check(engine.store.originals()))
    for sha in wrong:
        with contextlib.suppress(NotFound):
            # where several machines share them, this one may have what is missing there
            engine.originals.put(engine.originals.get(sha))
    for location in engine.store.files.locations():
        source = sources[location.source_id]
        if location.sha256 not in wrong or source.kind not in {"file", "folder", "inbox"}:
            continue
        with contextlib.suppress(OSError):
            data = Path(address_of(source, location.path)).read_bytes()
            if sha256_bytes(data) == location.sha256:
                engine.originals.put(data)


def _remains(engine: Engine) -> None:
    busy = "Pages are being fetched"
    with contextlib.suppress(Locked), hold(engine.settings.web_lock_file, seconds=0, busy=busy):
        engine.originals.sweep(engine.store.originals())
