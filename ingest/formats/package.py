"""Packages: the ZIP files that documents are made of, opened so that a hostile one harms nothing."""

from __future__ import annotations

import io
import posixpath
import re
import stat
import zipfile
from functools import cached_property
from typing import Any
from urllib.parse import unquote

from corpus.errors import Broken, Encrypted, TooLarge, Unsupported
from ingest.faults import parser_faults
from ingest.formats.xml_tree import SAVE_HINT, attribute, every, parse_xml

MOST_MEMBERS = 10_000
MOST_UNPACKED = 1_000_000_000
"""Bytes of all members together, as the file itself states them; they are read one at a time."""
_PIECE = 1_000_000
PART_LIMIT = 30_000_000
"""Bytes of one part of a document that is unpacked and parsed."""
MOST_RATIO = 100
"""Times that a whole package may grow; text grows about ten times, and pictures hardly."""
SMALL = 10_000_000
"""Bytes unpacked; below it, it does not matter how much a package grows."""
CUT_HINT = "Check that it was copied in full, or save it again."
_ENTRY = b"PK\x01\x02"
_ENCRYPTED_FLAGS = 0x1 | 0x40 | 0x2000


def _faults() -> tuple[type[Exception], ...]:
    return (zipfile.BadZipFile, EOFError, *parser_faults())


class Package:
    """The members of a ZIP file, checked before anything is unpacked.

    Raises Broken, TooLarge, Encrypted or Unsupported.
    """

    def __init__(self, data: bytes) -> None:
        # Counted in the bytes: to list a million members takes a gigabyte.
        if data.count(_ENTRY) > MOST_MEMBERS:
            raise TooLarge(
                f"It holds more than {MOST_MEMBERS:,} files.", hint="Split it into smaller ones."
            )
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except _faults() as error:
            raise Broken("It is damaged or cut short as a ZIP file.", hint=CUT_HINT) from error
        self._members = {_name(info): info for info in self._zip.infolist() if not info.is_dir()}
        self._check(len(data))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the files in it, in the order in which they stand, without links."""
        links = (stat.S_ISLNK(info.external_attr >> 16) for info in self._members.values())
        return tuple(name for name, link in zip(self._members, links, strict=True) if not link)

    def size(self, name: str) -> int:
        """Return the bytes that the member ``name`` has unpacked, as the file states them."""
        return self._members[name].file_size

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def _check(self, size: int) -> None:
        infos = self._zip.infolist()
        names = [_name(info) for info in infos]
        for name in names:
            if not is_safe(name):
                raise Broken(f"It has a file with an unsafe name: {name[:80]!r}.", hint=SAVE_HINT)
        if len(set(names)) < len(names):
            raise Broken("It has two files of the same name.", hint=SAVE_HINT)
        if any(info.flag_bits & _ENCRYPTED_FLAGS for info in infos):
            raise Encrypted("It needs a password.", hint="Save a copy without a password.")
        unpacked = sum(info.file_size for info in infos)
        if unpacked > MOST_UNPACKED or (unpacked > SMALL and unpacked > MOST_RATIO * size):
            raise TooLarge(
                f"It would unpack {size / 1e6:.1f} MB to {unpacked / 1e6:,.0f} MB.",
                hint="Split it into smaller files, without large pictures.",
            )
        if sum(info.compress_size for info in infos) > size:
            raise Broken("Its files overlap each other as a ZIP file's never do.", hint=SAVE_HINT)

    def read(self, name: str, *, limit: int = PART_LIMIT) -> bytes:
        """Return the bytes of a member of at most ``limit`` bytes. Raises Broken if it's not there."""
        info = self._members.get(name)
        if info is None:
            raise Broken(f"Its part {name[:80]} is missing.", hint=SAVE_HINT)
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Unsupported(
                f"Its part {name[:80]} is compressed in an unusual way.",
                hint="Pack it again as an ordinary ZIP file.",
            )
        if info.file_size > limit:
            raise TooLarge(
                f"Its part {name[:80]} has {info.file_size / 1e6:.1f} MB; "
                f"at most {limit / 1e6:.1f} MB are read.",
                hint="Split it into smaller files.",
            )
        try:
            # By pieces: a read of the whole unpacks all that is packed before it keeps to the size told.
            with self._zip.open(info) as member:
                return b"".join(iter(lambda: member.read(_PIECE), b""))
        except _faults() as error:
            raise Broken(f"Its part {name[:80]} is damaged.", hint=CUT_HINT) from error

    def xml(self, name: str) -> Any:
        """Return the root element of an XML part."""
        return parse_xml(self.read(name), part=name[:80])

    def xml_or_none(self, name: str) -> Any:
        """Return the root element of a part that a document can do without, or None."""
        return self.xml(name) if name in self._members else None

    def relations(self, part: str) -> dict[str, tuple[str, str]]:
        """Return the relationships of an Office part: id to type (its last word) and target."""
        folder, name = posixpath.split(part)
        root = self.xml_or_none(posixpath.join(folder, "_rels", f"{name}.rels"))
        if root is None:
            return {}
        return {
            attribute(one, "Id"): (
                attribute(one, "Type").rpartition("/")[2],
                resolve(part, attribute(one, "Target")),
            )
            for one in every(root, "Relationship")
            if attribute(one, "TargetMode") != "External"
        }

    @cached_property
    def main_part(self) -> str:
        """The part of an Office document that its text begins in."""
        for kind, target in self.relations("").values():
            if kind == "officeDocument":
                return target
        raise Broken("It does not say where its text is.", hint=SAVE_HINT)


def is_safe(name: str) -> bool:
    """Tell whether a member's name stays below where it would be unpacked, on every system."""
    return not (
        name.startswith("/")
        or ".." in name.split("/")
        or "\0" in name
        or re.match(r"[A-Za-z]:", name)
    )


def resolve(base: str, target: str) -> str:
    """Return the name of the member that ``target``, an address in the member ``base``, is."""
    path = unquote(target.partition("#")[0])
    if not path:
        return base
    if path.startswith("/"):
        return posixpath.normpath(path).lstrip("/")
    return posixpath.normpath(posixpath.join(posixpath.dirname(base), path))


def _name(info: zipfile.ZipInfo) -> str:
    # zipfile cuts names at a zero; old Windows programs wrote backslashes.
    return info.orig_filename.replace("\\", "/")
