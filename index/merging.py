"""Merging a generation's segments beside it, for the next one to take up: no change waits for it."""

from __future__ import annotations

import json
import math
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from corpus.database import translated
from corpus.errors import Unwritable
from corpus.failpoints import reach
from corpus.originals import sync_folder
from corpus.records import Generation
from corpus.store import Store
from corpus.vectors import VectorStore
from index import generation as gen
from index import lexical
from index.segment_writer import write_segment
from index.standing import MERGED, PARTS, WORD_IDS, Before
from index.stemmers import stemmer_of
from index.stored_blocks import blocks
from index.vectors import Ids

STALE = 0.2
"""The share of deleted passages from which a segment is written anew. They count in BM25's document
frequencies as well, so the word index is treated the same."""
TIER = 4
"""Segments of one size (within a factor of this) that are merged: so each passage is written once for
each power of it up to the library's size."""
WORK = ".merge-"
_ENTRIES = 1_000
"""Passages put into a word index between two pauses."""

Pause = Callable[[], bool]
"""Is called between parts of the work, may wait, and tells whether to go on."""

T = TypeVar("T")


class _Overtaken(Exception):
    """What was to be merged is no longer what it was, or the work is to end."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to merge: segments by name, with the passages that live in them, and the word index or not."""

    segments: tuple[str, ...]
    ids: Ids
    words: bool


def choose(before: Before, *, in_passing: int) -> Plan | None:
    """Return what of a generation is best merged; None where changes have kept it in order.

    Up to ``in_passing`` passages are merged by the changes themselves.
    """
    manifest = before.manifest
    large = manifest.passages > in_passing
    words = large and manifest.lexical_deleted > STALE * manifest.passages
    names = _stale(before, in_passing) or _tier(before, in_passing)
    if not names and not words:
        return None
    parts = [np.setdiff1d(before.ids[name], before.deleted[name]) for name in names]
    ids = np.sort(np.concatenate([np.empty(0, np.int64), *parts]))
    return Plan(names, ids, words)


def _stale(before: Before, in_passing: int) -> tuple[str, ...]:
    for name, ids in before.ids.items():
        if len(ids) > in_passing and len(before.deleted[name]) > STALE * len(ids):
            return (name,)
    return ()


def _tier(before: Before, in_passing: int) -> tuple[str, ...]:
    """Return the smallest TIER segments of one size that are more than a change merges by itself."""
    tiers: dict[int, list[str]] = {}
    for name in before.ids:
        tiers.setdefault(int(math.log(max(1, before.live_in(name)), TIER)), []).append(name)
    for _, names in sorted(tiers.items()):
        if len(names) >= TIER and sum(map(before.live_in, names)) > in_passing:
            return tuple(sorted(names))
    return ()


@dataclass(frozen=True, slots=True)
class Merger:
    """Merges beside a generation; the folder that comes of it is whole, or not there."""

    store: Store
    vectors: VectorStore
    root: Path
    dimension: int
    locked: Callable[[], AbstractContextManager[None]]
    """Holds the library against changes: for the moment in which the folder is put in its place."""
    pause: Pause

    def merge(self, before: Before, plan: Plan, origin: Generation) -> bool:
        """Do what was planned; False where it was broken off. Raises Unwritable, Locked.

        To be called by one process at a time; changes may go on meanwhile.
        """
        with translated(self.root):
            clear(self.root)
            work = Path(tempfile.mkdtemp(dir=self.root, prefix=WORK))
        try:
            reach("merge.begun")
            self._write(work, before, plan, origin)
            with self.locked():
                self._check(work, origin)
                _seal(work, self.root)
        except (_Overtaken, FileNotFoundError, KeyError):
            # a document was withdrawn, and took the folder or its passages with it
            return False
        except (OSError, RuntimeError) as error:
            raise Unwritable(
                f"Segments could not be merged: {error}. They serve as they are.",
                hint="Free some space; it is tried again after the next change.",
            ) from error
        finally:
            shutil.rmtree(work, ignore_errors=True)
        return True

    def _write(self, work: Path, before: Before, plan: Plan, origin: Generation) -> None:
        entries = []
        if plan.segments:
            # no publish gives a segment such a name
            name = f"seg-{origin.id:08d}-merged"
            (work / name).mkdir()
            found = self._paused(work, blocks(self.store, self.vectors, plan.ids.tolist()))
            if write_segment(work / name, found, dimension=self.dimension) != len(plan.ids):
                raise _Overtaken
            entries.append(gen.SegmentEntry(name, len(plan.ids), 0))
        if plan.words:
            self._write_words(work, before)
        deleted = before.manifest.lexical_deleted if plan.words else 0
        body = {"segments": plan.segments, "words": deleted}
        (work / PARTS).write_text(json.dumps(body), "utf-8")
        reach("merge.filled")
        manifest = gen.Manifest(
            generation=origin.id,
            model=origin.model,
            dimension=self.dimension,
            passages=len(plan.ids),
            digest=origin.digest,
            lexical_deleted=0,
            stemmers=before.manifest.stemmers,
            segments=tuple(entries),
            files=(),
        )
        gen.write_manifest(work, manifest)

    def _write_words(self, work: Path, before: Before) -> None:
        ids = before.live()
        folder = work / gen.LEXICAL
        folder.mkdir()
        count = 0

        def entries() -> Iterator[lexical.LexicalEntry]:
            nonlocal count
            starts = range(0, len(ids), _ENTRIES)
            for start in self._paused(work, starts):
                for p in self.store.live_passages(ids[start : start + _ENTRIES].tolist()):
                    count += 1
                    yield lexical.LexicalEntry(p.id, p.prefix, p.text, stemmer_of(p.language))

        lexical.write(folder, add=entries(), create=True)
        if count != len(ids):
            raise _Overtaken
        np.save(work / WORD_IDS, ids)

    def _paused(self, work: Path, parts: Iterable[T]) -> Iterator[T]:
        for part in parts:
            if not self.pause() or not work.is_dir():
                raise _Overtaken
            yield part

    def _check(self, work: Path, origin: Generation) -> None:
        """Raise where the generation is not what was merged: a withdrawal takes from it."""
        if origin not in self.store.generations() or not work.is_dir():
            raise _Overtaken


def _seal(work: Path, root: Path) -> None:
    gen.discard(root / MERGED)
    work.rename(root / MERGED)
    reach("merge.sealed")
    sync_folder(root)


def clear(root: Path) -> None:
    """Remove what merges that were broken off have left under ``root``; none may be under way."""
    for path in root.glob(f"{WORK}*"):
        shutil.rmtree(path, ignore_errors=True)


def discard(root: Path) -> None:
    """Remove what was merged under ``root``, and let a merge that is under way break off."""
    gen.discard(root / MERGED)
    clear(root)
