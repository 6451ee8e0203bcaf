"""Decoding: bytes of an unknown encoding become text, or are told to be no text at all."""

from __future__ import annotations

import codecs

from charset_normalizer import from_bytes

from corpus.errors import Unsupported
from ingest.encodings import mixed, usable, wide

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
SEVEN_BITS = ("iso-2022", "hz")
"""How the names of encodings begin whose bytes are all ASCII."""
FEW_CONTROLS = 3
SAMPLE = 64 * 1024
"""Bytes looked at to tell text from other data, and to guess an encoding."""
FEW = 1000
"""One undecodable character in so many is damage in a text, more are another encoding."""
_TEXT_CONTROLS = frozenset(b"\t\n\v\f\r\x1a\x1b\x08\x85")
KINDS_HINT = "Patella reads Markdown, plain text, HTML, PDF, DOCX, EPUB, ODT, PPTX and RTF."


def decode(data: bytes, *, declared: str = "") -> tuple[str, tuple[str, ...]]:
    """Return the text of ``data`` and warnings; raise Unsupported if it is not text.

    A byte order mark wins, then sound UTF-8, then the declared encoding, then the likeliest.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _lenient(data, encoding)
    without_mark = wide(data[:SAMPLE])
    if without_mark:
        return _lenient(data, without_mark)
    if is_binary(data[:SAMPLE]):
        raise Unsupported("This file holds no text.", hint=KINDS_HINT)
    # Bytes beyond ASCII that are sound UTF-8 are UTF-8, whatever a page declares; the Japanese
    # and Chinese encodings in seven bits look like ASCII.
    declared = usable(declared)
    if sound := _sound(data, declared):
        text, encoding = sound
        # an encoding of single bytes reads everything, the parts in UTF-8 as well
        single = encoding != "utf-8" and not declared.startswith(SEVEN_BITS)
        return (mixed(data, lambda _: declared) if single else None) or (text, ())
    made = mixed(data, lambda rest: declared or _encoding_of(rest)[0])
    if made:
        return made
    encoding, warnings = _encoding_of(data)
    text = data.decode("utf-8", "replace")
    few = text.count("\ufffd") * FEW <= len(text)
    if few and (encoding != "cp1252" or warnings or not text.replace("\ufffd", "").isascii()):
        return text, ("Some characters could not be read.",)
    return data.decode(encoding, "replace"), warnings


def as_stated(data: bytes, charset: str) -> bytes:
    """Return bytes that a server calls text in ``charset`` as UTF-8, where they are soundly that.

    A byte order mark or sound UTF-8 stands over what a server says, as its setting is often wrong.
    """
    encoding = usable(charset)
    if not encoding or data.startswith(tuple(mark for mark, _ in _BOMS)):
        return data
    sound = _sound(data, encoding)
    return sound[0].encode("utf-8") if sound else data


def _sound(data: bytes, stated: str) -> tuple[str, str] | None:
    """Return a text, and whether it is in UTF-8 or in the encoding stated; None if soundly in neither."""
    both = (stated, "utf-8") if stated.startswith(SEVEN_BITS) else ("utf-8", stated)
    for encoding in filter(None, both):
        try:
            return data.decode(encoding), encoding
        except (UnicodeError, LookupError):
            continue
    return None


def _lenient(data: bytes, encoding: str) -> tuple[str, tuple[str, ...]]:
    try:
        return data.decode(encoding), ()
    except UnicodeError:
        text = data.decode(encoding, "replace")
        return text, ("Some characters could not be read.",)


def _encoding_of(data: bytes) -> tuple[str, tuple[str, ...]]:
    """Return the likeliest encoding of text that is not UTF-8, and what is to be told of it.

    Windows-1252 is what is left over from old editors, unless another encoding reads better.
    """
    try:
        western = data.decode("cp1252")
    except UnicodeError:
        western = ""
    marks = [character for character in western if ord(character) > 127]
    # Quotes, dashes and accented small letters are what Western text has beyond ASCII, now and
    # then; text in another alphabet has little else.
    if western and len(marks) * 5 < len(western) and all(_is_western(mark) for mark in marks):
        return "cp1252", ()
    best = from_bytes(data[:SAMPLE]).best()
    encoding = best.encoding if best is not None else "cp1252"
    return encoding, (f"The encoding was not stated and is taken to be {encoding}.",)


def _is_western(character: str) -> bool:
    return character in "‘’“”–—…•€£§°©®™·½¼¾²³±×µ«»¿¡\u00a0ßØŒÆÅÉÀÜÖÄÇÑ" or (
        "à" <= character <= "ÿ" or character in "œŠšŽžŸ"
    )


def is_binary(sample: bytes) -> bool:
    """Tell data from text: zeros, or more than a few control characters."""
    if b"\0" in sample:
        return True
    controls = sum(1 for byte in sample if byte < 32 and byte not in _TEXT_CONTROLS)
    return controls > FEW_CONTROLS and controls * 50 > len(sample)
