"""A disk that forgets: what of a folder would be there if the power failed now.

``kill -9`` leaves all that was written, so it doesn't show a missing sync. While a ``Disk`` looks on,
it remembers what Python's ``os.fsync`` made durable: a file's bytes at its last sync, a folder's
names at its last one. ``power_fails`` then writes the folder as the worst disk would leave it, or,
with a seed, one that kept some of the rest.

SQLite syncs its files by itself (``synchronous=FULL``, held by a test): of each, what was written up
to the last commit in its write-ahead log is durable, and the frames after that may be lost or torn.
"""

from __future__ import annotations

import contextlib
import os
import random
import stat
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_WAL_HEADER = 32
_FRAME_HEADER = 24


@dataclass(slots=True)
class _Durable:
    """What is on the disk for good, by inode; each inode is held open so that its number stays its own."""

    bytes: dict[int, bytes] = field(default_factory=dict)
    names: dict[int, dict[str, int]] = field(default_factory=dict)
    held: dict[int, int] = field(default_factory=dict)


class Disk:
    """Looks on from now: what ``root`` holds at the start is durable. One a process, in its main thread."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._kept = _Durable()
        root.mkdir(parents=True, exist_ok=True)
        for folder, _, files in os.walk(root):
            for name in files:
                # a reader of another process may end, and take SQLite's log with it
                if not _is_sqlite(name):
                    self._note(Path(folder, name))
            self._note(Path(folder))
        self._fsync = os.fsync
        os.fsync = self._synced

    def _synced(self, handle: int) -> None:
        self._fsync(handle)
        self._note(Path(f"/proc/self/fd/{handle}").readlink())

    def _note(self, path: Path) -> None:
        """Take the file or folder at ``path``, as it is now, for durable."""
        found = path.stat()
        self._hold(path, found.st_ino)
        if stat.S_ISDIR(found.st_mode):
            self._kept.names[found.st_ino] = self._listed(path)
        elif stat.S_ISREG(found.st_mode):
            self._kept.bytes[found.st_ino] = path.read_bytes()

    def _listed(self, folder: Path) -> dict[str, int]:
        names = {}
        for entry in folder.iterdir():
            if not _is_sqlite(entry.name):
                names[entry.name] = entry.stat().st_ino
                self._hold(entry, names[entry.name])
        return names

    def _hold(self, path: Path, inode: int) -> None:
        if inode not in self._kept.held:
            self._kept.held[inode] = os.open(path, os.O_RDONLY)

    def power_fails(self, image: Path, *, seed: int = 0) -> None:
        """Write to ``image`` what of the folder is left; with a ``seed``, chance keeps some of the rest."""
        _Failure(self._kept, random.Random(seed) if seed else None).folder(self._root, image)


class _Failure:
    """One power failure: with ``chance``, each change that was not synced may have been kept."""

    def __init__(self, kept: _Durable, chance: random.Random | None) -> None:
        self._kept = kept
        self._chance = chance

    def folder(self, source: Path, target: Path) -> None:
        target.mkdir(parents=True)
        inode = source.stat().st_ino
        now = {}
        for entry in source.iterdir():
            if entry.name.endswith("-shm"):
                # memory that processes share, which comes and goes with them: no file of a disk
                continue
            with contextlib.suppress(FileNotFoundError):
                now[entry.name] = entry.stat().st_ino
        durable = self._kept.names.get(inode, {})
        for name in sorted(now.keys() | durable.keys()):
            if _is_sqlite(name):
                # SQLite syncs the folder itself when it makes a file
                found = now.get(name)
            else:
                found = self._either(durable.get(name), now.get(name))
            if found is not None:
                # a reader may close a cache meanwhile, and its log goes with that
                with contextlib.suppress(FileNotFoundError):
                    self._entry(source / name, found, target / name)

    def _either(self, durable: int | None, now: int | None) -> int | None:
        if durable == now or self._chance is None:
            return durable
        return self._chance.choice([durable, now])

    def _entry(self, place: Path, inode: int, target: Path) -> None:
        handle = self._kept.held.get(inode)
        source = place if handle is None else Path(f"/proc/self/fd/{handle}")
        if stat.S_ISDIR(source.stat().st_mode):
            # a removed folder is empty; its names as of its last sync stand for it
            if handle is not None and not any(source.iterdir()):
                self._removed(inode, target)
            else:
                self.folder(source, target)
        elif not _is_sqlite(target.name):
            target.write_bytes(self._bytes(inode, source))
        else:
            target.write_bytes(self._sqlite(source, target.name))

    def _removed(self, inode: int, target: Path) -> None:
        target.mkdir(parents=True)
        for name, entry in self._kept.names.get(inode, {}).items():
            self._entry(Path(f"/proc/self/fd/{self._kept.held[entry]}"), entry, target / name)

    def _bytes(self, inode: int, source: Path) -> bytes:
        durable = self._kept.bytes.get(inode, b"")
        if self._chance is None:
            return durable
        now = source.read_bytes()
        if durable == now:
            return now
        cut = now[: self._chance.randrange(len(now) + 1)]
        zeros = cut + bytes(len(now) - len(cut))
        return self._chance.choice([durable, now, cut, zeros])

    def _sqlite(self, source: Path, name: str) -> bytes:
        found = source.read_bytes()
        if not name.endswith("-wal"):
            return found
        committed = committed_bytes(found)
        if self._chance is None:
            return found[:committed]
        rest = found[committed:]
        cut = rest[: self._chance.randrange(len(rest) + 1)]
        return found[:committed] + cut + bytes(self._chance.choice([0, len(rest) - len(cut)]))


def committed_bytes(log: bytes) -> int:
    """Return the length of a write-ahead log up to the end of its last commit."""
    if len(log) < _WAL_HEADER:
        return len(log)
    return max((end for end, commit in _frames(log) if commit), default=_WAL_HEADER)


def _frames(log: bytes) -> Iterator[tuple[int, bool]]:
    """Give the end of each frame of the log's present run, and whether it ends a commit."""
    page, salt = struct.unpack(">I", log[8:12])[0], log[16:24]
    place = _WAL_HEADER
    while place + _FRAME_HEADER + page <= len(log):
        if log[place + 8 : place + 16] != salt:
            return
        commit = log[place + 4 : place + 8] != b"\0\0\0\0"
        place += _FRAME_HEADER + page
        yield place, commit


def _is_sqlite(name: str) -> bool:
    return name.endswith((".db", ".db-wal", ".db-shm"))
