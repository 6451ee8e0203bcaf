"""Originals in a place that several machines share: a folder, or an object store, by its fsspec address."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from corpus.errors import NotFound, StoreAway, UsageError
from corpus.originals import Originals, gone, is_sha, sha256_bytes, unaltered

try:
    import fsspec
    from fsspec.implementations.local import LocalFileSystem
except ImportError as missing:  # the extra is not installed
    raise UsageError(
        f"Originals are to be kept elsewhere, and {missing.name} is not installed.",
        hint='Run: pip install "patella[s3]"',
    ) from missing
try:
    from botocore.exceptions import BotoCoreError
except ImportError:
    BotoCoreError = OSError


class SharedOriginals(Originals):
    """Files named by their SHA-256 at ``url``; those that this machine needs as files lie in ``root`` too.

    Methods raise StoreAway where the place cannot be used.
    """

    def __init__(self, root: Path, url: str) -> None:
        super().__init__(root)
        self._here = Originals(root)
        self._url = url
        try:
            self._fs, self._place = fsspec.core.url_to_fs(
                url,
                # other machines write there as well
                use_listings_cache=False,
            )
        except (ImportError, ValueError) as error:
            raise UsageError(
                f"The setting originals_url cannot be used: {error}",
                hint='It looks like s3://bucket/folder; for S3 run: pip install "patella[s3]"',
            ) from error

    def _there(self, sha: str) -> str:
        return f"{self._place}/{sha[:2]}/{sha}"

    def path(self, sha: str) -> Path:
        """Return where the file of hash ``sha`` lies on this machine, fetched if it must be."""
        path = self._here.path(sha)
        if not path.is_file():
            with contextlib.suppress(NotFound):
                self._here.put(self.get(sha))
        return path

    def put(self, data: bytes) -> str:
        """Keep ``data``, there when this returns; return its hash."""
        sha = sha256_bytes(data)
        target = self._there(sha)
        with self._translated():
            if not self._whole(target, len(data)):
                self._write(target, data)
        return self._here.put(data)

    def _whole(self, target: str, size: int) -> bool:
        try:
            return int(self._fs.size(target) or 0) == size
        except FileNotFoundError:
            return False

    def _write(self, target: str, data: bytes) -> None:
        self._fs.makedirs(target.rpartition("/")[0], exist_ok=True)
        if not isinstance(self._fs, LocalFileSystem):
            # an object store shows an object whole, or not at all
            self._fs.pipe_file(target, data)
            return
        beside = f"{target}.new"
        self._fs.pipe_file(beside, data)
        self._fs.mv(beside, target)

    def get(self, sha: str) -> bytes:
        """Return the bytes of hash ``sha``. Raises NotFound where they are gone or altered."""
        with contextlib.suppress(NotFound):
            return self._here.get(sha)
        try:
            with self._translated():
                data: bytes = self._fs.cat_file(self._there(sha))
        except FileNotFoundError as error:
            raise gone() from error
        return unaltered(data, sha)

    def remove(self, sha: str) -> None:
        """Delete the file of hash ``sha``, there and here; one that is not there is no fault."""
        with self._translated(), contextlib.suppress(FileNotFoundError):
            self._fs.rm_file(self._there(sha))
        self._here.remove(sha)

    def check(self, needed: frozenset[str]) -> tuple[str, ...]:
        """Return those hashes whose file is missing there, or altered."""
        lost = needed - self._listed()
        return tuple(sorted(lost.union(super().check(needed - lost))))

    def kept(self) -> Iterator[str]:
        """Give the hashes of the files that are kept there or here."""
        yield from sorted(self._listed().union(self._here.kept()))

    def _listed(self) -> set[str]:
        try:
            with self._translated():
                names = self._fs.find(self._place)
        except FileNotFoundError:
            return set()
        return set(filter(is_sha, (name.rpartition("/")[2] for name in names)))

    def sweep(self, needed: frozenset[str]) -> int:
        """Remove files that are not ``needed``; return how many."""
        gone = set(self.kept()) - needed
        for sha in gone:
            self.remove(sha)
        self._here.sweep(needed)
        return len(gone)

    def let_go(self, needed: Callable[[], frozenset[str]]) -> None:
        """Remove what lies on this machine and is no longer ``needed``: it is gone from the shared place."""
        self._here.sweep(needed())

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise
        except (OSError, BotoCoreError) as error:
            raise StoreAway(
                f"The place of the originals, {self._url}, cannot be used: {error}.",
                hint="Look whether it is there, and whether originals_url and its keys are right.",
            ) from error
