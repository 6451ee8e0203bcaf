"""HTML trees: elements, whether a page's own or trafilatura's, to blocks of text."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree, html

from corpus.records import BlockKind
from ingest.blocks import TextBuilder

SKIPPED = frozenset(
    "script style noscript template nav footer form button select textarea iframe svg canvas "
    "object audio video dialog".split()
)
_BLOCKS = frozenset(
    "address article aside blockquote body center dd details dialog div dl dt fieldset figcaption "
    "figure footer h1 h2 h3 h4 h5 h6 header hgroup hr html li main ol p pre section summary table "
    "caption tbody thead tfoot tr td th ul".split()
)
# trafilatura's own names, told by what they are in HTML.
_ALIASES = {
    "list": "ul",
    "item": "li",
    "row": "tr",
    "cell": "td",
    "quote": "blockquote",
    "lb": "br",
}
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
# A power stands after a unit, which is short; a reference after a mark or a longer word.
_CITED = re.compile(r"(?:[.,;:)?!\]\u2019\u201d]|[^\W\d_]{4})$")
_NUMBERS = re.compile(r"\d{1,3}(?:\s*[,\u2013-]\s*\d{1,3})*")
_LAYOUT = ".//table | .//h2 | .//h3 | .//ul | .//ol | .//p[2]"


def parse(text: str) -> Any:
    """Return the root element of a page, or None where there is none."""
    text = _DECLARATION.sub("", text)
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        return html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None


def add_fragment(builder: TextBuilder, text: str) -> None:
    """Add the blocks of a piece of HTML, such as one inside Markdown."""
    root = parse(text)
    if root is not None:
        mark_references(root)
        TreeWalker(builder).add(root)


def mark_references(root: Any) -> None:
    """Put brackets around the numbers of references that a page sets above the line.

    Without them, ``hurts.<sup>3</sup>`` would read "hurts.3". Powers (``m<sup>2</sup>``) stay.
    """
    for sup in root.iter("sup"):
        words = "".join(sup.itertext()).strip()
        links = any(True for _ in sup.iter("a")) or sup.getparent().tag == "a"
        if is_reference_mark(words, after="." if links else _text_before(sup)):
            for child in list(sup):
                sup.remove(child)
            sup.text = f"[{words}]"


def is_reference_mark(words: str, *, after: str) -> bool:
    """Tell whether raised ``words`` that stand after other text are numbers of references."""
    return bool(_NUMBERS.fullmatch(words) and _CITED.search(after))


def _text_before(element: Any) -> str:
    previous = element.getprevious()
    if previous is not None:
        return previous.tail or "".join(previous.itertext())
    parent = element.getparent()
    return (parent.text or "") if parent is not None else ""


class TreeWalker:
    """Adds the blocks of a tree in the order in which they are read."""

    def __init__(self, builder: TextBuilder) -> None:
        self.builder = builder
        self.buffer: list[str] = []
        self.kind: BlockKind = "paragraph"
        self.depth = 0
        self.breaks = 0
        self.page: int | None = None
        """The page that the walk is on, in books that mark their pages; for a subclass to set."""
        self.first_page: int | None = None
        self.said = False

    def add(self, element: Any) -> None:
        """Add all blocks in ``element``."""
        self._walk(element)
        self._flush()

    def _say(self, words: str | None) -> None:
        if words:
            if words.strip():
                if not self.said:
                    self.said, self.first_page = True, self.page
                self.breaks = 0
            self.buffer.append(words)

    def _flush(self) -> None:
        words = "".join(self.buffer)
        self.buffer.clear()
        self.breaks = 0
        self.said = False
        if not words.strip():
            return
        level = self.depth if self.kind == "list_item" else 0
        self.builder.add(self.kind, words, level=level, page=self.first_page)
        # What follows in the same item is a paragraph of its own, not another item.
        if self.kind == "list_item":
            self.kind = "paragraph"

    def _walk(self, element: Any) -> None:
        tag = _tag(element)
        if tag is None or tag in SKIPPED or _is_hidden(element):
            return
        special = {
            "br": self._break,
            "table": self._table,
            "ul": self._list,
            "ol": self._list,
            "pre": self._code,
            "code": self._code,
        }.get(tag)
        if special is not None:
            special(element)
        elif re.fullmatch("h[1-6]", tag):
            self._flush()
            self.builder.add("heading", _text(element), level=int(tag[1]), page=self.page)
        elif tag in ("li", "dt", "dd"):
            self._item(element, deeper=tag == "dd")
        elif tag in ("figcaption", "caption"):
            self._block(element, "caption")
        elif tag in _BLOCKS:
            self._block(element, self.kind)
        else:
            self._children(element)

    def _children(self, element: Any) -> None:
        self._say(element.text)
        for child in element:
            self._walk(child)
            self._say(child.tail)

    def _block(self, element: Any, kind: BlockKind) -> None:
        self._flush()
        outer, self.kind = self.kind, kind
        self._children(element)
        self._flush()
        # An item whose own words stood in this block goes on as paragraphs.
        self.kind = outer if kind != outer or outer != "list_item" else self.kind

    def _break(self, element: Any) -> None:
        self.breaks += 1
        if self.breaks > 1:
            self._flush()
        else:
            self.buffer.append(" ")

    def _list(self, element: Any) -> None:
        self._flush()
        outer, self.kind = self.kind, "paragraph"
        self.depth += 1
        self._children(element)
        self._flush()
        self.depth -= 1
        self.kind = "paragraph" if outer == "list_item" else outer

    def _item(self, element: Any, *, deeper: bool) -> None:
        self._flush()
        outer, depth = self.kind, self.depth
        self.kind, self.depth = "list_item", max(1, depth) + deeper
        self._children(element)
        self._flush()
        self.kind, self.depth = outer, depth

    def _code(self, element: Any) -> None:
        words = "".join(element.itertext())
        if _tag(element) == "code" and "\n" not in words.strip():
            self._children(element)
            return
        self._flush()
        self.builder.add("code", words, page=self.page)

    def _table(self, element: Any) -> None:
        self._flush()
        cells = [cell for cell in element.iter() if _tag(cell) in ("td", "th")]
        if any(cell.xpath(_LAYOUT) for cell in cells) or len(cells) == 1:
            # A table that lays out a page is read cell by cell.
            self._children(element)
            self._flush()
            return
        first = True
        for part in element.iter():
            if _tag(part) == "caption":
                self.builder.add("caption", _text(part), page=self.page)
            elif _tag(part) == "tr":
                row = [_text(cell) for cell in part if _tag(cell) in ("td", "th")]
                # trafilatura makes a caption the first row, with empty cells beside it.
                lone = first and len(row) > 1 and row[0] and not any(row[1:])
                if lone:
                    self.builder.add("caption", row[0], page=self.page)
                elif any(row):
                    self.builder.add("table_row", " | ".join(row), page=self.page)
                first = False


def _tag(element: Any) -> str | None:
    """Return an element's name as in HTML; None for comments and the like."""
    if not isinstance(element.tag, str):
        return None
    tag = element.tag.rpartition("}")[2].lower()
    if tag == "head":
        rend = element.get("rend") or ""
        return rend if re.fullmatch("h[1-6]", rend) else "script"
    return _ALIASES.get(tag, tag)


def _is_hidden(element: Any) -> bool:
    return (
        element.get("hidden") is not None
        or element.get("aria-hidden") == "true"
        or bool(_HIDDEN.search(element.get("style") or ""))
    )


def _text(element: Any) -> str:
    """Return the text of an element on one line, a space where a block or a line ends."""
    parts: list[str] = []

    def collect(inner: Any) -> None:
        tag = _tag(inner)
        if tag is None or tag in SKIPPED or (inner is not element and _is_hidden(inner)):
            return
        apart = tag == "br" or tag in _BLOCKS
        parts.append(" " if apart else "")
        parts.append(inner.text or "")
        for child in inner:
            collect(child)
            parts.append(child.tail or "")
        parts.append(" " if apart else "")

    collect(element)
    return " ".join("".join(parts).split())
