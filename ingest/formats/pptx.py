"""PPTX: the slides of a presentation, each a page of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from corpus.errors import Broken, NoText, Unsupported
from corpus.records import Extract
from ingest.blocks import TextBuilder, clean
from ingest.formats.package import Package
from ingest.formats.paragraphs import raised, running_kind
from ingest.formats.properties import dublin_core
from ingest.formats.xml_tree import attribute, every, find, local, number, relation

MOST_SLIDES = 2000
_TITLES = {"ctrTitle": 1, "title": 2}
"""Kinds of places for titles, with the level of their heading."""
_MARGINS = ("dt", "ftr", "sldNum", "hdr", "sldImg")
_BULLETS = ("buChar", "buAutoNum", "buBlip")


def read(data: bytes, *, name: str) -> Extract:
    """Read a PPTX; ``name`` is not used, as a title never comes from a file's name.

    Raises NoText where no slide has text. A hidden slide is left out; it still counts as a page.
    """
    package = Package(data)
    main = package.main_part
    root = package.xml(main)
    targets = package.relations(main)
    ids = [relation(slide) for slide in every(root, "sldId")]
    slides = [targets.get(slide, ("", ""))[1] for slide in ids][:MOST_SLIDES]
    builder = TextBuilder()
    hidden, empty, missing = [], [], []
    for page, part in enumerate(slides, start=1):
        try:
            slide = package.xml(part)
        except (Broken, Unsupported):
            missing.append(page)
            continue
        before = len(builder.parts)
        if attribute(slide, "show", "1") in ("0", "false"):
            hidden.append(page)
            continue
        _Slide(builder, package, part, page).add(slide)
        if len(builder.parts) == before:
            empty.append(page)
    if not builder:
        _refuse(missing)
    first = number(attribute(root, "firstSlideNum"), 1)
    metadata = _metadata(package)
    title = metadata.title or _first_title(builder)
    warnings = [
        *_told(hidden, len(slides), "hidden and left out"),
        *_told(empty, len(slides), "without text"),
        *_told(missing, len(slides), "damaged and could not be read"),
    ]
    if len(ids) > len(slides):
        warnings.append(f"Only the first {len(slides)} of {len(ids)} slides were read.")
    return builder.extract(
        replace(metadata, title=title),
        "pptx",
        page_labels=[str(first + place) for place in range(len(slides))],
        warnings=warnings,
        pages_without_text=sorted([*empty, *missing]),
        incomplete=len(ids) > len(slides),
    )


def _refuse(missing: list[int]) -> None:
    if missing:
        raise Broken("No slide could be read.", hint="Save it again.")
    raise NoText("No slide has text.", hint="Text in pictures is not read; save it with text.")


def _told(pages: list[int], count: int, what: str) -> Iterator[str]:
    if pages:
        are = "slides is" if len(pages) == 1 else "slides are"
        yield f"{len(pages)} of {count} {are} {what}: {', '.join(map(str, pages))}"


def _metadata(package: Package) -> Any:
    for kind, target in package.relations("").values():
        if kind == "core-properties":
            return dublin_core(package.xml_or_none(target))
    return dublin_core(None)


def _first_title(builder: TextBuilder) -> str:
    """Return the title of the first slide; a later one's is not the presentation's."""
    return next((p.text for p in builder.parts if p.kind == "heading" and p.page == 1), "")


class _Slide:
    """Adds what one slide says: its title, its shapes in their order, and the speaker's notes."""

    def __init__(self, builder: TextBuilder, package: Package, part: str, page: int) -> None:
        self.builder = builder
        self.package = package
        self.page = page
        self.targets = package.relations(part)

    def add(self, slide: Any) -> None:
        tree = find(slide, "cSld", "spTree")
        shapes = list(_shapes(tree)) if tree is not None else []
        # The title leads, wherever it was drawn.
        for shape in sorted(shapes, key=lambda one: _place(one) not in _TITLES):
            self._shape(shape)
        self._notes()

    def _shape(self, shape: Any) -> None:
        place = _place(shape)
        if local(shape) == "graphicFrame":
            self._frame(shape)
            return
        body = find(shape, "txBody")
        if body is None or place in _MARGINS:
            return
        if place in _TITLES:
            words = " ".join(_words(one) for one in every(body, "p"))
            self.builder.add("heading", words, level=_TITLES[place], page=self.page)
        else:
            self._text(body, bulleted=place in ("body", "obj"))

    def _text(self, body: Any, *, bulleted: bool) -> None:
        for one in every(body, "p"):
            words, properties = _words(one), find(one, "pPr")
            marks = {local(mark) for mark in properties} if properties is not None else set()
            level = number(attribute(properties, "lvl")) if properties is not None else 0
            if "buNone" not in marks and (bulleted or marks & set(_BULLETS)):
                self.builder.add("list_item", words, level=level + 1, page=self.page)
            else:
                self.builder.add(running_kind(words), words, page=self.page)

    def _frame(self, frame: Any) -> None:
        for table in every(frame, "tbl"):
            for row in every(table, "tr"):
                cells = [
                    clean(" ".join(_words(one) for one in every(cell, "p")))
                    for cell in every(row, "tc")
                ]
                if any(cells):
                    self.builder.add("table_row", " | ".join(cells), page=self.page)
        for ids in every(frame, "relIds"):
            # A diagram keeps its words in a part of its own.
            part = self.targets.get(relation(ids, "dm"), ("", ""))[1]
            root = self.package.xml_or_none(part)
            for one in every(root, "p") if root is not None else ():
                self.builder.add("list_item", _words(one), level=1, page=self.page)

    def _notes(self) -> None:
        for kind, target in self.targets.values():
            if kind == "notesSlide" and target in self.package:
                for shape in every(self.package.xml(target), "sp"):
                    body = find(shape, "txBody")
                    if body is not None and _place(shape) == "body":
                        self._text(body, bulleted=False)


def _shapes(parent: Any) -> Iterator[Any]:
    """Give the shapes that hold text or tables, those in groups too."""
    for element in parent:
        tag = local(element)
        if tag in ("sp", "graphicFrame", "cxnSp"):
            yield element
        elif tag == "grpSp":
            yield from _shapes(element)
        elif tag == "AlternateContent" and len(element):
            # The same is told twice: for programs of today, and for old ones.
            yield from _shapes(element[0])


def _place(shape: Any) -> str:
    """Return what the layout keeps the shape's place for; empty for a shape put in by hand."""
    for properties in shape:
        mark = find(properties, "nvPr", "ph")
        if mark is not None:
            return attribute(mark, "type", "obj")
    return ""


def _words(paragraph: Any) -> str:
    parts: list[str] = []
    for element in every(paragraph, "r", "fld", "br"):
        if local(element) == "br":
            parts.append(" ")
            continue
        text = find(element, "t")
        words = (text.text or "") if text is not None else ""
        properties = find(element, "rPr")
        if properties is not None and number(attribute(properties, "baseline")) > 0:
            words = raised(words, after="".join(parts[-3:]))
        parts.append(words)
    return "".join(parts)
