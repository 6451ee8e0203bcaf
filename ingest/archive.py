"""Archives: the documents in a ZIP file, one at a time, with limits on what is unpacked."""

from __future__ import annotations

from collections.abc import Iterator

from corpus.errors import Broken, ReadError, TooLarge, Unsupported
from ingest.formats.container import ARCHIVE, ZIP_MARKS, kind_of_zip
from ingest.formats.package import Package

ARCHIVES = frozenset({".zip"})
"""Suffixes, in lower case, of files that hold other files."""
MEMBER_LIMIT = 100_000_000
"""Bytes of one file in an archive."""
INSIDE = "!/"
"""Stands between an archive's path and that of a file in it: ``archive.zip!/inner.md``."""
NAMED = 5
"""Files that an error names; the rest are counted."""


def members(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Give the path and the bytes of each file in a ZIP archive, in the order of their paths.

    Hidden files, links, and what macOS puts beside the files are passed over. An archive as a
    whole is refused before anything is given: TooLarge, Encrypted, Broken. A file that is
    damaged, too large, or an archive itself is left out, and the rest goes on: the last step
    raises Broken, TooLarge or Unsupported, and names those files.
    """
    package = Package(data)
    faults: list[tuple[str, ReadError]] = []
    for name in sorted(package.names):
        parts = name.split("/")
        if any(part.startswith(".") for part in parts) or parts[0] == "__MACOSX":
            continue
        try:
            content = package.read(name, limit=MEMBER_LIMIT)
            _refuse_archive(content)
        except (Broken, TooLarge, Unsupported) as error:
            faults.append((name, error))
            continue
        yield name, content
    if faults:
        raise _summary(faults)


def _refuse_archive(content: bytes) -> None:
    """Raise Unsupported for an archive in an archive; documents that are made as one pass."""
    if not content.startswith(ZIP_MARKS):
        return
    try:
        kind = kind_of_zip(content)
    except ReadError:
        # Its own reader tells what is wrong with it.
        return
    if kind == ARCHIVE:
        raise Unsupported("It is an archive itself.")


def _summary(faults: list[tuple[str, ReadError]]) -> ReadError:
    """Return one error for all files left out, of the first one's kind."""
    first = faults[0][1]
    listed = ", ".join(name for name, _ in faults[:NAMED])
    more = f" and {len(faults) - NAMED} more" if len(faults) > NAMED else ""
    return type(first)(
        f"{len(faults)} of its files could not be unpacked: {listed}{more}. {first}",
        hint="Unpack it, and add the folder instead.",
    )
