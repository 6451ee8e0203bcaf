"""Where a quote stands on the pages of a PDF: its letters found among the page's drawn characters.

A reader's text and a page's characters differ in spaces, hyphens, ligatures, bullets and the order of
columns. Letters and digits are what both have, so only those are compared.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

LEAST_ALIGNED = 0.95
"""Of a quote's letters and digits; where fewer are found, nothing is marked."""
SEED = 12
"""Letters in a row that are taken for the quote's wherever they stand."""
NEAR = 4
"""Letters that may lie between two parts of a quote, where a part is shorter than a seed."""
CONTEXT = 80
"""Letters before and after a quote that tell which of several like it is meant."""
LONGEST = 20_000
"""Letters of a quote; a longer one is not aligned."""
MOST_WORK = 20_000_000
"""Letters of the quote times letters of the pages, above which only a whole match is looked for."""
INSIDE_WORD = 1_000
"""Takes a place that begins or ends within a word behind all others."""


@dataclass(frozen=True, slots=True)
class Characters:
    """The characters of one page as pdfium tells them, and where they are drawn.

    Boxes are left, top, right, bottom in any unit, from the top left of the page as it is shown;
    all zero for a character that is not drawn. ``upright`` has a ``1`` for each character of a line
    that runs across the page as it is shown, and a ``0`` where it runs up or down.
    """

    number: int
    text: str
    boxes: tuple[tuple[float, float, float, float], ...]
    upright: str


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A part of a line on page ``page``, in the unit of the characters' boxes."""

    page: int
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Positions:
    """Where a quote stands: ``rectangles`` is empty unless enough of it was aligned."""

    rectangles: tuple[Rectangle, ...]
    aligned: float
    """The share of the quote's letters and digits that were found, 0 to 1."""


@dataclass(frozen=True, slots=True)
class _Letters:
    """The letters and digits of a text, folded, each with the place that it came from."""

    text: str
    places: tuple[int, ...]


def find_quote(
    quote: str, pages: Sequence[Characters], *, before: str = "", after: str = ""
) -> Positions:
    """Find a quote on pages that follow each other.

    ``before`` and ``after`` are the text round the quote in its document: of several places that
    read the same they tell the one that is meant.
    """
    wanted = _letters(quote)
    if not wanted.text or len(wanted.text) > LONGEST:
        return Positions((), 0.0)
    drawn = _letters("".join(page.text for page in pages))
    found = _whole(wanted, drawn, before, after)
    if not found and len(wanted.text) * len(drawn.text) <= MOST_WORK:
        found = _parts(wanted.text, drawn.text)
    aligned = sum(length for _, _, length in found) / len(wanted.text)
    if aligned < LEAST_ALIGNED:
        return Positions((), aligned)
    spans = [(drawn.places[b], drawn.places[b + length - 1] + 1) for _, b, length in found]
    return Positions(tuple(_rectangles(pages, spans, quote)), aligned)


def _letters(text: str) -> _Letters:
    letters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        if character.isascii():
            folded = character.lower() if character.isalnum() else ""
        else:
            parts = unicodedata.normalize("NFKD", character).casefold()
            folded = "".join(part for part in parts if part.isalnum())
        letters.append(folded)
        places.extend([place] * len(folded))
    return _Letters("".join(letters), tuple(places))


def _whole(
    wanted: _Letters, drawn: _Letters, before: str, after: str
) -> list[tuple[int, int, int]]:
    """Find the quote in one piece; of several places, the one whose neighbourhood is most alike."""
    places = list(_occurrences(drawn.text, wanted.text))
    if not places:
        return []
    ahead, behind = _letters(before[-4 * CONTEXT :]).text, _letters(after[: 4 * CONTEXT]).text

    def alike(place: int) -> int:
        end = place + len(wanted.text)
        left = _common(reversed(drawn.text[max(0, place - CONTEXT) : place]), reversed(ahead))
        right = _common(iter(drawn.text[end : end + CONTEXT]), iter(behind))
        cut = sum(
            0 < edge < len(drawn.places) and drawn.places[edge] - drawn.places[edge - 1] < 2
            for edge in (place, end)
        )
        return left + right - INSIDE_WORD * cut

    best = max(places, key=alike) if len(places) > 1 else places[0]
    return [(0, best, len(wanted.text))]


def _occurrences(text: str, words: str) -> Iterator[int]:
    place = text.find(words)
    while place >= 0:
        yield place
        place = text.find(words, place + 1)


def _common(one: Iterator[str], other: Iterator[str]) -> int:
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count


