"""Word spacing of a PDF page: told to pypdf as moves, since it leaves it out of the width of a text.

Without it, a text that is spread by word spacing (``Tw``) seems to end before it does, and a pair of letters
that is set apart after it ("lo" "wer") is taken for two words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pypdf import PageObject
from pypdf.generic import ArrayObject, ByteStringObject, FloatObject, TextStringObject

MOST_SPACES = 1_000
"""In one string; a longer one is no line of a text."""
_COMPOSITE = "/Type0"


@dataclass(frozen=True, slots=True)
class _State:
    spacing: float = 0.0
    size: float = 0.0
    single: bool = False
    """The font has codes of one byte, to which alone word spacing applies."""


class WordSpacing:
    """Is shown the operations of one page before pypdf works on them (``visitor_operand_before``)."""

    def __init__(self, page: PageObject) -> None:
        self._fonts = _fonts(page)
        self._now = _State()
        self._saved: list[_State] = []

    def __call__(self, operator: bytes, operands: list[Any], _cm: Any, _tm: Any) -> None:
        if operator == b"TJ":
            self._spread(operands)
        elif operator == b"q":
            self._saved.append(self._now)
        elif operator == b"Q":
            self._now = self._saved.pop() if self._saved else self._now
        elif operator in (b"Tw", b'"') and operands:
            self._now = replace(self._now, spacing=_number(operands[0]))
        elif operator == b"Tf" and len(operands) > 1:
            single = self._fonts.get(str(operands[0]), False)
            self._now = replace(self._now, size=_number(operands[1]), single=single)

    def _spread(self, operands: list[Any]) -> None:
        """Put a move behind each space of a TJ, as wide as the word spacing."""
        now = self._now
        if not (now.spacing and now.size and now.single and operands):
            return
        if isinstance(operands[0], ArrayObject):
            move = FloatObject(-1000 * now.spacing / now.size)
            operands[0] = ArrayObject(
                part for one in operands[0] for part in _parts(one, move=move)
            )


def _parts(one: Any, *, move: FloatObject) -> Sequence[Any]:
    """Return a string of a TJ in pieces that end with a space, each with a move behind it."""
    pieces: list[Any]
    if isinstance(one, ByteStringObject) and 0 < one.count(b" ") <= MOST_SPACES and 0 not in one:
        pieces = [ByteStringObject(piece + b" ") for piece in one.split(b" ")]
    elif (
        isinstance(one, TextStringObject) and 0 < one.count(" ") <= MOST_SPACES and "\0" not in one
    ):
        pieces = [TextStringObject(piece + " ") for piece in one.split(" ")]
    else:
        return (one,)
    # behind the last piece there was no space
    last = type(one)(pieces.pop()[:-1])
    spread = [part for piece in pieces for part in (piece, move)]
    return [*spread, last] if last else spread


def _fonts(page: PageObject) -> Mapping[str, bool]:
    """Return the page's fonts by name, and whether the codes of each have one byte."""
    try:
        fonts = page["/Resources"].get_object()["/Font"].get_object()  # type: ignore[index]
        return {
            str(name): font.get_object().get("/Subtype") != _COMPOSITE
            for name, font in fonts.items()
        }
    except (KeyError, AttributeError, TypeError):
        return {}


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return 0.0
