"""Lines of a PDF page: what is drawn, piece by piece, put in lines and in reading order."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from pypdf import PageObject

from ingest.formats.pdf_spacing import WordSpacing

Matrix = Sequence[float]

# pypdf gives DEL for the bullet of the standard fonts, and private characters for symbol fonts.
BULLETS = "•‣◦▪▫■□●○◆◇➢➤►▶✓✔❖∙·\u2043\x7f\uf0b7\uf0a7\uf0d8\uf0fc\uf076\uf0a8"
_BULLET_ONLY = re.compile(rf"^\s*(?:[{BULLETS}*–-]|o|(?:\d{{1,2}}|[a-zA-Z]|[ivx]{{1,4}})[.)])\s*$")
_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
)
_BOLD = re.compile(r"bold|black|heavy|demi", re.IGNORECASE)
_NUMBERS = re.compile(r"\d{1,3}(?:\s*[,\u2013-]\s*\d{1,3})*")
_CITED = re.compile(r"(?:[.,;:)?!\]\u2019\u201d]|[^\W\d_]{4})\s*$")
_MONO = re.compile(r"mono|courier|cmtt|typewriter|consol|menlo|nimbusmon", re.IGNORECASE)
# A gap that is no more than a change of font may have become a space before a mark.
_SPACED_MARK = re.compile(r" ([,.;:)](?:\s|$))")
CELL_GAP = 1.1
"""A gap this wide, in font sizes, parts the cells of a table or two columns."""
SAME_COLUMN = 60
"""Points within which the lines of one column begin."""
LEAST_COLUMN = 5
"""Lines on each side that make two columns."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """Text drawn at one place: ``x`` and ``y`` in points from the bottom left, upright."""

    text: str
    x: float
    y: float
    size: float
    bold: bool
    mono: bool = False
    apart: bool = False
    """Another line was begun after it, as the drawing goes."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text; ``cells`` are its parts where wide gaps divide it."""

    cells: tuple[str, ...]
    starts: tuple[float, ...]
    y: float
    end: float
    size: float
    bold: bool
    page: int
    edge: float = 0.0
    """Where the lines that begin near it end at most: the right edge of its column."""

    @property
    def x(self) -> float:
        return self.starts[0]

    @property
    def text(self) -> str:
        return _SPACED_MARK.sub(r"\1", " ".join(self.cells))


def read_lines(page: PageObject, number: int) -> list[Line]:
    """Return the lines of a page in reading order; ``number`` counts pages from 1."""
    upright, others = _fragments(page)
    runs = _runs(upright, number)
    left, width = float(page.mediabox.left), float(page.mediabox.width)
    gutter = _gutter(runs, left, width)
    lines = _by_column(runs, gutter) if gutter else _join_rows(runs)
    return _with_edges(lines) + _join_rows(_runs(others, number))


def _fragments(page: PageObject) -> tuple[list[Fragment], list[Fragment]]:
    """Return what is drawn upright, as most of the page is, and what is turned otherwise."""
    drawn: list[tuple[int, Fragment]] = []

    def visit(
        text: str, cm: Matrix, tm: Matrix, font: Mapping[str, Any] | None, size: float
    ) -> None:
        if not text:
            return
        matrix = _product(tm, cm)
        turn = round(math.degrees(math.atan2(matrix[1], matrix[0])) / 90) % 4
        height = abs(size) * math.hypot(matrix[2], matrix[3])
        face = str((font or {}).get("/BaseFont", ""))
        bold, mono = bool(_BOLD.search(face)), bool(_MONO.search(face))
        if not text.strip():
            # White space alone says only that the piece before it has ended.
            if drawn:
                drawn[-1] = (drawn[-1][0], replace(drawn[-1][1], apart=True))
            return
        x, y = _turned(matrix[4], matrix[5], turn)
        for place, part in enumerate(text.translate(_LIGATURES).split("\n")):
            if part.strip():
                below = y - 1.2 * height * place
                apart = "\n" in text
                drawn.append((turn, Fragment(part, x, below, height or 1.0, bold, mono, apart)))

    page.extract_text(visitor_text=visit, visitor_operand_before=WordSpacing(page))
    most = Counter(turn for turn, _ in drawn).most_common(1)
    main = most[0][0] if most else 0
    upright = [fragment for turn, fragment in drawn if turn == main]
    return upright, [fragment for turn, fragment in drawn if turn != main]


def _product(one: Matrix, two: Matrix) -> tuple[float, ...]:
    a, b, c, d, e, f = (float(value) for value in one)
    g, h, i, j, k, m = (float(value) for value in two)
    return (
        a * g + b * i,
        a * h + b * j,
        c * g + d * i,
        c * h + d * j,
        e * g + f * i + k,
        e * h + f * j + m,
    )


def _turned(x: float, y: float, turn: int) -> tuple[float, float]:
    """Return a place as it is when the text that runs in direction ``turn`` is set upright."""
    return ((x, y), (y, -x), (-x, -y), (-y, x))[turn]


