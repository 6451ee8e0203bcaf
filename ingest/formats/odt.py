"""ODT: the paragraphs, lists, tables and notes of an OpenDocument text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from corpus.errors import Encrypted
from corpus.records import Extract
from ingest.blocks import TextBuilder, clean
from ingest.formats.package import Package
from ingest.formats.paragraphs import Paragraph, add_paragraphs, raised, running_kind
from ingest.formats.properties import dublin_core
from ingest.formats.xml_tree import attribute, every, find, local, number

# Parts of the text that repeat it, were taken out of it, or are nobody's words.
_SKIPPED = frozenset(
    "table-of-content illustration-index table-index alphabetical-index tracked-changes forms "
    "annotation annotation-end sequence-decls variable-decls user-field-decls ruby-text note "
    "hidden-paragraph hidden-text title desc object event-listeners".split()
)
_SPACES = {"s": " ", "tab": " ", "line-break": " "}
LONGEST_CHAIN = 20


def read(data: bytes, *, name: str) -> Extract:
    """Read an ODT; ``name`` is not used, as a title never comes from a file's name."""
    package = Package(data)
    manifest = package.read("META-INF/manifest.xml") if "META-INF/manifest.xml" in package else b""
    if b"encryption-data" in manifest:
        raise Encrypted("The document needs a password.", hint="Save a copy without a password.")
    content = package.xml("content.xml")
    walker = _Walker(_Styles([content, package.xml_or_none("styles.xml")]))
    body = find(content, "body", "text")
    if body is not None:
        walker.blocks(body)
    builder = TextBuilder()
    add_paragraphs(builder, walker.paragraphs)
    metadata = dublin_core(package.xml_or_none("meta.xml"))
    metadata = replace(metadata, title=metadata.title or builder.first_heading)
    return builder.extract(metadata, "odt")


@dataclass(frozen=True, slots=True)
class _Style:
    names: tuple[str, ...] = ()
    bold: bool = False
    raised: bool = False
    hidden: bool = False


class _Styles:
    """The styles of a document, those made for single paragraphs with those that have names."""

    def __init__(self, roots: list[Any]) -> None:
        self._elements = {
            (attribute(element, "family"), attribute(element, "name")): element
            for root in roots
            if root is not None
            for element in every(root, "style")
        }
        self._known: dict[tuple[str, str], _Style] = {}

    def get(self, element: Any, family: str) -> _Style:
        key = family, attribute(element, "style-name")
        if key not in self._known:
            self._known[key] = self._read(*key)
        return self._known[key]

    def _read(self, family: str, name: str) -> _Style:
        names: list[str] = []
        properties: dict[str, str] = {}
        while name and name not in names and len(names) < LONGEST_CHAIN:
            names.append(name)
            element = self._elements.get((family, name))
            if element is None:
                break
            text = find(element, "text-properties")
            for key in ("font-weight", "text-position", "display"):
                if text is not None and attribute(text, key):
                    properties.setdefault(key, attribute(text, key))
            name = attribute(element, "parent-style-name")
        return _Style(
            tuple(names),
            bold=properties.get("font-weight", "") in ("bold", "600", "700", "800", "900"),
            raised=_is_raised(properties.get("text-position", "")),
            hidden=properties.get("display", "") == "none",
        )


def _is_raised(position: str) -> bool:
    height = position.split(" ", maxsplit=1)[0]
    return height == "super" or number(height.rstrip("%")) > 0


