"""DOCX: the paragraphs, lists, tables and notes of a word processor's document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from corpus.records import Extract
from ingest.blocks import TextBuilder, clean
from ingest.formats.docx_styles import Style, Styles, flag, heading_level, numbering, value
from ingest.formats.package import Package
from ingest.formats.paragraphs import SYMBOLS, Paragraph, add_paragraphs, raised, running_kind
from ingest.formats.properties import dublin_core
from ingest.formats.xml_tree import attribute, every, find, local

# What stands around paragraphs, rows, cells and runs without being one.
_WRAPPERS = frozenset(
    "sdt sdtContent customXml smartTag ins moveTo hyperlink fldSimple dir bdo ruby rubyBase "
    "oMath oMathPara r e num den sub sup deg f d func sSub sSup rad nary fName".split()
)
_TEXTS = {"t": "", "tab": " ", "br": " ", "cr": " ", "noBreakHyphen": "-", "ptab": " "}
SYMBOL_WARNING = "Some symbols of a special font could not be read."


def read(data: bytes, *, name: str) -> Extract:
    """Read a DOCX; ``name`` is not used, as a title never comes from a file's name."""
    package = Package(data)
    part = package.main_part
    walker = _Walker(package, part)
    body = find(package.xml(part), "body")
    if body is not None:
        walker.blocks(body)
    builder = TextBuilder()
    add_paragraphs(builder, walker.paragraphs)
    metadata = dublin_core(_core(package))
    metadata = replace(metadata, title=metadata.title or builder.first_heading)
    return builder.extract(
        metadata, "docx", warnings=walker.warnings, incomplete=bool(walker.warnings)
    )


def _core(package: Package) -> Any:
    for kind, target in package.relations("").values():
        if kind == "core-properties":
            return package.xml_or_none(target)
    return None


@dataclass(slots=True)
class _Line:
    """The words of one paragraph as they are gathered."""

    parts: list[str]
    bold: bool = True

    @property
    def text(self) -> str:
        return "".join(self.parts)

    @property
    def before(self) -> str:
        return "".join(self.parts[-3:])


