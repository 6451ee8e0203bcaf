"""Archives: the documents in a ZIP file, each with a path of its own, within limits on what is unpacked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath

from corpus.errors import ReadError, TooLarge, Unsupported
from ingest.formats.container import ARCHIVE, ZIP_MARKS, kind_of_zip
from ingest.formats.package import Package
from ingest.read import PDF_LIMIT, SUFFIXES

SUFFIX = ".zip"
"""In lower case, of the files that are looked into."""
MEMBER_LIMIT = PDF_LIMIT
"""Bytes of one file in an archive."""
UNPACK_HINT = "Unpack it, and add the folder instead."


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive: its path there, and its size unpacked."""

    path: str
    size: int


@dataclass(frozen=True, slots=True)
class Contents:
    """What an archive holds.

    ``skipped`` are files of kinds that are not read; ``nested`` are archives, which are not looked into.
    """

    members: tuple[Member, ...]
    skipped: tuple[str, ...] = ()
    nested: tuple[str, ...] = ()


def look_into(path: Path) -> Contents | None:
    """Tell what a ZIP file holds, in the order of the paths, or None where it is a document itself.

    Hidden files, links, and what macOS puts beside the files are passed over. Raises ReadError:
    TooLarge, Encrypted, Broken or Unsupported for the archive as a whole.
    """
    package = _opened(path)
    if package is None:
        return None
    members: list[Member] = []
    skipped: list[str] = []
    nested: list[str] = []
    for name in sorted(package.names):
        parts = name.split("/")
        suffix = PurePosixPath(name).suffix.lower()
        if any(part.startswith(".") for part in parts) or parts[0] == "__MACOSX":
            continue
        if suffix == SUFFIX:
            nested.append(name)
        elif suffix in SUFFIXES:
            members.append(Member(name, package.size(name)))
        else:
            skipped.append(name)
    return Contents(tuple(members), tuple(skipped), tuple(nested))


def read_member(path: Path, member: str) -> bytes:
    """Return the bytes of a file in an archive. Raises ReadError in words."""
    package = _opened(path)
    if package is None:
        raise Unsupported("It is no archive any more.", hint="Add it again.")
    return package.read(member, limit=MEMBER_LIMIT)


def _opened(path: Path) -> Package | None:
    try:
        stat = path.stat()
        return _package(path, stat.st_size, stat.st_mtime_ns)
    except OSError as error:
        raise ReadError(
            f"It cannot be read: {error.strerror}.", hint="Check that you may open the file."
        ) from error


@lru_cache(maxsize=1)  # files of one archive are read one after the other
def _package(path: Path, size: int, mtime_ns: int) -> Package | None:
    """Open an archive; ``size`` and ``mtime_ns`` are there so that a changed one is opened anew."""
    if size > PDF_LIMIT:
        raise TooLarge(
            f"It has {size / 1e6:.0f} MB, over the limit of {PDF_LIMIT / 1e6:.0f} MB.",
            hint="Split it into smaller archives.",
        )
    data = path.read_bytes()
    if not data.startswith(ZIP_MARKS) or kind_of_zip(data) != ARCHIVE:
        return None
    return Package(data)
