"""Building a generation: embed what is new, write what changed, share the rest with the one before."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
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
from index import lexical, vectors
from index.ahead import Ahead
from index.embed import Encoder, Progress
from index.embedding import Embedding, keys_of
from index.segment_writer import write_segment
from index.stemmers import stemmer_of, stemmers_of
from index.stored_blocks import blocks

_REBUILD_SHARE = 0.2
"""Deleted passages still count in BM25's document frequencies, so past this share all is rebuilt."""

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
class _Before:
    """The index folder that the next one starts from."""

    folder: Path
    manifest: gen.Manifest
    ids: dict[str, vectors.Ids]
    deleted: dict[str, vectors.Ids]

    def live(self) -> vectors.Ids:
        parts = [np.setdiff1d(ids, self.deleted[name]) for name, ids in self.ids.items()]
        return np.sort(np.concatenate(parts)) if parts else np.empty(0, np.int64)


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
        gen.clear(self._root)

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
        gen.clear(self._root)

    def _place(self, number: int, digest: str) -> tuple[int, int, int]:
        """Write the working set's index; return how many passages it holds, new and gone ones."""
        before = self._before()
        change = self._change(before)
        languages = self._store.working.languages()
        manifest = self._write(number, digest, change, languages, before=before)
        return manifest.passages, len(change.added), len(change.gone)

    def _change(self, before: _Before | None) -> _Change:
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

    def _before(self) -> _Before | None:
        """Return the newest folder of this library and model that can be built upon.

        A folder that no generation of this library knows (left by an unfinished publish, or by the
        library that lay here before) would give its passages' ids to other passages' vectors.
        """
        for known in reversed(self._store.generations()):
            folder = self._root / gen.folder_name(known.id)
            try:
                manifest = gen.read_manifest(folder)
                if manifest.model != self._encoder.identity or not manifest.is_of(known):
                    continue
                ids, deleted = {}, {}
                for entry in manifest.segments:
                    ids[entry.name] = vectors.load_ids(folder / entry.name / vectors.IDS_NAME)
                    deleted[entry.name] = load_deleted(folder, entry)
            except (Damaged, NewerLibrary):
                continue
            return _Before(folder, manifest, ids, deleted)
        return None

    def _write(
        self,
        number: int,
        digest: str,
        change: _Change,
        languages: Iterable[str],
        *,
        before: _Before | None,
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
            gen.write_manifest(work, manifest, before=before.folder if before else None)
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
        self, work: Path, number: int, change: _Change, before: _Before | None
    ) -> list[gen.SegmentEntry]:
        """Keep the segments that need no work; write what is new, and small old ones, as one."""
        kept: list[tuple[gen.SegmentEntry, vectors.Ids]] = []
        fresh = [change.added]
        for entry in before.manifest.segments if before else ():
            assert before is not None  # noqa: S101  (for the type checker)
            ids, deleted = before.ids[entry.name], before.deleted[entry.name]
            gone = np.union1d(deleted, _among(change.gone, ids))
            if len(gone) > _REBUILD_SHARE * len(ids):
                fresh.append(np.setdiff1d(ids, gone))
            else:
                kept.append((gen.SegmentEntry(entry.name, entry.rows, len(gone)), gone))
        # size-tiered: a segment no more than twice the new one is merged into it
        kept.sort(key=lambda item: -item[0].rows)
        rows = sum(map(len, fresh))
        while kept and rows and kept[-1][0].rows <= 2 * rows:
            entry, gone = kept.pop()
            assert before is not None  # noqa: S101  (for the type checker)
            fresh.append(np.setdiff1d(before.ids[entry.name], gone))
            rows += len(fresh[-1])
            reach("merge.chosen")
        for entry, gone in kept:
            assert before is not None  # noqa: S101  (for the type checker)
            _share_segment(before.folder, work, entry, gone)
        entries = [entry for entry, _ in kept]
        if rows:
            older = np.sort(np.concatenate([change.added[:0], *fresh[1:]]))
            # their vectors were made long ago, and may have been lost since
            self._fill(self._store.working.live_passages(older.tolist()))
            merges = len(entries) < len(before.manifest.segments) if before else False
            entries.append(
                self._new_segment(
                    work, f"seg-{number:08d}", np.sort(np.concatenate(fresh)).tolist()
                )
            )
            if merges:
                reach("merge.written")
        return entries

    def _new_segment(self, work: Path, name: str, ids: list[int]) -> gen.SegmentEntry:
        (work / name).mkdir()
        found = blocks(self._store, self._vectors, ids)
        write_segment(work / name, found, dimension=self._encoder.dimension)
        return gen.SegmentEntry(name, len(ids), 0)

    def _write_lexical(self, work: Path, change: _Change, before: _Before | None) -> int:
        """Write the word index; return how many deleted passages still count in it."""
        folder = work / gen.LEXICAL
        folder.mkdir()
        gone = change.gone.tolist()
        pending = (before.manifest.lexical_deleted if before else 0) + len(gone)
        create = before is None or pending > _REBUILD_SHARE * max(change.passages, 1)
        fresh = change.everything() if create else change.added.tolist()
        if not create and before:
            _share_lexical(before.folder / gen.LEXICAL, folder)
        entries = (
            lexical.LexicalEntry(p.id, p.prefix, p.text, stemmer_of(p.language))
            for p in self._store.working.live_passages(fresh)
        )
        if create:
            lexical.write(folder, add=entries, create=True)
        elif len(fresh) > _FEW:
            lexical.write(folder, add=entries, delete=gone, create=False)
        elif fresh or gone:
            lexical.change(folder, add=list(entries), delete=gone)
        return 0 if create else pending


def _among(some: vectors.Ids, ids: vectors.Ids) -> vectors.Ids:
    """Return those of ``some`` that are in ``ids``; both ascend."""
    if not len(ids):
        return some[:0]
    places = np.minimum(np.searchsorted(ids, some), len(ids) - 1)
    found: vectors.Ids = some[ids[places] == some]
    return found


def load_deleted(folder: Path, entry: gen.SegmentEntry) -> vectors.Ids:
    """Return the passage ids that are deleted from a segment in the generation at ``folder``."""
    if not entry.deleted:
        return np.empty(0, np.int64)
    return vectors.load_ids(folder / f"{entry.name}.deleted.npy")


def _share_segment(before: Path, work: Path, entry: gen.SegmentEntry, gone: vectors.Ids) -> None:
    (work / entry.name).mkdir()
    for path in (before / entry.name).iterdir():
        gen.link_or_copy(path, work / entry.name / path.name)
    if len(gone):
        np.save(work / f"{entry.name}.deleted.npy", gone)


def _share_lexical(before: Path, folder: Path) -> None:
    for path in before.iterdir():
        if path.name.endswith(".lock"):
            continue
        if path.name in {lexical.META, lexical.MANAGED}:
            shutil.copy2(path, folder / path.name)
        else:
            gen.link_or_copy(path, folder / path.name)
