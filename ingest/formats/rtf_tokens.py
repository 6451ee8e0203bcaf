"""RTF tokens: the control words, groups and characters that a rich text file is made of."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from corpus.errors import TooLarge

MOST_TOKENS = 10_000_000
_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?[0-9]{1,10})?[ ]?"  # a control word with its number
    rb"|\\'([0-9a-fA-F]{2})"  # a byte of the text
    rb"|\\(.)"  # a control sign
    rb"|([{}])"
    rb"|([^\\{}\r\n]+)",
    re.DOTALL,
)
_PAGES = {
    0: "cp1252", 77: "mac_roman", 128: "cp932", 129: "cp949", 134: "cp936", 136: "cp950",
    161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257",
    204: "cp1251", 222: "cp874", 238: "cp1250",
}  # fmt: skip


class Token(NamedTuple):
    """``word`` is the name of a control word or the sign itself; ``data`` are bytes of text."""

    kind: Literal["open", "close", "word", "sign", "bytes"]
    word: str = ""
    number: int | None = None
    data: bytes = b""


def tokens(data: bytes) -> Iterator[Token]:
    """Give the tokens of a file; what is packed as plain bytes (pictures) is passed over."""
    place = 0
    for _ in range(MOST_TOKENS):
        found = _TOKEN.search(data, place)
        if found is None:
            return
        place = found.end()
        word, number, byte, sign, brace, text = found.groups()
        if word:
            value = int(number) if number else None
            if word == b"bin":
                place += max(0, value or 0)
            yield Token("word", word.decode("ascii"), value)
        elif byte:
            yield Token("bytes", data=bytes.fromhex(byte.decode("ascii")))
        elif sign:
            yield Token("sign", sign.decode("latin-1"))
        elif brace:
            yield Token("open" if brace == b"{" else "close")
        else:
            yield Token("bytes", data=text)
    raise TooLarge("It has too many control words.", hint="Split it into smaller files.")


def code_page(number: int | None) -> str:
    """Return the encoding of a code page by its number in RTF; Windows-1252 for an unknown one."""
    names = {10000: "mac_roman", 65001: "utf-8", 437: "cp437", 850: "cp850"}
    name = names.get(number or 0, f"cp{number}")
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "cp1252"


def charset(number: int | None) -> str:
    """Return the encoding of a font by the number of its character set; empty for the file's own."""
    return _PAGES.get(number if number is not None else -1, "")
