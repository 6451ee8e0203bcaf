"""Building a generation: embed what is new, write what changed, share the rest with the one before."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from corpus.database import now, translated
from corpus.errors import Damaged, NewerLibrary, Unwritable
from corpus.failpoints import reach
from corpus.records import Generation
from corpus.rows import LivePassage
from corpus.store import Store
from corpus.vectors import VectorStore
from index import generation as gen
from index import lexical, merging, vectors
from index.ahead import Ahead
from index.embed import Encoder, Progress
from index.embedding import Embedding, keys_of
from index.merging import STALE, Merger, Pause
from index.segment_writer import write_segment
from index.standing import (
    MERGED,
    Before,
    among,
    read_before,
    read_parts,
    share_lexical,
    share_segment,
    with_merged,
)
from index.stemmers import stemmer_of, stemmers_of
from index.stored_blocks import blocks

IN_PASSING = 1_000
"""Passages of older segments that a change merges by itself: it takes some hundredths of a second."""
MOST_STALE = 0.5
"""The share of deleted passages from which a change itself writes anew what no merge has."""
MOST_SEGMENTS = 40
"""Segments beyond which a change itself merges what no merge has."""

_FEW = 2_000
"""Passages that may be added to the word index in memory."""

KEPT = 5
"""Index folders kept for rolling back; older ones can be made again from the stored vectors."""


@dataclass(frozen=True, slots=True)
class Built:
    """A published generation and what it cost: vectors made, passages added and deleted."""

    generation: Generation
    embedded: int
    added: int
    deleted: int


@dataclass(frozen=True, slots=True)
class _Change:
    """Passages that a new index holds beside those of the one before, and those of it that it lacks.

    Ids ascend. ``everything`` gives the ids of all passages that it holds.
    """

    added: vectors.Ids
    gone: vectors.Ids
    passages: int
    everything: Callable[[], Sequence[int]]


class Builder:
    """Publishes generations of one library under ``root``."""

    in_passing = IN_PASSING

    def __init__(self, *, store: Store, vectors: VectorStore, encoder: Encoder, root: Path) -> None:
        self._store = store
        self._vectors = vectors
        self._encoder = encoder
        self._root = root

    def pending(self) -> list[str]:
        """Return the keys of working passages and titles that have no vector yet."""
        live = self._store.working_passages()
        return self._vectors.missing(key for p in live for key in keys_of(p))

    def embed(self, progress: Progress | None = None) -> int:
        """Embed what has no vector yet; return how many were made. A kill loses one batch at most."""
        return self._fill(self._store.working_passages(), progress)

    def close(self) -> None:
        """Close the vector file; the library's is its owner's."""
        self._vectors.close()

    def ahead(self) -> Ahead:
        """Return what embeds, in a thread of its own, what is stored from now on."""
        return Ahead(self._store, self._vectors, self._encoder)

    def unembedded(self) -> int:
        """Return how many vectors the next publish has to make."""
        return len(self._vectors.missing(key for p in self._new() for key in keys_of(p)))

    def _new(self) -> Iterable[LivePassage]:
        """Give the passages that the next generation has beyond the newest; all of another model's."""
        newest = self._store.working.newest()
        if newest is None or newest.model != self._encoder.identity:
            return self._store.working_passages()
        added = self._store.working.difference().added
        return self._store.working.live_passages(self._store.working.passages_of(added))

    def _fill(self, passages: Iterable[LivePassage], progress: Progress | None = None) -> int:
        return Embedding(self._vectors, self._encoder).fill(passages, progress)

    def publish(
        self,
        progress: Progress | None = None,
        *,
        note: Callable[[Generation], None] | None = None,
    ) -> Built:
        """Publish the working set as the next generation; what ``note`` writes is kept with it, or not.

        Readers of the one before are not disturbed. Raises Unwritable where the disk refuses.
        """
        built = self.stage(progress)
        with self._store.transaction():
            self._store.publish(built.generation)
            if note:
                note(built.generation)
        reach("publish.done")
        self.collect()
        return built

    def stage(self, progress: Progress | None = None) -> Built:
        """Make the index of the working set as if it were the next generation, and leave it unpublished.

        Its folder is written anew by the next publish, or removed by it.
        """
        embedded = self._fill(self._new(), progress)
        number = self._store.next_generation()
        documents, passages, digest = self._store.working_digest()
        held, added, deleted = self._place(number, digest)
        if held != passages:
            raise Damaged(
                f"The new index holds {held} passages, the library {passages}.",
                hint="Run: patella doctor --mend",
            )
        generation = Generation(number, now(), documents, passages, self._encoder.identity, digest)
        return Built(generation, embedded, added, deleted)

    def rebuild(self, generation: Generation | None = None) -> None:
        """Make a generation's index folder again from the stored vectors: the served one's, or another's.

        Vectors that are not stored are made again as well.
        """
        wanted = generation or self._store.current()
        if wanted is None:
            return
        ids = self._store.generation_passages(wanted.id)
        self._fill(self._store.working.live_passages(ids))
        every = np.array(ids, np.int64)
        change = _Change(every, every[:0], len(ids), lambda: ids)
        languages = self._store.passing.languages(ids)
        self._write(wanted.id, wanted.digest, change, languages, before=None)

    def has(self, generation: Generation) -> bool:
        """Tell whether a generation's index folder is there and whole in its sizes."""
        try:
            folder = self._root / gen.folder_name(generation.id)
            return gen.read_manifest(folder).is_of(generation)
        except (Damaged, NewerLibrary):
            return False

    def collect(self) -> None:
        """Remove index folders beyond the kept ones, and what unfinished publishes left."""
        current = self._store.current()
        served = current.id if current else 0
        ours = {generation.id for generation in self._store.generations()}
        known = gen.published(self._root)
        newest = [number for number in known if number in ours][-KEPT:]
        for number in known:
            if number not in newest and number != served:
                # what cannot be removed now is tried again after the next publish
                with contextlib.suppress(OSError):
                    gen.discard(self._root / gen.folder_name(number))
        if (self._root / MERGED).is_dir() and not self._waits():
            with contextlib.suppress(OSError):
                gen.discard(self._root / MERGED)
        gen.clear(self._root)

    def merge(
        self,
        *,
        locked: Callable[[], AbstractContextManager[None]],
        pause: Pause = lambda: True,
    ) -> bool:
        """Merge what changes left in pieces beside the newest generation; the next publish takes it up.

        To be called by one process at a time, while others may publish; ``locked`` keeps them from it
        for the moment in which the work is put in its place. Tells whether anything was merged.
        Raises Unwritable, Locked.
        """
        before = self._newest()
        if before is None or self._waits():
            return False
        plan = merging.choose(before, in_passing=self.in_passing)
        if plan is None:
            return False
        origin = self._known()[before.manifest.generation]
        merger = Merger(
            self._store, self._vectors, self._root, self._encoder.dimension, locked, pause
        )
        return merger.merge(before, plan, origin)

    def _waits(self) -> bool:
        """Tell whether something was merged that the next publish can take up."""
        parts, newest = read_parts(self._root), self._newest()
        return parts is not None and newest is not None and parts.fit(newest.manifest)

    def prune(self) -> int:
        """Delete vectors that no stored version needs, of any model that can be served; return how many."""
        models = {generation.model for generation in self._store.generations()}
        needed = (key for p in self._store.garbage.passages() for key in keys_of(p))
        return self._vectors.prune(needed, models=models | {self._encoder.identity})

    def renew(self, generation: Generation | None, *, anew: bool) -> None:
        """Remove all indexes but that of ``generation``, which is written ``anew``: they can be made again.

        Nothing is shared with the folders before, which may hold words and vectors marked as deleted.
        """
        if generation is not None and anew:
            self.rebuild(generation)
        for number in gen.published(self._root):
            if generation is None or number != generation.id:
                with translated(self._root):
                    shutil.rmtree(self._root / gen.folder_name(number))
        merging.discard(self._root)
        gen.clear(self._root)

    def _place(self, number: int, digest: str) -> tuple[int, int, int]:
        """Write the working set's index; return how many passages it holds, new and gone ones."""
        before = self._before()
        change = self._change(before)
        languages = self._store.working.languages()
        manifest = self._write(number, digest, change, languages, before=before)
        return manifest.passages, len(change.added), len(change.gone)

    def _change(self, before: Before | None) -> _Change:
        """Return how the working set differs from the folder that the next one starts from."""
        working, everything = self._store.working, self._store.working_ids
        newest = working.newest()
        if before and newest and before.manifest.generation == newest.id:
            found = working.difference()
            added = np.array(working.passages_of(found.added), np.int64)
            gone = np.array(working.passages_of(found.gone), np.int64)
            total = before.manifest.passages + len(added) - len(gone)
            return _Change(added, gone, total, everything)
        wanted = np.array(everything(), np.int64)
        old = before.live() if before else wanted[:0]
        added, gone = np.setdiff1d(wanted, old), np.setdiff1d(old, wanted)
        return _Change(added, gone, len(wanted), everything)

    def _known(self) -> dict[int, Generation]:
        return {generation.id: generation for generation in self._store.generations()}

    def _newest(self) -> Before | None:
        """Return the newest folder of this library and model.

        A folder that no generation of this library knows (left by an unfinished publish, or by the
        library that lay here before) would give its passages' ids to other passages' vectors.
        """
        for known in reversed(self._store.generations()):
            folder = self._root / gen.folder_name(known.id)
            if before := read_before(folder, known, self._encoder.identity):
                return before
        return None

    def _before(self) -> Before | None:
        """Return the folder to build upon: the newest, with what was merged beside it taken up."""
        newest = self._newest()
        return with_merged(newest, self._root, self._known()) if newest else None

    def _write(
        self,
        number: int,
        digest: str,
        change: _Change,
        languages: Iterable[str],
        *,
        before: Before | None,
    ) -> gen.Manifest:
        with translated(self._root):
            self._root.mkdir(parents=True, exist_ok=True)
            work = Path(tempfile.mkdtemp(dir=self._root, prefix=".new-"))
        try:
            reach("publish.begun")
            segments = self._write_segments(work, number, change, before)
            reach("publish.segments")
            lexical_deleted = self._write_lexical(work, change, before)
            reach("publish.words")
            manifest = gen.Manifest(
                generation=number,
                model=self._encoder.identity,
                dimension=self._encoder.dimension,
                passages=change.passages,
                digest=digest,
                lexical_deleted=lexical_deleted,
                stemmers=stemmers_of(languages),
                segments=tuple(segments),
                files=(),
            )
            gen.write_manifest(work, manifest, shared_with=before.folders if before else ())
            gen.seal(work, self._root, number)
        except (OSError, RuntimeError) as error:
            raise Unwritable(
                f"The new index could not be written: {error}. The one before goes on serving.",
                hint="Free some space, then run: patella index",
            ) from error
        finally:
            shutil.rmtree(work, ignore_errors=True)
        return manifest

    def _write_segments(
        self, work: Path, number: int, change: _Change, before: Before | None
    ) -> list[gen.SegmentEntry]:
        """Keep the segments that need no work; write what is new, and small old ones, as one."""
        kept: list[tuple[gen.SegmentEntry, vectors.Ids]] = []
        fresh = [change.added]
        for name, ids in before.ids.items() if before else ():
            assert before is not None  # noqa: S101  (for the type checker)
            gone = np.union1d(before.deleted[name], among(change.gone, ids))
            if len(gone) > self._stale(len(ids)) * len(ids):
                fresh.append(np.setdiff1d(ids, gone))
            else:
                kept.append((gen.SegmentEntry(name, len(ids), len(gone)), gone))
        # size-tiered: a segment no more than twice the new one is merged into it, as long as that
        # costs little; the others wait for a quiet moment
        kept.sort(key=lambda item: -item[0].rows)
        rows = sum(map(len, fresh))
        while kept and rows and kept[-1][0].rows <= 2 * rows:
            if rows + kept[-1][0].rows > self.in_passing and len(kept) < MOST_SEGMENTS:
                break
            entry, gone = kept.pop()
            assert before is not None  # noqa: S101  (for the type checker)
            fresh.append(np.setdiff1d(before.ids[entry.name], gone))
            rows += len(fresh[-1])
            reach("merge.chosen")
        for entry, gone in kept:
            assert before is not None  # noqa: S101  (for the type checker)
            share_segment(before.places[entry.name], work, entry.name, gone)
        entries = [entry for entry, _ in kept]
        if rows:
            older = np.sort(np.concatenate([change.added[:0], *fresh[1:]]))
            # their vectors were made long ago, and may have been lost since
            self._fill(self._store.working.live_passages(older.tolist()))
            ids = np.sort(np.concatenate(fresh)).tolist()
            entries.append(self._new_segment(work, f"seg-{number:08d}", ids))
            if before and len(kept) < len(before.ids):
                reach("merge.written")
        return entries

    def _stale(self, passages: int) -> float:
        """Return the share of deleted passages from which a change writes anew what holds so many."""
        return STALE if passages <= self.in_passing else MOST_STALE

    def _new_segment(self, work: Path, name: str, ids: list[int]) -> gen.SegmentEntry:
        (work / name).mkdir()
        found = blocks(self._store, self._vectors, ids)
        write_segment(work / name, found, dimension=self._encoder.dimension)
        return gen.SegmentEntry(name, len(ids), 0)

    def _write_lexical(self, work: Path, change: _Change, before: Before | None) -> int:
        """Write the word index; return how many deleted passages still count in it."""
        folder = work / gen.LEXICAL
        folder.mkdir()
        gone, added, pending = change.gone, change.added, len(change.gone)
        if before:
            words = before.words
            gone = np.union1d(gone, words.beyond)
            added = np.union1d(added, np.setdiff1d(words.lacks, change.gone))
            pending += words.deleted
        share = self._stale(change.passages)
        create = before is None or pending > share * max(change.passages, 1)
        fresh = change.everything() if create else added.tolist()
        if not create and before:
            share_lexical(before.words.folder, folder)
        entries = (
            lexical.LexicalEntry(p.id, p.prefix, p.text, stemmer_of(p.language))
            for p in self._store.working.live_passages(fresh)
        )
        if create:
            lexical.write(folder, add=entries, create=True)
        elif max(len(fresh), len(gone)) > _FEW:
            lexical.write(folder, add=entries, delete=gone.tolist(), create=False)
        elif len(fresh) or len(gone):
            lexical.change(folder, add=list(entries), delete=gone.tolist())
        return 0 if create else pending
