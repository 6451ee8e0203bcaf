"""Which files of a folder are taken: patterns of the source, and .patellaignore files, as git reads them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from pathspec import GitIgnoreSpec

from corpus.errors import ReadError, UsageError

FILE = ".patellaignore"
LARGEST = 1_000_000
"""Bytes."""


class Choice:
    """Tells of each path under ``root`` whether it is left out, and by what.

    A path is POSIX, relative to ``root``; that of a folder ends in a slash. Deeper .patellaignore
    files count before higher ones, the last fitting line before earlier ones, and ``exclude`` of
    the source before them all. What lies in a folder that is left out is left out.
    """

    def __init__(self, root: Path, *, include: Iterable[str], exclude: Iterable[str]) -> None:
        self._root = root
        self._include = compiled(include)
        self._exclude = compiled(exclude)
        self._files: dict[str, GitIgnoreSpec | None] = {}

    def why_not(self, path: str) -> str:
        """Return why a path itself is left out, or an empty string; the folders above are not asked.

        Raises ReadError where a .patellaignore cannot be read.
        """
        if self._exclude and self._exclude.match_file(path):
            return "A pattern of its source leaves it out."
        name = path.rstrip("/")
        for folder in map(str, PurePosixPath(name).parents):
            spec = self._spec(folder)
            if spec is None:
                continue
            inner = path if folder == "." else path[len(folder) + 1 :]
            told = spec.check_file(inner).include
            if told is not None:
                where = FILE if folder == "." else f"{folder}/{FILE}"
                return f"{where} leaves it out." if told else self._not_included(path)
        return self._not_included(path)

    def leaves_out(self, path: str) -> bool:
        """Tell whether a file is left out, itself or by a folder that it lies in. Raises ReadError."""
        folders = [f"{folder}/" for folder in PurePosixPath(path).parents if str(folder) != "."]
        return any(self.why_not(each) for each in (*reversed(folders), path))

    def _not_included(self, path: str) -> str:
        if self._include and not path.endswith("/") and not self._include.match_file(path):
            return "No pattern of its source takes it in."
        return ""

    def _spec(self, folder: str) -> GitIgnoreSpec | None:
        if folder not in self._files:
            self._files[folder] = _read(self._root / folder / FILE)
        return self._files[folder]


def compiled(patterns: Iterable[str]) -> GitIgnoreSpec | None:
    """Return patterns ready to be matched, None for none. Raises UsageError for one that is none."""
    lines = list(patterns)
    try:
        return GitIgnoreSpec.from_lines(lines) if lines else None
    except ValueError as error:
        raise UsageError(
            f"One of these is no pattern: {', '.join(lines)}.",
            hint="Patterns are as in a .gitignore: *.pdf, drafts/, /notes.md, !keep.md",
        ) from error


def _read(path: Path) -> GitIgnoreSpec | None:
    hint = "Mend it; until then nothing that is known from the folder is removed."
    try:
        if not path.is_file():
            return None
        if path.stat().st_size > LARGEST:
            raise ReadError(f"{path} is larger than any real one.", hint=hint)
        return compiled(path.read_text("utf-8-sig").splitlines())
    except OSError as error:
        raise ReadError(f"{path} cannot be read: {error.strerror}.", hint=hint) from error
    except (UnicodeDecodeError, UsageError) as error:
        raise ReadError(f"{path} is not a list of patterns.", hint=hint) from error
