"""Plain text: paragraphs, lists and the few headings that are plain to see."""

from __future__ import annotations

import re
from dataclasses import replace

from corpus.records import Extract, Metadata
from ingest.blocks import TextBuilder, clean
from ingest.decode import decode

_BULLET = re.compile(r"^(\s*)(?:[-*+•‣◦▪●○–·]\s+|(?=(?:\d{1,2}|[a-z])[.)]\s+\S))(?=\S)")
_UNDERLINE = re.compile(r"^\s*(?:={3,}|-{3,})\s*$")
_RULE = re.compile(r"^\s*[-=_*~#](?:\s*[-=_*~#]){2,}\s*$")
_NUMBERED = re.compile(r"^\d{1,2}(?:\.\d{1,2})*\.?\s+(?=[A-Z])")
LONGEST_HEADING = 60
PROSE = 60
"""A paragraph at least this long is running text, below which a heading may stand above."""


def read(data: bytes, *, name: str) -> Extract:
    """Read a text file in any encoding; ``name`` is not used."""
    decoded, warnings = decode(data)
    builder = TextBuilder()
    add_text(builder, decoded)
    metadata = replace(Metadata(), title=builder.first_heading)
    return builder.extract(metadata, "text", warnings=warnings)


def add_text(builder: TextBuilder, text: str) -> None:
    """Add the blocks of a plain text: paragraphs stand between blank lines."""
    groups = _groups(text)
    for place, group in enumerate(groups):
        following = groups[place + 1] if place + 1 < len(groups) else []
        level = _heading_level(group, following, first=place == 0)
        if level:
            builder.add("heading", group[0], level=level)
        elif len(group) > 1 and _UNDERLINE.match(group[1]) and not _BULLET.match(group[0]):
            builder.add("heading", group[0], level=1 if "=" in group[1] else 2)
            _add_lines(builder, group[2:])
        else:
            _add_lines(builder, group)


def _groups(text: str) -> list[list[str]]:
    """Return runs of lines that are not blank; lines that are only drawn are blank, too."""
    groups: list[list[str]] = [[]]
    for line in text.replace("\f", "\n\n").expandtabs(4).splitlines():
        underline = _UNDERLINE.match(line) and len(groups[-1]) == 1
        if not clean(line) or (_RULE.match(line) and not underline):
            if groups[-1]:
                groups.append([])
        else:
            groups[-1].append(line)
    return [group for group in groups if group]


def _heading_level(group: list[str], following: list[str], *, first: bool) -> int:
    """Return the level of a heading, or 0 where a lone line is not surely one."""
    line = group[0].strip()
    if len(group) > 1 or not following or len(line) > LONGEST_HEADING or line[-1] in ".!?:;,":
        return 0
    if _BULLET.match(line) and not _NUMBERED.match(line):
        return 0
    prose = len(following) > 1 or len(following[0]) >= PROSE
    if _NUMBERED.match(line):
        depth = line.split()[0].strip(".").count(".")
        return min(2 + depth, 6) if prose and not _BULLET.match(following[0]) else 0
    if first and not _BULLET.match(following[0]):
        return 1
    if line.isupper() and len(line) > 3:
        return 2
    return 2 if prose and line[0].isupper() and not _BULLET.match(following[0]) else 0


def _add_lines(builder: TextBuilder, lines: list[str]) -> None:
    """Add a run of lines: hard-wrapped lines are joined, and bullets begin list items."""
    indents: list[int] = []
    buffer: list[str] = []
    for line in lines:
        found = _BULLET.match(line)
        # A dash or a number at the start of a line may be a wrapped sentence's own.
        if found and (not buffer or indents or buffer[-1].rstrip().endswith(":")):
            _flush(builder, buffer, len(indents))
            indent = len(found.group(1))
            while indents and indents[-1] >= indent:
                indents.pop()
            indents.append(indent)
            buffer = [line[found.end() :]]
        else:
            buffer.append(line)
    _flush(builder, buffer, len(indents))


def _flush(builder: TextBuilder, buffer: list[str], depth: int) -> None:
    words = " ".join(buffer)
    if depth:
        builder.add("list_item", words, level=depth)
    else:
        builder.add("paragraph", words)
