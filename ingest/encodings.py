"""Encodings that no single rule tells: UTF-16 without a mark, and files in which two are mixed."""

from __future__ import annotations

import codecs
import unicodedata
from collections import Counter
from collections.abc import Callable

MIXED = 0.2
"""From this share of the lines beyond ASCII that are sound UTF-8, the others are the odd ones."""
LONG_LINE = 100_000
"""Bytes; a longer line is read in one encoding, since to mend it byte by byte takes long."""
LISTED = 5
"""Lines that a warning names."""
_SOUND_SHARE = 0.98
_ONE_SCRIPT = 0.8
_SAMPLE = 20_000
# Python would take these names, which are no encodings of a text, or not of one without a mark.
_NO_CHARSETS = ("idna", "punycode", "raw_unicode_escape", "unicode_escape", "utf-7", "utf_7")
_LATIN_1 = ("iso-8859-1", "latin-1", "latin1", "us-ascii", "ascii")


def usable(name: str) -> str:
    """Return the encoding that is meant by a name that a page or a server states, or nothing.

    What is said to be Latin-1 is Windows-1252 to every browser.
    """
    plain = name.strip().strip("\"'").lower()
    if plain in _LATIN_1:
        return "cp1252"
    if not plain.isascii() or plain in _NO_CHARSETS or plain.startswith(("utf-16", "utf-32")):
        return ""
    try:
        text = "a".encode(plain)
    except (LookupError, ValueError, UnicodeError):
        return ""
    return plain if isinstance(text, bytes) else ""


def wide(sample: bytes) -> str:
    """Return ``utf-16-le`` or ``-be`` where bytes without a mark are surely that, else nothing.

    Latin letters have a zero in every second byte. Text of other alphabets has it in spaces and line
    ends alone, and then has to decode to letters, most of them of one alphabet.
    """
    if len(sample) < 4 or b"\0" not in sample:
        return ""
    even, odd = sample[0::2], sample[1::2]
    zeros = {"utf-16-le": (odd, even), "utf-16-be": (even, odd)}
    for encoding, (high, low) in zeros.items():
        if high.count(0) > 0.7 * len(high) and low.count(0) < 0.05 * len(low):
            return encoding
    for encoding, (high, low) in zeros.items():
        if high.count(0) and not low.count(0) and _is_prose(sample[:_SAMPLE], encoding):
            return encoding
    return ""


def _is_prose(sample: bytes, encoding: str) -> bool:
    try:
        # the sample may end within a pair
        text = codecs.getincrementaldecoder(encoding)().decode(sample)
    except UnicodeError:
        return False
    good = sum(1 for c in text if c in "\t\n\r" or unicodedata.category(c)[0] in "LMNPSZ")
    letters = [c for c in text if c.isalpha()]
    if not letters or good < _SOUND_SHARE * len(text):
        return False
    scripts = Counter(map(_script, letters))
    return scripts.most_common(1)[0][1] >= _ONE_SCRIPT * len(letters)


def _script(letter: str) -> str:
    name = unicodedata.name(letter, "").split(" ")[0].split("-")[0]
    # Japanese is written in all of these
    return "CJK" if name in ("HIRAGANA", "KATAKANA", "FULLWIDTH", "HALFWIDTH") else name


def mixed(data: bytes, other: Callable[[bytes], str]) -> tuple[str, tuple[str, ...]] | None:
    """Return the text of a file in which UTF-8 and another encoding are mixed, with warnings.

    None where it is not so. ``other`` tells the encoding of the lines that are not UTF-8, given them
    together. Within a line of Windows-1252, what is sound UTF-8 is read as that.
    """
    lines = data.splitlines(keepends=True)
    texts = [_sound(line) for line in lines]
    odd = [n for n, text in enumerate(texts) if text is None]
    sound = sum(1 for text in texts if text is not None and not text.isascii())
    inside = sum(1 for n in odd if _has_utf8(lines[n]))
    if not odd or sound + inside < MIXED * (sound + len(odd)):
        return None
    rest = b"".join(lines[n] for n in odd if not _has_utf8(lines[n]))
    encoding = (rest and other(rest)) or "cp1252"
    for n in odd:
        texts[n] = _mended(lines[n], encoding)
    text = "".join(line or "" for line in texts)
    return text, _told(odd, encoding, lost="\ufffd" in text)


def _sound(line: bytes) -> str | None:
    try:
        return line.decode("utf-8")
    except UnicodeError:
        return None


def _has_utf8(line: bytes) -> bool:
    """Tell whether a line that is not sound UTF-8 holds more letters of it than what is at fault."""
    if len(line) > LONG_LINE:
        return False
    left = line.decode("utf-8", "replace")
    return sum(1 for c in left if c > "\x7f" and c != "\ufffd") > left.count("\ufffd")


def _mended(line: bytes, encoding: str) -> str:
    if len(line) <= LONG_LINE and (encoding == "cp1252" or _has_utf8(line)):
        return line.decode("utf-8", "patella.cp1252")
    return line.decode(encoding, "replace")


def _byte_by_byte(error: UnicodeError) -> tuple[str, int]:
    """Read one byte that is not UTF-8 as Windows-1252; several in a row are a letter cut in half."""
    assert isinstance(error, UnicodeDecodeError)  # noqa: S101  (for the type checker)
    taken = error.object[error.start : error.end]
    return (taken.decode("cp1252", "replace") if len(taken) == 1 else "\ufffd"), error.end


codecs.register_error("patella.cp1252", _byte_by_byte)


def _told(odd: list[int], encoding: str, *, lost: bool) -> tuple[str, ...]:
    named = ", ".join(str(n + 1) for n in odd[:LISTED])
    more = f" and {len(odd) - LISTED:,} more" if len(odd) > LISTED else ""
    name = {"cp1252": "Windows-1252"}.get(encoding, encoding)
    lines = f"line {named}" if len(odd) == 1 else f"lines {named}{more}"
    told = f"It mixes encodings: most is UTF-8, and what is not ({lines}) is taken to be {name}."
    return (told, "Some characters could not be read.") if lost else (told,)
