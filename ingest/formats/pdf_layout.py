"""Layout of a PDF: lines become paragraphs, headings, list items and table rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from corpus.records import BlockKind
from ingest.blocks import TextBuilder, clean
from ingest.formats.pdf_lines import BULLETS, Line

_BULLET = re.compile(rf"^\s*(?:[{BULLETS}]\s*|[*–-]\s+|o\s+(?=[A-Z]))(?=\S)")
_ENUMERATOR = re.compile(r"^\s*(?:\d{1,2}|[a-z]|[ivx]{1,4})[.)]\s+\S")
_CAPTION = re.compile(r"^(?:Figure|Fig\.|Table|Box)\s+\d+[.:]?\s")
# An entry of a table of contents: it only says where the words are.
_LEADER = re.compile(r"(?:\.\s?){5,}\s*(?:\d+|[ivxl]+)?$|\u2026{2,}\s*\d+$")
_HYPHENATED = re.compile(r"[^\W\d_]+-[^\W\d_]+")
_CUT_WORD = re.compile(r"([^\W\d_]+)-$")
_ENDED = re.compile(r"[.?!:;][\"')\]\u2019\u201d]*(?:\s?\[[\d,\s–-]+\])?$")
WIDE_GAP = 1.3
"""A step down this much larger than the usual one begins a paragraph."""
LARGER = 1.12
"""Text this much larger than the body's is a heading, if it is short."""
LONGEST_HEADING = 160
LONGEST_BOLD_HEADING = 90


@dataclass(slots=True)
class _Group:
    """Lines that belong to one block, while it grows."""

    kind: BlockKind
    lines: list[Line]
    level: int = 0
    bullet: float = 0.0


@dataclass(frozen=True, slots=True)
class Style:
    """What is usual in a document: the size of its body, its steps, its heading sizes."""

    body: float
    steps: Mapping[float, float]
    heading_sizes: tuple[float, ...]
    outline: Mapping[str, int] = field(default_factory=dict)
    hyphenated: frozenset[str] = frozenset()

    def step(self, size: float) -> float:
        return self.steps.get(size, 1.2 * size)


def style_of(pages: Sequence[Sequence[Line]], outline: Mapping[str, int]) -> Style:
    """Measure a document: the size that most characters have, and the usual step of each size."""
    sizes: Counter[float] = Counter()
    steps: dict[float, Counter[float]] = {}
    hyphenated: set[str] = set()
    for lines in pages:
        for before, line in zip([None, *lines], lines, strict=False):
            sizes[line.size] += len(line.text)
            hyphenated.update(word.casefold() for word in _HYPHENATED.findall(line.text))
            if before is not None and before.size == line.size:
                step = round(before.y - line.y, 1)
                if 0.8 * line.size < step < 2.5 * line.size:
                    steps.setdefault(line.size, Counter())[step] += 1
    body = sizes.most_common(1)[0][0] if sizes else 10.0
    # A step that was seen once or twice says nothing of what is usual.
    usual = {
        size: counts.most_common(1)[0][0] for size, counts in steps.items() if counts.total() > 2
    }
    larger = sorted((size for size in sizes if size > body * LARGER), reverse=True)
    return Style(body, usual, tuple(larger), outline, frozenset(hyphenated))


def add_pages(
    builder: TextBuilder, pages: Sequence[Sequence[Line]], outline: Mapping[str, int]
) -> None:
    """Add the blocks of all pages; a block belongs to the page on which it begins."""
    style = style_of(pages, outline)
    groups: list[_Group] = []
    for lines in pages:
        tables = _table_lines(lines)
        for place, line in enumerate(lines):
            if _LEADER.search(line.text):
                continue
            _place(groups, line, style, in_table=place in tables)
    for group in groups:
        _add(builder, group, style)


def _table_lines(lines: Sequence[Line]) -> set[int]:
    """Return which lines are rows of tables: neighbours whose cells stand below each other."""
    rows: set[int] = set()
    for place, (one, other) in enumerate(pairwise(lines)):
        if _aligned(one, other):
            rows |= {place, place + 1}
    return rows


def _aligned(one: Line, other: Line) -> bool:
    if len(one.cells) < 2 or len(other.cells) < 2:
        return False
    # Cells that are set to the right or the middle begin apart, but their number is the same.
    if len(one.cells) == len(other.cells) >= 3:
        return True
    near = 1.5 * max(one.size, other.size)
    return any(abs(start - below) < near for start in one.starts[1:] for below in other.starts[1:])