class _Walker:
    """Gathers the paragraphs of a document in the order in which they are read."""

    def __init__(self, styles: _Styles) -> None:
        self.styles = styles
        self.paragraphs: list[Paragraph] = []
        self.pending: list[tuple[str, Any]] = []
        """Text boxes, and notes with their marks, that follow the block they stand in."""

    def blocks(self, parent: Any, *, depth: int = 0) -> None:
        """Add what is below ``parent``, which stands in ``depth`` lists."""
        for element in parent:
            tag = local(element)
            if tag in _SKIPPED:
                continue
            if tag in ("p", "h"):
                self._paragraph(element)
            elif tag == "table":
                self._table(element)
            elif tag == "list":
                self._list(element, depth + 1)
            else:
                self.blocks(element, depth=depth)
            self._add_pending()

    def _add_pending(self) -> None:
        pending, self.pending = self.pending, []
        for mark, inner in pending:
            first = len(self.paragraphs)
            self.blocks(inner)
            if mark and first < len(self.paragraphs):
                one = self.paragraphs[first]
                self.paragraphs[first] = replace(one, text=f"{mark} {one.text.lstrip()}")

    def _list(self, element: Any, depth: int) -> None:
        for item in element:
            own = local(item) == "list-item"
            for child in item:
                if local(child) == "list":
                    self._list(child, depth + 1)
                elif local(child) in ("p", "h"):
                    # What follows in the same item is a paragraph of its own, not another item.
                    self._paragraph(child, depth=depth if own else 0)
                    own = False
                    self._add_pending()

    def _paragraph(self, element: Any, *, depth: int = 0) -> None:
        style = self.styles.get(element, "paragraph")
        if style.hidden:
            return
        parts, bold = self._words(element, style)
        text = "".join(parts)
        if local(element) == "h":
            level = number(attribute(element, "outline-level"), 1)
            self.paragraphs.append(Paragraph("heading", text, level))
        elif "Title" in style.names:
            self.paragraphs.append(Paragraph("heading", text, 1))
        elif "Caption" in style.names:
            self.paragraphs.append(Paragraph("caption", text))
        elif depth:
            self.paragraphs.append(Paragraph("list_item", text, depth))
        else:
            self.paragraphs.append(Paragraph(running_kind(text), text, bold=bold))

    def _words(self, paragraph: Any, style: _Style) -> tuple[list[str], bool]:
        """Return the pieces of a paragraph's text, and whether all of them are bold."""
        parts: list[str] = []
        bold = True

        def say(words: str | None, style: _Style) -> None:
            nonlocal bold
            if words and not style.hidden:
                if style.raised:
                    words = raised(words, after="".join(parts[-3:]))
                bold = bold and (style.bold or not words.strip())
                parts.append(words)

        def collect(element: Any, style: _Style) -> None:
            say(element.text, style)
            for child in element:
                self._inline(child, style, say, collect)
                say(child.tail, style)

        collect(paragraph, style)
        return parts, bold

    def _inline(self, element: Any, style: _Style, say: Any, collect: Any) -> None:
        tag = local(element)
        if tag in _SPACES:
            say(_SPACES[tag], replace(style, raised=False))
        elif tag == "note":
            mark = clean("".join(find(element, "note-citation").itertext()))
            say(f"[^{mark}]", replace(style, raised=False))
            self.pending.append((f"[^{mark}]", find(element, "note-body")))
        elif tag == "text-box":
            self.pending.append(("", element))
        elif tag == "span":
            own = self.styles.get(element, "text")
            inner = replace(
                style,
                bold=style.bold or own.bold,
                raised=own.raised,
                hidden=style.hidden or own.hidden,
            )
            collect(element, inner)
        elif tag and tag not in _SKIPPED:
            collect(element, style)

    def _table(self, table: Any) -> None:
        rows = [
            [cell for cell in row if local(cell) in ("table-cell", "covered-table-cell")]
            for row in _rows(table)
        ]
        nested = any(True for row in rows for cell in row for _ in every(cell, "table", "h"))
        if max(map(len, rows), default=0) < 2 or nested:
            for row in rows:
                for cell in row:
                    self.blocks(cell)
            return
        for row in rows:
            words = [clean(self._cell(cell)) for cell in row]
            if any(words):
                self.paragraphs.append(Paragraph("table_row", " | ".join(words)))

    def _cell(self, cell: Any) -> str:
        outer, self.paragraphs = self.paragraphs, []
        pending, self.pending = self.pending, []
        for one in every(cell, "p"):
            # Those in a paragraph stand in its notes and text boxes, which follow the table.
            if not any(local(outer) == "p" for outer in one.iterancestors()):
                self._paragraph(one)
        inner, self.paragraphs = self.paragraphs, outer
        self.pending = pending + self.pending
        return " ".join(one.text for one in inner)


def _rows(table: Any) -> Iterator[Any]:
    """Give the rows of a table, those in groups too, but none of a table in a cell."""
    for element in table:
        if local(element) == "table-row":
            yield element
        elif local(element).startswith("table-") and "row" in local(element):
            yield from _rows(element)