def _parts(wanted: str, drawn: str) -> list[tuple[int, int, int]]:
    """Find the quote in parts, in whatever order they are drawn.

    The longest part comes first, then the longest of what is left. A part shorter than SEED counts
    only next to one that was found already: elsewhere it could be anybody's.
    """
    matcher = SequenceMatcher(None, "", drawn, autojunk=False)
    matcher.set_seq2(drawn)
    matcher.set_seq1(wanted)
    found: list[tuple[int, int, int]] = []
    open_spans = [(0, len(wanted))]
    taken: list[tuple[int, int]] = []
    while open_spans:
        start, end = open_spans.pop()
        part = _longest(matcher, (start, end), taken, len(drawn))
        if part is None or part[2] < SEED:
            continue
        a, b, length = part
        found.append(part)
        taken.append((b, b + length))
        open_spans += [(start, a), (a + length, end)]
        open_spans = [span for span in open_spans if span[1] > span[0]]
    return _with_crumbs(wanted, drawn, sorted(found))


def _longest(
    matcher: SequenceMatcher[str],
    span: tuple[int, int],
    taken: Sequence[tuple[int, int]],
    size: int,
) -> tuple[int, int, int] | None:
    """Return the longest part of ``span`` that is drawn where nothing was taken yet."""
    edges = [0, *(edge for pair in sorted(taken) for edge in pair), size]
    best: tuple[int, int, int] | None = None
    for left, right in zip(edges[::2], edges[1::2], strict=True):
        if right - left < SEED or span[1] - span[0] < SEED:
            continue
        match = matcher.find_longest_match(span[0], span[1], left, right)
        if best is None or match.size > best[2]:
            best = (match.a, match.b, match.size)
    return best


def _with_crumbs(
    wanted: str, drawn: str, parts: list[tuple[int, int, int]]
) -> list[tuple[int, int, int]]:
    """Add the short parts that stand right beside those found, in the same order as in the quote."""
    done: list[tuple[int, int, int]] = []
    for place, (a, b, length) in enumerate(parts):
        done.append((a, b, length))
        end = parts[place + 1][0] if place + 1 < len(parts) else len(wanted)
        rest = wanted[a + length : end]
        after = b + length
        for size in range(len(rest), 0, -1):
            at = drawn.find(rest[:size], after, after + size + NEAR)
            if at >= 0 and (size > 2 or at == after):
                done.append((a + length, at, size))
                break
    for a, b, _ in parts:
        ends = max((x + n for x, _, n in done if x < a), default=0)
        rest = wanted[ends:a]
        for size in range(len(rest), 0, -1):
            at = drawn.rfind(rest[-size:], max(0, b - size - NEAR), b)
            if at >= 0 and (size > 2 or at + size == b):
                done.append((a - size, at, size))
                break
    return sorted(done)


_CLOSING = frozenset(".,;:!?)]}%\"'”’»…°")
_OPENING = frozenset("([{\"'“‘«")


def _rectangles(
    pages: Sequence[Characters], spans: Sequence[tuple[int, int]], quote: str
) -> Iterator[Rectangle]:
    """Give a rectangle for each line of each span of characters, counted over all pages."""
    offset = 0
    for page in pages:
        size = len(page.text)
        marked: set[int] = set()
        for start, end in spans:
            a, b = max(0, start - offset), min(size, end - offset)
            if a < b:
                marked.update(range(a, b))
        _take_punctuation(page.text, marked, quote)
        yield from _lines(page, sorted(marked))
        offset += size


def _take_punctuation(text: str, marked: set[int], quote: str) -> None:
    """Add the marks round a span that belong to the quote: letters alone leave them out."""
    if not marked:
        return
    last, first = max(marked) + 1, min(marked)
    ending = quote[len(quote.rstrip("".join(_CLOSING))) :]
    for expected in ending:
        if last < len(text) and text[last] == expected:
            marked.add(last)
            last += 1
    beginning = quote[: len(quote) - len(quote.lstrip("".join(_OPENING)))]
    for expected in reversed(beginning):
        if first > 0 and text[first - 1] == expected:
            first -= 1
            marked.add(first)


def _lines(page: Characters, places: Sequence[int]) -> Iterator[Rectangle]:
    """Join the boxes of characters that follow each other on a line."""
    current: list[float] = []
    last = -2
    for place in places:
        box = page.boxes[place]
        if box[2] <= box[0] or box[3] <= box[1]:
            continue
        across = page.upright[place] == "1"
        if current and place - last <= 3 and _same_line(current, box, across=across):
            current = [
                min(current[0], box[0]),
                min(current[1], box[1]),
                max(current[2], box[2]),
                max(current[3], box[3]),
            ]
        else:
            if current:
                yield Rectangle(page.number, *current)
            current = list(box)
        last = place
    if current:
        yield Rectangle(page.number, *current)


def _same_line(line: Sequence[float], box: Sequence[float], *, across: bool) -> bool:
    """Tell whether a character stands on the line, no further on than two of its heights."""
    low, high, near, far = (1, 3, 0, 2) if across else (0, 2, 1, 3)
    overlap = min(line[high], box[high]) - max(line[low], box[low])
    height = min(line[high] - line[low], box[high] - box[low])
    gap = max(box[near] - line[far], line[near] - box[far])
    return overlap >= 0.4 * height and gap <= 2 * height