def _place(groups: list[_Group], line: Line, style: Style, *, in_table: bool) -> None:
    """Add a line to the block before it, or begin a block with it."""
    if in_table:
        groups.append(_Group("table_row", [line]))
        return
    last = groups[-1] if groups else None
    bullet = _BULLET.match(line.text) is not None
    if last is not None and last.kind != "table_row":
        number = _ENUMERATOR.match(line.text) and _may_begin_item(last, line)
        if not bullet and not number and _continues(last, line, style):
            last.lines.append(line)
            return
        bullet = bullet or bool(number)
    elif _ENUMERATOR.match(line.text):
        bullet = True
    heading = _heading_level(line, style)
    if heading:
        groups.append(_Group("heading", [line], heading))
    elif bullet:
        groups.append(_Group("list_item", [line], _depth(groups, line), line.x))
    else:
        groups.append(_Group("paragraph", [line]))


def _may_begin_item(last: _Group, line: Line) -> bool:
    """A number at the start of a line may be a wrapped sentence's own."""
    before = last.lines[-1]
    ended = bool(_ENDED.search(before.text)) or before.page != line.page
    return ended or last.kind in ("list_item", "heading") or abs(line.x - before.x) > line.size


def _depth(groups: Sequence[_Group], line: Line) -> int:
    """Return the depth of a list item from the indents of the items just before it."""
    for group in reversed(groups):
        if group.kind != "list_item":
            break
        if abs(group.bullet - line.x) <= 3:
            return group.level
        if group.bullet < line.x:
            return group.level + 1
    return 1


def _continues(last: _Group, line: Line, style: Style) -> bool:
    """Tell whether a line goes on with the block before it."""
    before = last.lines[-1]
    if abs(before.size - line.size) > 0.12 * max(before.size, line.size) or (
        before.bold != line.bold and last.kind == "heading"
    ):
        return False
    if before.page != line.page or line.y > before.y:
        # Over a page or a column, only what plainly goes on is joined.
        return last.kind != "heading" and _goes_on(before.text, line.text)
    step = before.y - line.y
    if last.kind == "heading":
        marked = line.bold or line.size > style.body * LARGER
        return marked and step <= 1.6 * line.size
    begins_heading = _heading_level(line, style) and not _heading_level(before, style)
    if begins_heading or step > WIDE_GAP * style.step(line.size):
        return False
    if last.kind == "list_item":
        return line.x > last.bullet + 2 or not _ENDED.search(before.text)
    return not _begins_paragraph(last, line)


def _begins_paragraph(last: _Group, line: Line) -> bool:
    """Tell a paragraph's first line by its indent, or by the short line that ends the one before."""
    before = last.lines[-1]
    if _ENDED.search(before.text) is None:
        return False
    indented = line.x > before.x + 0.8 * line.size and before.x <= last.lines[0].x + 1
    short = before.end < before.x + 0.75 * (before.edge - before.x)
    return (indented and len(last.lines) > 1) or short


def _goes_on(before: str, after: str) -> bool:
    return _ENDED.search(before) is None and after[:1].islower()


def _heading_level(line: Line, style: Style) -> int:
    """Return the level of a heading, or 0: by the outline, by size, or by a short bold line."""
    words = clean(line.text)
    listed = style.outline.get(words.casefold())
    if _CAPTION.match(words) or not any(letter.isalpha() for letter in words):
        return 0
    if listed:
        return listed
    if line.size > style.body * LARGER:
        if len(words) > LONGEST_HEADING:
            return 0
        return min(6, 1 + style.heading_sizes.index(line.size))
    starts = words[0].isupper() or words[0].isdigit()
    if line.bold and starts and len(words) <= LONGEST_BOLD_HEADING and words[-1] not in ".;,:":
        return min(6, len(style.heading_sizes) + 1) if line.size >= 0.95 * style.body else 0
    return 0


def _add(builder: TextBuilder, group: _Group, style: Style) -> None:
    page = group.lines[0].page
    if group.kind == "table_row":
        builder.add("table_row", " | ".join(group.lines[0].cells), page=page)
        return
    words = join_lines([line.text for line in group.lines], style.hyphenated)
    kind = group.kind
    if kind == "heading" and len(words) > 2 * LONGEST_HEADING:
        kind = "paragraph"
    if kind == "paragraph" and _CAPTION.match(words):
        kind = "caption"
    if kind == "list_item":
        words = _BULLET.sub("", words, count=1)
    builder.add(
        kind, words, level=group.level if kind in ("heading", "list_item") else 0, page=page
    )


def join_lines(lines: Sequence[str], hyphenated: frozenset[str] = frozenset()) -> str:
    """Join lines to one, and undo the hyphens that cut words at line ends.

    A hyphen between small letters goes, unless the document writes the word with it elsewhere.
    """
    text = ""
    for line in (line.strip() for line in lines):
        cut = _CUT_WORD.search(text)
        if text.endswith("\u00ad"):
            text = text[:-1] + line
        elif cut and line[:1].isalnum():
            following = re.match(r"[^\W\d_]*", line)
            word = f"{cut.group(1)}-{following.group() if following else ''}".casefold()
            own = word in hyphenated or word.startswith("self-")
            small = cut.group(1)[-1].islower() and line[0].islower()
            text = (text[:-1] if small and not own else text) + line
        else:
            text = f"{text} {line}" if text else line
    return text
