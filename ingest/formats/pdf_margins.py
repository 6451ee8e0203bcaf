"""Margins of PDF pages: running headers, footers and page numbers, which are no one's words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from ingest.formats.pdf_lines import Line

ZONE = 0.12
"""The share of a page's height, above and below, in which headers and footers stand."""
NUMBER_ZONE = 0.08
_EDGE_NUMBER = re.compile(r"^\d{1,4}(?=\s)|\s\d{1,4}$|^\d{1,4}$")
_DIGITS = re.compile(r"\d+")
# Page numbers, and the address and time that browsers print.
_PAGE_NUMBER = re.compile(
    r"^(?:page\s*)?[-–|\s]*#[-–|\s]*(?:(?:of|/)\s*#)?[-–|\s]*$"
    r"|^[ivxl]{1,6}$|^(?:https?|file)://\S+(?:\s+#/#)?$|^#[/.]#[/.]#, #:#(?:\s?[ap]m)?\b.*$"
)


def drop_margins(
    pages: Sequence[Sequence[Line]], extents: Sequence[tuple[float, float]]
) -> list[list[Line]]:
    """Return the pages without the lines that stand in the margins of most pages.

    ``extents`` are each page's bottom and top. Lines that differ only in numbers are the same;
    of many pages, two in five are enough, as left and right pages may differ.
    """
    seen: Counter[tuple[str, int]] = Counter()
    for lines, extent in zip(pages, extents, strict=True):
        zone = [line for line in lines if _in_zone(line, extent, ZONE)]
        seen.update({key for line in zone for key in (_key(line), _number_key(line)) if key})
    filled = sum(1 for lines in pages if lines)
    least = max(2, 0.4 * filled if filled >= 6 else 0.6 * filled)
    kept: list[list[Line]] = []
    for lines, extent in zip(pages, extents, strict=True):
        rows = Counter(round(line.y) for line in lines if _EDGE_NUMBER.fullmatch(line.text))
        kept.append(
            [
                line
                for line in lines
                if not (_in_zone(line, extent, ZONE) and _count(seen, line) >= least)
                and not (
                    _in_zone(line, extent, NUMBER_ZONE)
                    and _PAGE_NUMBER.match(_key(line)[0])
                    # Numbers side by side are a row of a table.
                    and rows[round(line.y)] < 2
                )
            ]
        )
    # Where nothing else is left, what was taken for margins is the text.
    return kept if any(kept) else [list(lines) for lines in pages]


def _key(line: Line) -> tuple[str, int]:
    return _DIGITS.sub("#", line.text).casefold().strip(), round(line.y / 6)


def _number_key(line: Line) -> tuple[str, int] | None:
    """Return a key that a header with a page number keeps while its words change by chapter."""
    found = _EDGE_NUMBER.search(line.text)
    if found is None:
        return None
    return f"page {int(found.group().strip()) - line.page:+d}", round(line.y / 6)


def _count(seen: Counter[tuple[str, int]], line: Line) -> int:
    """Count the pages that have such a line; of two steps of the grid, neighbours count too."""
    keys = [key for key in (_key(line), _number_key(line)) if key]
    return max(
        sum(seen[words, near] for near in (height - 1, height, height + 1))
        for words, height in keys
    )


def _in_zone(line: Line, extent: tuple[float, float], share: float) -> bool:
    bottom, top = extent
    edge = (top - bottom) * share
    return line.y < bottom + edge or line.y > top - edge
