"""Reading: chooses the reader for a source's bytes, and lets no error out but its own."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePath
from typing import Protocol

from corpus.errors import Broken, NoText, TooLarge, Unsupported
from corpus.records import Extract
from ingest.decode import KINDS_HINT, as_stated
from ingest.faults import parser_faults
from ingest.formats.container import (
    ARCHIVE,
    OLD_OFFICE_MARK,
    ZIP_MARKS,
    kind_of_zip,
    refuse_old_office,
)
from ingest.kinds import BY_SUFFIX, MEGABYTE, PDF_LIMIT, TEXT_LIMIT
from ingest.language import detect as detect_language

READER_VERSION = 5
"""Counts up when a reader's output changes, so that libraries know what to read again."""

PDF_HEAD = 1024
"""A PDF's mark may stand behind a little rubbish; readers look for it in so many bytes."""
HTML_HEAD = 4096

_HTML_START = re.compile(
    rb"^\s*+(?>(?><!--.*?-->|<\?xml[^>]*>)\s*+)*+<(?:!doctype\s+html|html)\b", re.I | re.S
)
RTF_MARK = b"{\\rtf"
_TEXTS = frozenset({"markdown", "text", "html"})
# The first bytes of kinds that are not read, with what they are called.
_OTHER_KINDS = (
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x1f\x8b", "compressed"),
    (b"7z\xbc\xaf\x27\x1c", "compressed"),
    (b"%!PS", "a PostScript document"),
    (b"SQLite format 3\0", "a database"),
)


class Reader(Protocol):
    def __call__(self, data: bytes, *, name: str) -> Extract: ...


@functools.cache
def readers() -> Mapping[str, Reader]:
    """Load and return the reader of each format."""
    # heavy (some 30 MB): a server holds them in the processes that read, and not itself
    from ingest.formats import (  # noqa: PLC0415
        docx,
        epub,
        html,
        markdown,
        odt,
        pdf,
        pptx,
        rtf,
        text,
    )

    return {
        "markdown": markdown.read,
        "text": text.read,
        "html": html.read,
        "pdf": pdf.read,
        "docx": docx.read,
        "epub": epub.read,
        "odt": odt.read,
        "pptx": pptx.read,
        "rtf": rtf.read,
    }


def detect(data: bytes, *, name: str) -> str:
    """Return the format of a source, by its content first and its suffix second.

    Raises Unsupported for kinds that are not read, and Broken, TooLarge or Encrypted for a ZIP
    file that does not tell what it is.
    """
    if data.startswith(ZIP_MARKS):
        return _zipped(data)
    if data.startswith(OLD_OFFICE_MARK):
        refuse_old_office(data)
    if data.lstrip()[: len(RTF_MARK)] == RTF_MARK:
        return "rtf"
    if b"%PDF-" in data[:PDF_HEAD]:
        return "pdf"
    for mark, kind in _OTHER_KINDS:
        if data.startswith(mark):
            raise Unsupported(f"This file is {kind}.", hint=KINDS_HINT)
    suffix = PurePath(name).suffix.lower()
    by_suffix = BY_SUFFIX.get(suffix)
    if by_suffix != "markdown" and _HTML_START.match(
        data[:HTML_HEAD].removeprefix(b"\xef\xbb\xbf")
    ):
        return "html"
    if by_suffix is None:
        raise Unsupported(
            f"There is no reader for {suffix or 'files without a suffix'}.", hint=KINDS_HINT
        )
    if by_suffix not in _TEXTS and data:
        raise Broken(
            f"This file is named {by_suffix.upper()} but does not begin as one.",
            hint="Save it again.",
        )
    return by_suffix


def _zipped(data: bytes) -> str:
    kind = kind_of_zip(data)
    if kind == ARCHIVE:
        raise Unsupported(
            "This file is a ZIP archive of other files.",
            hint="Name it with .zip at the end, or unpack it and add the folder.",
        )
    return kind


def read_bytes(
    data: bytes,
    *,
    name: str,
    charset: str = "",
    text_limit: int = TEXT_LIMIT,
    pdf_limit: int = PDF_LIMIT,
) -> Extract:
    """Read a source's bytes; ``name`` is its file name or the last part of its address.

    ``charset`` is the encoding that the server of a page states; it stands before what the page
    says of itself, and behind sound UTF-8.

    Raises Unsupported, TooLarge, Encrypted, Broken or NoText, and nothing else.
    """
    if not data:
        raise NoText("The file is empty.", hint="Check that it was saved or copied in full.")
    kind = detect(data, name=name)
    limit = text_limit if kind in _TEXTS else pdf_limit
    if len(data) > limit:
        size, most = len(data) / MEGABYTE, limit / MEGABYTE
        raise TooLarge(
            f"The file has {size:.1f} MB; at most {most:.1f} MB are read.",
            hint="Split it into parts, or raise the limit.",
        )
    if charset and kind in _TEXTS:
        data = as_stated(data, charset)
    extract = _translated(readers()[kind], data, name)
    if not extract.blocks:
        raise NoText("There is no text in the file.", hint="Check that it is the right file.")
    if extract.metadata.language:
        return extract
    return replace(
        extract, metadata=replace(extract.metadata, language=detect_language(extract.text))
    )


def _translated(reader: Reader, data: bytes, name: str) -> Extract:
    """Call a reader, and tell what its libraries raise in this project's errors.

    The readers translate what they expect; what is caught here are the errors that a damaged
    file can cause deep inside a parser.
    """
    hint = "Open it in another program and save it again."
    try:
        return reader(data, name=name)
    except RecursionError as error:
        raise Broken("The file is nested too deeply to be read.", hint=hint) from error
    except MemoryError as error:
        raise TooLarge("The file needs more memory than there is.", hint=hint) from error
    except parser_faults() as error:
        raise Broken("The file is damaged and could not be read.", hint=hint) from error
