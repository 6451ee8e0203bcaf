"""Withdrawing: a document leaves every generation, index, cache and copy at once, and stays away."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus.database import translated
from corpus.files import WEB_KINDS
from corpus.originals import sha256_bytes
from corpus.records import Generation
from corpus.withdrawn import Remains
from ingest.sidecar import SUFFIX, sidecar_of
from patella.addresses import address_of
from patella.engine import Engine
from patella.opening import open_vectors
from patella.run_report import Origin


@dataclass(frozen=True, slots=True)
class Done:
    """What a withdrawal took away."""

    documents: tuple[str, ...]
    generations: tuple[int, ...]
    """Those that held one of them."""
    vectors: int
    originals: int
    files: tuple[str, ...]
    """Files that were deleted from the library's own folder."""
    stay: tuple[str, ...]
    """Files elsewhere, which are the operator's: they stay, and are left out."""


def withdraw(engine: Engine, document_ids: Sequence[str], *, reason: str, origin: Origin) -> Done:
    """Withdraw documents for good. To be called under the writer's lock.

    From the moment that the library file is written, nothing of them is shown, by running servers
    too. What a crash leaves of their files is deleted by ``settle``, which every writer begins with.
    Raises NotFound, and Conflict as ``Withdrawals.take_out`` tells.
    """
    store = engine.store
    wanted = tuple(dict.fromkeys(document_ids))
    stay = _elsewhere(engine, wanted)
    with store.transaction():
        store.withdrawals.take_out(wanted, by=origin.by, reason=" ".join(reason.split()))
        for one in wanted:
            store.history.put("withdraw", by=origin.by, what=one, job_id=origin.job_id)
    left = store.withdrawals.unfinished()
    settle(engine)
    ours = [left[one] for one in wanted]
    return Done(
        wanted,
        tuple(sorted({number for one in ours for number in one.generations})),
        len({key for one in ours for key in one.vectors}),
        len({sha for one in ours for sha in one.originals}),
        tuple(path for one in ours for path in one.files),
        stay,
    )


def settle(engine: Engine) -> None:
    """Delete what is left of withdrawn documents outside the library file. Under the writer's lock."""
    left = engine.store.withdrawals.unfinished()
    if not left:
        return
    for document_id, remains in left.items():
        _delete_files(engine, document_id, remains)
    vectors = open_vectors(engine.settings, engine.encoder)
    try:
        vectors.drop({key for remains in left.values() for key in remains.vectors})
    finally:
        vectors.close()
    if engine.tokens.kept:
        needed = map(engine.tokens.key, engine.store.sentences.all())
        engine.tokens.kept.keep_only(needed, withdrawn=True)
    for path in _older_formats(engine):
        with translated(path):
            path.unlink()
    affected = {number for remains in left.values() for number in remains.generations}
    counted = {
        one.id: engine.store.withdrawals.counted(one) if one.id in affected else one
        for one in engine.store.generations()
    }
    _renew_index(engine, counted)
    engine.store.withdrawals.finish(left, [counted[number] for number in sorted(affected)])


def take_back(engine: Engine, document_id: str, *, origin: Origin) -> None:
    """Let a withdrawn document be added again; nothing of it comes back by itself.

    To be called under the writer's lock. Raises NotFound, Conflict.
    """
    with engine.store.transaction():
        engine.store.withdrawals.take_back(document_id)
        engine.store.history.put(
            "withdraw_undo", by=origin.by, what=document_id, job_id=origin.job_id
        )


def _older_formats(engine: Engine) -> list[Path]:
    """Return the copies that were kept of this library in older formats: they hold it as well."""
    file = engine.settings.library_file
    return sorted(file.parent.glob(f"{file.name}.format-*"))


def _elsewhere(engine: Engine, document_ids: Sequence[str]) -> tuple[str, ...]:
    """Return the paths and addresses of documents that are not in the library's own folder."""
    sources = {source.id: source for source in engine.store.files.list()}
    found = []
    for location in engine.store.files.locations_of(document_ids):
        source = sources[location.source_id]
        if source.kind in {"file", "folder"} | WEB_KINDS:
            found.append(address_of(source, location.path))
        elif source.kind == "inbox" and not (engine.settings.inbox_dir / location.path).is_file():
            # a member of an archive: the archive holds others as well
            found.append(str(engine.settings.inbox_dir / location.path))
    return tuple(found)


def _delete_files(engine: Engine, document_id: str, remains: Remains) -> None:
    for sha in remains.originals:
        engine.originals.remove(sha)
    inbox = engine.settings.inbox_dir
    # a library that was moved by hand has one for each place where it lay
    inboxes = {source.id for source in engine.store.files.list() if source.kind == "inbox"}
    for name in (*remains.files, *_left_out(engine, document_id, inboxes)):
        path = inbox / name
        beside = sidecar_of(path)
        with translated(path):
            if path.is_file():
                path.unlink()
                if beside:
                    beside.unlink(missing_ok=True)
                for source_id in inboxes:
                    # the place is free for another document
                    engine.store.files.include(source_id, name)
    with translated(engine.settings.values_dir):
        (engine.settings.values_dir / f"{document_id}{SUFFIX}").unlink(missing_ok=True)


def _left_out(engine: Engine, document_id: str, inboxes: Collection[int]) -> list[str]:
    """Return files of the library's own folder that hold the document, and were removed before."""
    contents = engine.store.withdrawals.contents(document_id)
    found = []
    for source_id, name in engine.store.files.excluded():
        path = engine.settings.inbox_dir / name
        if source_id in inboxes and path.is_file():
            with translated(path):
                if sha256_bytes(path.read_bytes()) in contents:
                    found.append(name)
    return found


def _renew_index(engine: Engine, counted: dict[int, Generation]) -> None:
    """Write the served generation's index anew, and remove all others: they can be made again."""
    current = engine.store.current()
    served = counted[current.id] if current else None
    ours = served is not None and served.model == engine.encoder.identity
    engine.builder().renew(served, anew=ours)
