"""SHA-256 of large files, remembered for as long as the system says that they have not changed."""

from __future__ import annotations

import contextlib
import hashlib
import json
from pathlib import Path

from corpus.errors import PatellaError
from corpus.originals import write_durably

NAME = "sums.json"


class Sums:
    """Hashes files; what was found is kept in ``folder``, or nowhere without one.

    A file counts as unchanged while its size, inode, times of change and of the last write (the
    inode's own, which no program can set back) are what they were. A disk that rots unseen is found
    by ``patella doctor``, which trusts nothing that was kept.
    """

    def __init__(self, folder: Path | None) -> None:
        self._file = folder / NAME if folder else None

    def of(self, path: Path) -> str:
        """Return a file's SHA-256 in hexadecimal. Raises OSError where it cannot be read."""
        name, state = str(path.resolve()), _state(path)
        kept = self._kept()
        if kept.get(name, [None, ""])[0] == state:
            return kept[name][1]
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if self._file and _state(path) == state:
            kept = {n: entry for n, entry in kept.items() if Path(n).is_file()}
            kept[name] = [state, found]
            # a cache folder that cannot be written costs time, and nothing else
            with contextlib.suppress(OSError, PatellaError):
                write_durably(self._file, json.dumps(kept, indent=1).encode())
        return found

    def _kept(self) -> dict[str, list[str]]:
        try:
            raw = json.loads(self._file.read_text("utf-8")) if self._file else {}
            return {str(n): [str(entry[0]), str(entry[1])] for n, entry in raw.items()}
        except (OSError, ValueError, LookupError, AttributeError, TypeError):
            return {}


def _state(path: Path) -> str:
    found = path.stat()
    return f"{found.st_size} {found.st_ino} {found.st_mtime_ns} {found.st_ctime_ns}"
