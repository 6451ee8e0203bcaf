"""Sentences: where the whole sentences of a block of text begin and end."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

from syntok import segmenter

Span = tuple[int, int]

_WIDE_ENDS = "\u3002\uff01\uff1f"
"""Chinese and Japanese full stops, which have no space behind them."""
_CLOSERS = "\"')\\]}\u2019\u201d\u00bb\u203a"
_MARKERS = (
    r"(?:\s?(?:\[\d[\d\s,;\u2013-]*\]|\[\^[^\]\s]{1,20}\]|[\u00b9\u00b2\u00b3\u2070-\u2079]+))*"
)
# The end of a sentence as it stands in the text: terminals, closing quotes and brackets, and the
# reference markers behind them, which belong to the sentence before.
_END = re.compile(rf"(?:[.?!\u2026]|[\u3002\uff01\uff1f])+[{_CLOSERS}]*{_MARKERS}[{_CLOSERS}]*")
_END_BEFORE = re.compile(
    rf"[.?!\u2026\u3002\uff01\uff1f:;][{_CLOSERS}]*{_MARKERS}[{_CLOSERS}]*\s*$"
)
_MARKERS_NEXT = re.compile(rf"{_MARKERS}[{_CLOSERS}]*(?=\s|$)")

# Never the last word of a sentence: what they shorten goes on.
_NEVER_LAST = (
    "e.g|i.e|eg|ie|cf|viz|vs|v|dr|mr|mrs|ms|prof|st|fig|figs|eq|eqs|ref|refs|tab|approx|ca|incl|excl"
    "|resp|esp|vol|pp|ed|eds|dept|gen|col|rev|hon|jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec"
)
# The last word only if no number, small letter or bracket follows.
_MAYBE_LAST = (
    "no|nos|al|etc|min|max|sec|hr|hrs|wk|wks|yr|yrs|mo|jr|sr|ltd|inc|co|p|ch|sect|para|art"
)
_NEVER_LAST_END = re.compile(rf"(?:^|[\s(\[\"'\u201c\u2018/])(?:{_NEVER_LAST})\.$", re.IGNORECASE)
_MAYBE_LAST_END = re.compile(rf"(?:^|[\s(\[\"'\u201c\u2018/])(?:{_MAYBE_LAST})\.$", re.IGNORECASE)
_INITIAL_END = re.compile(r"(?:^|[\s.(])[A-Z]\.$")
_MONTHS = ("mar.", "jan.", "dec.", "sep.", "oct.", "nov.")
_ENUMERATOR = re.compile(r"^\s*(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)]$")
# Words that may begin a sentence after "I." or "vitamin C.", so that those end one.
_STARTERS = frozenset(
    "The A An It This That These Those If When You Your We They He She There In For But And So Do "
    "Does Is Are Not No Some Most Many All After Before Then Stop Rest Ask See Use Try".split()
)
LOOK_BACK = 64
BRACKET_REACH = 1000
"""How far an opening bracket is trusted to hold sentences together, in characters."""
WINDOW = 20_000
"""A longer stretch of text goes to the segmenter piece by piece, cut at white space."""


def split(text: str, start: int = 0, end: int | None = None) -> tuple[Span, ...]:
    """Return the spans of the sentences in ``text[start:end]``, one block of it.

    The spans are trimmed of white space, in order, do not overlap, and hold every character of
    the block that is not white space. Offsets are those of ``text``.
    """
    end = len(text) if end is None else end
    block = text[start:end]
    cuts = sorted({*_candidates(block)})
    inside = _bracketed(block) if cuts else []
    spans: list[Span] = []
    begin = 0
    for cut in cuts:
        if cut <= begin or _within(cut, inside) or not _is_boundary(block, begin, cut):
            continue
        _append(spans, block, begin, cut)
        begin = cut
    _append(spans, block, begin, len(block))
    return tuple((start + first, start + last) for first, last in spans)


def _append(spans: list[Span], block: str, begin: int, end: int) -> None:
    piece = block[begin:end]
    stripped = piece.strip()
    if stripped:
        first = begin + len(piece) - len(piece.lstrip())
        spans.append((first, first + len(stripped)))


def _candidates(block: str) -> Iterator[int]:
    """Places where a sentence may end: the segmenter's, and those that it is known to miss."""
    if _END.search(block) is None:
        return
    for first, last in _windows(block):
        for paragraph in segmenter.analyze(block[first:last]):
            for sentence in paragraph:
                token = sentence[-1]
                yield _past_markers(block, first + token.offset + len(token.value))
    for found in _END.finditer(block):
        after = block[found.end() : found.end() + 4]
        if block[found.end() - 1] in _WIDE_ENDS:
            yield found.end()
        if not after[:1].isspace():
            continue
        opening = after.lstrip().lstrip("\"'([\u201c\u2018\u00ab*")[:1]
        if opening.isupper() or opening.isdigit():
            yield found.end()