def width_of(text: str, size: float, *, mono: bool = False) -> float:
    """Estimate the width of a text in points, within a tenth for common fonts."""
    if mono:
        return 0.6 * size * len(text)
    narrow = sum(text.count(letter) for letter in " iljtfrI.,;:'|!()[]")
    wide = sum(text.count(letter) for letter in "mwMW")
    capital = sum(1 for letter in text if letter.isupper())
    return size * (0.5 * len(text) - 0.22 * narrow + 0.32 * wide + 0.15 * capital)


def _runs(fragments: Sequence[Fragment], page: int) -> list[Line]:
    """Join the fragments that follow each other on one base line with no wide gap between."""
    lines: list[Line] = []
    group: list[Fragment] = []
    for fragment in fragments:
        if group and not _follows(group, fragment):
            lines.append(_line(group, page))
            group = []
        group.append(fragment)
    if group:
        lines.append(_line(group, page))
    return lines


def _follows(group: Sequence[Fragment], fragment: Fragment) -> bool:
    last = group[-1]
    size = max(last.size, fragment.size)
    # A space at its start may be one that pypdf put there for the gap before it.
    width = width_of(last.text.strip(), last.size, mono=last.mono)
    gap = fragment.x - (last.x + width)
    if abs(fragment.y - group[0].y) > 0.5 * size or fragment.x < last.x - 0.1 * size:
        return False
    if len(group) == 1 and _BULLET_ONLY.match(last.text):
        return gap < 6 * size
    return gap <= max(CELL_GAP * size, 0.12 * width)


def _line(group: Sequence[Fragment], page: int) -> Line:
    size = Counter({f.size: 0 for f in group})
    for fragment in group:
        size[fragment.size] += len(fragment.text)
    main = size.most_common(1)[0][0]
    base = next(fragment.y for fragment in group if fragment.size == main)
    words = ""
    apart = False
    for fragment in group:
        part = fragment.text
        raised = fragment.y - base > 0.15 * main and fragment.size < 0.95 * main
        if raised and _NUMBERS.fullmatch(part.strip()) and _CITED.search(words):
            part, apart = f"[{part.strip()}]", False
        words += (" " if apart and words else "") + part
        apart = fragment.apart
    bold = sum(len(fragment.text) for fragment in group if fragment.bold)
    last = group[-1]
    return Line(
        cells=(" ".join(words.split(" ")).strip(),),
        starts=(group[0].x,),
        y=base,
        end=last.x + width_of(last.text, last.size, mono=last.mono),
        size=round(main * 2) / 2,
        bold=bold > 0.9 * sum(len(fragment.text) for fragment in group),
        page=page,
    )


def _gutter(runs: Sequence[Line], left: float, width: float) -> float:
    """Return where the gap between two columns of running text is, or 0 where there are none."""
    for tenth in (50, 48, 52, 46, 54, 44, 56, 42, 58):
        place = left + width * tenth / 100
        before = [run for run in runs if run.end <= place]
        after = [run for run in runs if run.x >= place]
        if len(before) < LEAST_COLUMN or len(after) < LEAST_COLUMN:
            continue
        across = len(runs) - len(before) - len(after)
        long = [sum(1 for run in side if len(run.text) >= 20) for side in (before, after)]
        if (
            across <= 0.35 * len(runs)
            and all(count >= LEAST_COLUMN for count in long)
            and (sum(long) >= 0.6 * (len(before) + len(after)))
        ):
            return place
    return 0.0


def _by_column(runs: Sequence[Line], gutter: float) -> list[Line]:
    """Return the left column before the right one, between lines that run over both."""
    sides = [0 if run.end <= gutter else 1 if run.x >= gutter else 2 for run in runs]
    turns = sum(1 for one, two in pairwise(sides) if {one, two} == {0, 1})
    if turns <= 2 + sides.count(2):
        return list(runs)
    ordered: list[Line] = []
    columns: tuple[list[Line], list[Line]] = ([], [])
    for run in sorted(runs, key=lambda run: -run.y):
        side = 0 if run.end <= gutter else 1 if run.x >= gutter else 2
        if side == 2:
            ordered += [*columns[0], *columns[1], run]
            columns = ([], [])
        else:
            columns[side].append(run)
    return ordered + columns[0] + columns[1]


def _with_edges(lines: Sequence[Line]) -> list[Line]:
    edged: list[Line] = []
    for line in lines:
        near = (other.end for other in lines if abs(other.x - line.x) <= SAME_COLUMN)
        edged.append(replace(line, edge=max(near)))
    return edged


def _join_rows(runs: Sequence[Line]) -> list[Line]:
    """Join the runs that follow each other on one base line, as the cells of a row."""
    rows: list[Line] = []
    for run in runs:
        last = rows[-1] if rows else None
        if last is not None and abs(last.y - run.y) < 0.4 * run.size and run.x > last.starts[-1]:
            rows[-1] = replace(
                last,
                cells=(*last.cells, *run.cells),
                starts=(*last.starts, *run.starts),
                end=run.end,
                bold=last.bold and run.bold,
                size=run.size if len(run.text) > len(last.text) else last.size,
            )
        else:
            rows.append(run)
    return rows
