"""Addresses: every place at which a document's file was found, as a person would write it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from corpus.files import Source
from corpus.store import Store


def addresses_of(store: Store, document_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return for each document the files and web addresses that hold it: several hold the same bytes."""
    sources = {source.id: source for source in store.files.list()}
    found: dict[str, list[str]] = {one: [] for one in document_ids}
    for location in store.files.locations_of(document_ids):
        address = address_of(sources[location.source_id], location.path)
        if address not in found[location.document_id]:
            found[location.document_id].append(address)
    return {one: tuple(places) for one, places in found.items()}


def address_of(source: Source, path: str) -> str:
    """Return where a file of a source lies: its path on the disk, or its web address."""
    if source.kind in {"folder", "inbox"}:
        return str(Path(source.address, path))
    if source.kind == "file":
        # of a file in an archive that was added by itself, the path begins with the archive's name
        return str(Path(source.address).parent / path)
    return path
