"""The index folder that the next one starts from, with what was merged beside it taken up."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from corpus.errors import Damaged, NewerLibrary
from corpus.failpoints import reach
from corpus.records import Generation
from index import generation as gen
from index import lexical, vectors

MERGED = "merged"
"""The folder beside the generations that holds merged segments until a publish takes them up."""
PARTS = "parts.json"
WORD_IDS = "words.npy"
NO_IDS: vectors.Ids = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class Words:
    """The word index to start from, and how it differs from the folder's passages; ids ascend."""

    folder: Path
    deleted: int
    """How many deleted passages still count in it."""
    lacks: vectors.Ids = field(default_factory=NO_IDS.copy)
    beyond: vectors.Ids = field(default_factory=NO_IDS.copy)


@dataclass(frozen=True, slots=True)
class Before:
    """The index folder that the next one starts from; its segments may lie in several folders."""

    folder: Path
    manifest: gen.Manifest
    ids: dict[str, vectors.Ids]
    deleted: dict[str, vectors.Ids]
    places: dict[str, Path]
    """Each segment's own folder."""
    words: Words
    merged: Path | None = None
    """What was merged beside it and is taken up."""

    @property
    def folders(self) -> tuple[Path, ...]:
        """Those whose manifests know the sums of what is shared."""
        return (self.folder, self.merged) if self.merged else (self.folder,)

    def live(self) -> vectors.Ids:
        """Return the ids of the passages that it holds, ascending."""
        parts = [np.setdiff1d(ids, self.deleted[name]) for name, ids in self.ids.items()]
        return np.sort(np.concatenate(parts)) if parts else NO_IDS

    def live_in(self, name: str) -> int:
        """Return how many passages of a segment are not deleted."""
        return len(self.ids[name]) - len(self.deleted[name])


@dataclass(frozen=True, slots=True)
class Parts:
    """What a merge stands for: segments by name, and a word index with so many deleted, or 0."""

    segments: tuple[str, ...]
    words: int

    def fit(self, manifest: gen.Manifest) -> bool:
        """Tell whether a generation still has all of it."""
        named = {entry.name for entry in manifest.segments}
        return named.issuperset(self.segments) and manifest.lexical_deleted >= self.words


def read_before(folder: Path, known: Generation, model: str) -> Before | None:
    """Read a generation's folder to build upon; None where it is not there, or not its own."""
    try:
        manifest = gen.read_manifest(folder)
        if manifest.model != model or not manifest.is_of(known):
            return None
        ids, deleted, places = {}, {}, {}
        for entry in manifest.segments:
            places[entry.name] = folder / entry.name
            ids[entry.name] = vectors.load_ids(folder / entry.name / vectors.IDS_NAME)
            deleted[entry.name] = load_deleted(folder, entry)
    except (Damaged, NewerLibrary):
        return None
    words = Words(folder / gen.LEXICAL, manifest.lexical_deleted)
    return Before(folder, manifest, ids, deleted, places, words)


def read_parts(root: Path) -> Parts | None:
    """Return what the merge beside the generations stands for; None where there is none."""
    try:
        raw = json.loads((root / MERGED / PARTS).read_text("utf-8"))
        return Parts(tuple(raw["segments"]), raw["words"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def with_merged(before: Before, root: Path, known: Mapping[int, Generation]) -> Before:
    """Return ``before`` with what was merged beside it in place of its parts, if it fits and is whole.

    What was merged from a generation that has changed since (a document was withdrawn) is not taken.
    """
    parts = read_parts(root)
    if parts is None or not parts.fit(before.manifest):
        return before
    folder = root / MERGED
    try:
        manifest = gen.read_manifest(folder)
        origin = known.get(manifest.generation)
        if origin is None or manifest.model != before.manifest.model or not manifest.is_of(origin):
            return before
        ids = dict(before.ids)
        deleted, places, words = dict(before.deleted), dict(before.places), before.words
        dead = np.union1d(NO_IDS, np.concatenate([NO_IDS, *map(deleted.pop, parts.segments)]))
        for name in parts.segments:
            del ids[name], places[name]
        for entry in manifest.segments:
            places[entry.name] = folder / entry.name
            ids[entry.name] = vectors.load_ids(folder / entry.name / vectors.IDS_NAME)
            deleted[entry.name] = among(dead, ids[entry.name])
        if parts.words:
            words = _merged_words(before, folder)
    except (Damaged, NewerLibrary):
        return before
    reach("merge.taken")
    entries = tuple(gen.SegmentEntry(n, len(ids[n]), len(deleted[n])) for n in ids)
    return Before(
        before.folder,
        replace(before.manifest, segments=entries, lexical_deleted=words.deleted),
        ids,
        deleted,
        places,
        words,
        folder,
    )


def _merged_words(before: Before, folder: Path) -> Words:
    held, live = vectors.load_ids(folder / WORD_IDS), before.live()
    beyond = np.setdiff1d(held, live)
    return Words(folder / gen.LEXICAL, len(beyond), np.setdiff1d(live, held), beyond)


def among(some: vectors.Ids, ids: vectors.Ids) -> vectors.Ids:
    """Return those of ``some`` that are in ``ids``; both ascend."""
    if not len(ids):
        return some[:0]
    places = np.minimum(np.searchsorted(ids, some), len(ids) - 1)
    found: vectors.Ids = some[ids[places] == some]
    return found


def load_deleted(folder: Path, entry: gen.SegmentEntry) -> vectors.Ids:
    """Return the passage ids that are deleted from a segment in the generation at ``folder``."""
    if not entry.deleted:
        return NO_IDS
    return vectors.load_ids(folder / f"{entry.name}.deleted.npy")


def share_segment(before: Path, work: Path, name: str, gone: vectors.Ids) -> None:
    """Have a segment's files in a new folder, and note which of its passages are deleted there."""
    (work / name).mkdir()
    for path in before.iterdir():
        gen.link_or_copy(path, work / name / path.name)
    if len(gone):
        np.save(work / f"{name}.deleted.npy", gone)


def share_lexical(before: Path, folder: Path) -> None:
    """Have a word index's files in a new folder, those that a writer replaces as copies."""
    for path in before.iterdir():
        if path.name.endswith(".lock"):
            continue
        if path.name in {lexical.META, lexical.MANAGED}:
            shutil.copy2(path, folder / path.name)
        else:
            gen.link_or_copy(path, folder / path.name)