class _Walker:
    """Gathers the paragraphs of a document in the order in which they are read."""

    def __init__(self, package: Package, part: str) -> None:
        targets = dict(package.relations(part).values())
        self.styles = Styles(package.xml_or_none(targets.get("styles", "")))
        self.notes = {
            (kind, attribute(note, "id")): note
            for kind in ("footnote", "endnote")
            if (root := package.xml_or_none(targets.get(f"{kind}s", ""))) is not None
            for note in every(root, kind)
        }
        self.paragraphs: list[Paragraph] = []
        self.warnings: list[str] = []
        self.numbers: dict[tuple[str, str], int] = {}
        self.pending: list[tuple[str, Any]] = []
        """Text boxes, and notes with their marks, that follow the block they stand in."""

    def blocks(self, parent: Any) -> None:
        """Add the paragraphs and tables below ``parent``, and after each what hangs on it."""
        for element in _content(parent):
            if local(element) == "p":
                self._paragraph(element)
            elif local(element) == "tbl":
                self._table(element)
            pending, self.pending = self.pending, []
            for mark, inner in pending:
                first = len(self.paragraphs)
                self.blocks(inner)
                if mark and first < len(self.paragraphs):
                    one = self.paragraphs[first]
                    self.paragraphs[first] = replace(one, text=f"{mark} {one.text.lstrip()}")

    def _paragraph(self, element: Any) -> None:
        style = self._style(element)
        if style.is_contents:
            return
        line = self._line(element, style)
        text = line.text
        outline = value(element, "pPr", "outlineLvl")
        level = heading_level(outline) if outline else style.level
        own, depth = numbering(element)
        listed = own or style.numbering[0]
        if level:
            self.paragraphs.append(Paragraph("heading", text, level))
        elif style.is_named("caption"):
            self.paragraphs.append(Paragraph("caption", text))
        elif listed and listed != "0":
            depth = depth if own else style.numbering[1]
            self.paragraphs.append(Paragraph("list_item", text, depth + 1))
        else:
            self.paragraphs.append(Paragraph(running_kind(text), text, bold=line.bold))

    def _style(self, paragraph: Any) -> Style:
        return self.styles.paragraph(value(paragraph, "pPr", "pStyle"))

    def _line(self, paragraph: Any, style: Style) -> _Line:
        line = _Line([])
        for run in _runs(paragraph):
            self._run(run, style, line)
        return line

    def _run(self, run: Any, style: Style, line: _Line) -> None:
        """Add the words of a run, without those that are hidden."""
        own = self.styles.get(value(run, "rPr", "rStyle"))
        if flag([run], "vanish") or own.hidden or style.hidden:
            return
        words = "".join(self._piece(element) for element in run)
        position = value(run, "rPr", "vertAlign")
        if position == "superscript" or (own.raised and not position):
            words = raised(words, after=line.before)
        bold = find(run, "rPr", "b")
        is_bold = flag([run], "b") if bold is not None else own.bold or style.bold
        line.bold = line.bold and (is_bold or not words.strip())
        line.parts.append(words)

    def _piece(self, element: Any) -> str:
        name = local(element)
        if name in _TEXTS:
            return (element.text or "") if name == "t" else _TEXTS[name]
        if name == "sym":
            return self._symbol(element)
        if name in ("footnoteReference", "endnoteReference"):
            return self._note(name.removesuffix("Reference"), attribute(element, "id"))
        if name in ("drawing", "pict", "object"):
            self._boxes(element)
        elif name == "AlternateContent" and len(element):
            # The same drawing is told twice: for programs of today, and for old ones.
            self._boxes(element[0])
        return ""

    def _boxes(self, drawing: Any) -> None:
        for box in every(drawing, "txbxContent"):
            # A box in a box is found again when the outer one is read.
            outer = next(one for one in box.iterancestors() if one is drawing or _is_box(one))
            if outer is drawing:
                self.pending.append(("", box))

    def _symbol(self, element: Any) -> str:
        code = attribute(element, "char")[-2:]
        if attribute(element, "font").lower() == "symbol" and re.fullmatch("[0-9a-fA-F]{2}", code):
            place = 0xF000 + int(code, 16)
            if place in SYMBOLS:
                return SYMBOLS[place]
        self.warnings.append(SYMBOL_WARNING)
        return ""

    def _note(self, kind: str, note_id: str) -> str:
        """Return the mark of a note; the note follows the block in which it is first referred to."""
        note = self.notes.get((kind, note_id))
        if note is None:
            return ""
        key = (kind, note_id)
        is_new = key not in self.numbers
        mark = f"[^{self.numbers.setdefault(key, len(self.numbers) + 1)}]"
        if is_new:
            self.pending.append((mark, note))
        return mark

    def _table(self, table: Any) -> None:
        rows = [
            [cell for cell in _content(row) if local(cell) == "tc"]
            for row in _content(table)
            if local(row) == "tr"
        ]
        if max(map(len, rows), default=0) < 2 or self._lays_out(rows):
            for row in rows:
                for cell in row:
                    self.blocks(cell)
            return
        for row in rows:
            words = [clean(self._cell(cell)) for cell in row]
            if any(words):
                self.paragraphs.append(Paragraph("table_row", " | ".join(words)))

    def _lays_out(self, rows: list[list[Any]]) -> bool:
        """A table that lays out a page has tables or headings in its cells."""
        return any(
            local(element) == "tbl" or self._style(element).level
            for row in rows
            for cell in row
            for element in _content(cell)
        )

    def _cell(self, cell: Any) -> str:
        paragraphs = (element for element in _content(cell) if local(element) == "p")
        return " ".join(self._line(one, self._style(one)).text for one in paragraphs)


def _is_box(element: Any) -> bool:
    return local(element) == "txbxContent"


def _content(parent: Any) -> Iterator[Any]:
    """Give the paragraphs, tables, rows and cells in ``parent``, whatever is wrapped around them."""
    for element in parent:
        if local(element) in _WRAPPERS:
            yield from _content(element)
        elif local(element) in ("p", "tbl", "tr", "tc"):
            yield element


def _runs(parent: Any) -> Iterator[Any]:
    """Give the runs below a paragraph in order, without what tracked changes have taken out."""
    for element in parent:
        if local(element) == "r":
            yield element
        elif local(element) in _WRAPPERS:
            yield from _runs(element)
