"""Styles of a DOCX: what a paragraph's style says it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ingest.formats.xml_tree import attribute, every, find, number

_HEADING = re.compile(r"^heading ([1-9])$", re.IGNORECASE)
NO_LEVEL = 9
"""The outline level of running text; headings have 0 to 8."""
LONGEST_CHAIN = 20


@dataclass(frozen=True, slots=True)
class Style:
    """``names`` are those of the style and of all that it is based on, nearest first."""

    names: tuple[str, ...] = ()
    level: int = 0
    """1 and up for a heading, else 0."""
    numbering: tuple[str, int] = ("", 0)
    """The list that its paragraphs are items of, and the depth from 0."""
    bold: bool = False
    raised: bool = False
    hidden: bool = False

    def is_named(self, *names: str) -> bool:
        return any(name in names for name in self.names)

    @property
    def is_contents(self) -> bool:
        """Whether its paragraphs are a table of contents, which repeats the headings."""
        return any(re.match(r"toc (?:\d|heading)|table of figures", name) for name in self.names)


class Styles:
    """The styles of one document by their ids; an unknown one says nothing."""

    def __init__(self, root: Any) -> None:
        elements = list(every(root, "style")) if root is not None else []
        self._elements = {attribute(element, "styleId"): element for element in elements}
        self._known: dict[str, Style] = {}
        self._default = next(
            (
                attribute(element, "styleId")
                for element in elements
                if attribute(element, "type") == "paragraph"
                and is_on(attribute(element, "default", "0"))
            ),
            "",
        )

    def paragraph(self, style_id: str) -> Style:
        return self.get(style_id or self._default)

    def get(self, style_id: str) -> Style:
        if style_id not in self._known:
            self._known[style_id] = self._read(style_id)
        return self._known[style_id]

    def _read(self, style_id: str) -> Style:
        chain: list[Any] = []
        while style_id in self._elements and len(chain) < LONGEST_CHAIN:
            chain.append(self._elements[style_id])
            style_id = value(chain[-1], "basedOn")
        names = tuple(value(element, "name").lower() for element in chain)
        return Style(
            names=names,
            level=_level(chain, names),
            numbering=next((pair for e in chain if (pair := numbering(e))[0]), ("", 0)),
            bold=flag(chain, "b"),
            raised=next((v for e in chain if (v := value(e, "rPr", "vertAlign"))), "")
            == "superscript",
            hidden=flag(chain, "vanish"),
        )


def _level(chain: list[Any], names: tuple[str, ...]) -> int:
    for element, name in zip(chain, names, strict=True):
        outline = value(element, "pPr", "outlineLvl")
        if outline:
            return heading_level(outline)
        found = _HEADING.match(name)
        if found:
            return int(found.group(1))
        if name == "title":
            return 1
    return 0


def heading_level(outline: str) -> int:
    """Return the level from 1 of a heading with an outline level, 0 for that of running text."""
    level = number(outline, NO_LEVEL)
    return level + 1 if 0 <= level < NO_LEVEL else 0


def value(element: Any, *path: str) -> str:
    """Return the ``val`` of the element at ``path`` below ``element``, or an empty string."""
    found = find(element, *path)
    return attribute(found, "val") if found is not None else ""


def numbering(element: Any) -> tuple[str, int]:
    """Return the list that a paragraph or style names, and the depth in it from 0."""
    return value(element, "pPr", "numPr", "numId"), number(value(element, "pPr", "numPr", "ilvl"))


def flag(elements: list[Any], name: str) -> bool:
    """Tell whether the first of ``elements`` that says anything of a run's property has it on."""
    for element in elements:
        found = find(element, "rPr", name)
        if found is not None:
            return is_on(attribute(found, "val", "1"))
    return False


def is_on(words: str) -> bool:
    return words.lower() in ("1", "true", "on")