def _windows(block: str) -> Iterator[Span]:
    begin = 0
    while len(block) - begin > WINDOW:
        cut = block.rfind(" ", begin, begin + WINDOW)
        cut = begin + WINDOW if cut <= begin else cut
        yield begin, cut
        begin = cut
    yield begin, len(block)


def _past_markers(block: str, cut: int) -> int:
    """Move a boundary behind the reference markers that follow it: ``hurts. [3] Next``."""
    if (
        not block[max(0, cut - 6) : cut]
        .rstrip(" \"')]}\u2019\u201d")
        .endswith((".", "?", "!", "\u2026"))
    ):
        return cut
    found = _MARKERS_NEXT.match(block, cut)
    return found.end() if found else cut


def _is_boundary(block: str, begin: int, cut: int) -> bool:
    """Tell whether the sentence that begins at ``begin`` ends at ``cut``."""
    after = block[cut : cut + 200].lstrip()
    if not after:
        return False
    # A boundary with no space behind it is inside a word, an address or a number.
    if not block[cut].isspace() and block[cut - 1] not in _WIDE_ENDS:
        return False
    before = block[max(begin, cut - LOOK_BACK) : cut]
    if _END_BEFORE.search(before) is None or before.rstrip()[-1:] in ":;":
        return False
    opening = after.lstrip("\"'([\u201c\u2018\u00ab*")[:1]
    if before[-1] in "\"')]}\u2019\u201d" and after[:1].islower():
        return False
    if not before.endswith("."):
        return not (before.endswith("\u2026") and after[:1].islower())
    return not _is_abbreviated(block[begin:cut], before, after, opening)


def _is_abbreviated(sentence: str, before: str, after: str, opening: str) -> bool:
    """Tell whether the full stop at the end of ``before`` shortens a word and ends nothing."""
    if _ENUMERATOR.match(sentence) or (before.endswith("..") and after[:1].islower()):
        return True
    word = before.rsplit(maxsplit=1)[-1].lower()
    starter = after.split(maxsplit=1)[0].rstrip(",;:") in _STARTERS
    if _NEVER_LAST_END.search(before):
        # "in Mar. 2020" goes on; "on 3 Dec. The knee" does not.
        return not (word in _MONTHS and starter)
    if _MAYBE_LAST_END.search(before):
        small = opening.isdigit() or opening.islower() or (after[:1] in "([" and not starter)
        return {"no.": opening.isdigit(), "al.": not starter}.get(word, small)
    if _INITIAL_END.search(before):
        return not starter
    return after[:1].islower()


def _bracketed(block: str) -> list[Span]:
    """Spans of text in balanced round or square brackets, outermost only."""
    spans: list[Span] = []
    stack: list[int] = []
    for found in re.finditer(r"[()\[\]]", block):
        if found.group() in "([":
            stack.append(found.start())
        elif stack:
            opened = stack.pop()
            if found.end() - opened > BRACKET_REACH:
                continue
            while spans and spans[-1][0] > opened:
                spans.pop()
            spans.append((opened, found.end()))
    return spans


def _within(cut: int, spans: list[Span]) -> bool:
    """Tell whether ``cut`` is inside one of the spans, which are in order and apart."""
    place = bisect_left(spans, (cut, 0)) - 1
    return place >= 0 and cut < spans[place][1]
