"""Archives: the documents in a ZIP file, each with a path of its own, within limits on what is unpacked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from ingest.formats.container import ARCHIVE, ZIP_MARKS, kind_of_zip
from ingest.formats.package import Package
from ingest.kinds import PDF_LIMIT, SUFFIXES

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


def open_archive(data: bytes) -> Package | None:
    """Open a ZIP file, or return None where it is a document itself.

    Raises ReadError: TooLarge, Encrypted, Broken or Unsupported for the archive as a whole.
    """
    if not data.startswith(ZIP_MARKS) or kind_of_zip(data) != ARCHIVE:
        return None
    return Package(data)


def contents(package: Package) -> Contents:
    """Tell what an archive holds, in the order of the paths.

    Hidden files, links, and what macOS puts beside the files are passed over.
    """
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
