"""EPUB: the chapters of an e-book in their order, with its pages where it marks those of a print."""

from __future__ import annotations

import html.entities
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from corpus.errors import Broken, Encrypted, Unsupported
from corpus.records import Extract, Metadata
from ingest.blocks import TextBuilder, clean
from ingest.decode import decode
from ingest.formats.html import HEAD, declared_encoding
from ingest.formats.html_main import blocks_of
from ingest.formats.html_tree import TreeWalker, add_fragment, mark_references, parse
from ingest.formats.package import Package, resolve
from ingest.formats.properties import stated_authors, stated_summary, stated_title
from ingest.formats.xml_tree import SAVE_HINT, attribute, every, find, local, parse_xml
from ingest.metadata import iso_date, web_address

CONTAINER = "META-INF/container.xml"
ENCRYPTION = "META-INF/encryption.xml"
_CHAPTER_TYPES = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml")
_DOCTYPE = re.compile(r"<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>", re.IGNORECASE | re.DOTALL)
_NAMED = re.compile(r"&([A-Za-z][A-Za-z0-9]*);")
_XML_NAMES = ("amp", "lt", "gt", "quot", "apos")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


@dataclass(frozen=True, slots=True)
class _Chapter:
    path: str
    root: Any
    """The tree with plain names, or None where it could not be read."""


@dataclass(frozen=True, slots=True)
class _Guide:
    """What the book's navigation says: titles of whole chapters, and labels of places."""

    titles: dict[str, str]
    pages: dict[tuple[str, str], str]


def read(data: bytes, *, name: str) -> Extract:
    """Read an EPUB; ``name`` is not used, as a title never comes from a file's name.

    Raises Encrypted for a book locked by its seller. A damaged chapter is left out with a warning.
    """
    package = Package(data)
    opf_path = _opf_path(package)
    opf = package.xml(opf_path)
    items = {attribute(item, "id"): item for item in every(opf, "item")}
    paths = _spine(opf, opf_path, items)
    _refuse_locked(package, paths)
    guide = _guide(package, opf, opf_path, items)
    told: dict[str, None] = {}
    chapters = [_Chapter(path, _tree(package, path, told)) for path in paths]
    damaged = [chapter for chapter in chapters if chapter.root is None]
    if chapters and len(damaged) == len(chapters):
        raise Broken("No chapter of the book could be read.", hint=SAVE_HINT)
    builder = TextBuilder()
    labels: list[str] = []
    for chapter in chapters:
        if chapter.root is not None:
            _add_chapter(builder, chapter, guide, labels)
    warnings = (
        f"{len(damaged)} of {len(chapters)} chapters could not be read (missing or damaged).",
    ) * bool(damaged)
    warnings += tuple(told)
    metadata = _metadata(opf, builder)
    return builder.extract(
        metadata, "epub", page_labels=labels, warnings=warnings, incomplete=bool(damaged)
    )


def _opf_path(package: Package) -> str:
    for one in every(package.xml(CONTAINER), "rootfile"):
        return resolve("", attribute(one, "full-path"))
    raise Broken("The book does not say where its list of chapters is.", hint=SAVE_HINT)


def _spine(opf: Any, opf_path: str, items: dict[str, Any]) -> list[str]:
    """Return the chapters in reading order, without the pages that only list the contents."""
    listed = {
        resolve(opf_path, attribute(one, "href"))
        for one in every(opf, "reference")
        if attribute(one, "type") == "toc"
    }
    paths: list[str] = []
    for ref in every(opf, "itemref"):
        item = items.get(attribute(ref, "idref"))
        if item is None or attribute(item, "media-type") not in _CHAPTER_TYPES:
            continue
        path = resolve(opf_path, attribute(item, "href"))
        if "nav" not in attribute(item, "properties").split() and path not in listed:
            paths.append(path)
    return list(dict.fromkeys(paths))


def _refuse_locked(package: Package, paths: Sequence[str]) -> None:
    root = package.xml_or_none(ENCRYPTION)
    if root is None:
        return
    locked = {resolve("", attribute(one, "URI")) for one in every(root, "CipherReference")}
    # Fonts are scrambled in many open books; one with scrambled chapters is locked.
    if locked & set(paths):
        raise Encrypted(
            "The book is locked by its seller (DRM).", hint="Ask its publisher for an open copy."
        )


def _tree(package: Package, path: str, told: dict[str, None] | None = None) -> Any:
    """Return the tree of a chapter with names as in HTML, or None where it cannot be read.

    What is to be told of its encoding is put into ``told``.
    """
    try:
        data = package.read(path)
        text, warnings = decode(data, declared=declared_encoding(data))
        root = _parsed(text, path)
    except (Broken, Unsupported):
        return None
    if root is None:
        return None
    if told is not None:
        told.update(dict.fromkeys(f"{path}: {one}" for one in warnings))
    for element in root.iter():
        if isinstance(element.tag, str):
            element.tag = local(element)
    return root


def _parsed(text: str, path: str) -> Any:
    """Parse a chapter as the XML that it should be, else as the HTML that it may be."""
    named = html.entities.html5

    def spell_out(found: re.Match[str]) -> str:
        word = found.group(1)
        return found.group() if word in _XML_NAMES else named.get(f"{word};", found.group())

    # A name stands for at most two characters, so that this cannot grow the text.
    head = re.sub(r"^\s*<\?xml[^>]*\?>", "", _DOCTYPE.sub("", text[:HEAD], count=1))
    source = _NAMED.sub(spell_out, head + text[HEAD:])
    try:
        return parse_xml(source.encode("utf-8", "replace"), part=path)
    except Broken:
        return parse(source)


def _guide(package: Package, opf: Any, opf_path: str, items: dict[str, Any]) -> _Guide:
    """Read the navigation: a document of EPUB 3, or the NCX of EPUB 2."""
    guide = _Guide({}, {})
    for item in items.values():
        path = resolve(opf_path, attribute(item, "href"))
        if "nav" in attribute(item, "properties").split() and path in package:
            _read_nav(_tree(package, path), path, guide)
    for item in items.values():
        path = resolve(opf_path, attribute(item, "href"))
        if attribute(item, "media-type") == "application/x-dtbncx+xml" and path in package:
            _read_ncx(_tree(package, path), path, guide)
    return guide


def _read_nav(root: Any, path: str, guide: _Guide) -> None:
    for nav in every(root, "nav") if root is not None else ():
        kind = attribute(nav, "type")
        for link in every(nav, "a"):
            _note_place(guide, kind, path, attribute(link, "href"), "".join(link.itertext()))


def _read_ncx(root: Any, path: str, guide: _Guide) -> None:
    for point in every(root, "navPoint", "pageTarget") if root is not None else ():
        label, content = find(point, "navLabel", "text"), find(point, "content")
        if label is not None and content is not None:
            kind = "toc" if local(point) == "navPoint" else "page-list"
            _note_place(guide, kind, path, attribute(content, "src"), label.text or "")


def _note_place(guide: _Guide, kind: str, path: str, href: str, words: str) -> None:
    target, label = resolve(path, href), clean(words)
    if label and kind == "toc":
        guide.titles.setdefault(target, label)
    elif label and kind == "page-list":
        guide.pages.setdefault((target, href.partition("#")[2]), label)


def _add_chapter(builder: TextBuilder, chapter: _Chapter, guide: _Guide, labels: list[str]) -> None:
    root = chapter.root
    mark_references(root)
    bare = not any(True for _ in every(root, *_HEADINGS))
    title = guide.titles.get(chapter.path, "")
    if bare and title and blocks_of(root):
        builder.add("heading", title, level=1, page=len(labels) or None)
    _ChapterWalker(builder, chapter.path, guide, labels).add(root)


class _ChapterWalker(TreeWalker):
    """Walks a chapter and takes note of the marks where a page of the print begins."""

    def __init__(self, builder: TextBuilder, path: str, guide: _Guide, labels: list[str]) -> None:
        super().__init__(builder)
        self.path = path
        self.guide = guide
        self.labels = labels
        self.page = len(labels) or None

    def _walk(self, element: Any) -> None:
        kinds = f"{attribute(element, 'type')} {attribute(element, 'role')}"
        label = self.guide.pages.get((self.path, attribute(element, "id")), "")
        is_mark = "pagebreak" in kinds.split() or "doc-pagebreak" in kinds.split()
        if is_mark and not label:
            label = clean(attribute(element, "aria-label") or attribute(element, "title"))
            label = label or clean("".join(element.itertext()))
        if label and label not in self.labels[-1:]:
            self.labels.append(label)
            self.page = len(self.labels)
        if is_mark:
            # Its words are the number of the page.
            return
        if "noteref" in kinds.split() or "doc-noteref" in kinds.split():
            words = clean("".join(element.itertext()))
            self._say(words if words.startswith("[") else f"[{words}]" if words else "")
            return
        super()._walk(element)


def _metadata(opf: Any, builder: TextBuilder) -> Metadata:
    """Take what the package says in Dublin Core; descriptions may be written in HTML."""
    block = find(opf, "metadata")
    found: dict[str, list[tuple[str, str]]] = {}
    for element in block.iter() if block is not None else ():
        words = clean("".join(element.itertext()))
        if words:
            found.setdefault(local(element), []).append((words, attribute(element, "event")))

    def first(name: str) -> str:
        return found[name][0][0] if name in found else ""

    dates = sorted(found.get("date", ()), key=lambda pair: pair[1] != "publication")
    published = next((day for words, event in dates if event != "modification"
                      and (day := iso_date(words[:10]) or iso_date(words))), "")  # fmt: skip
    addresses = (web_address(words) for name in ("source", "identifier")
                 for words, _ in found.get(name, ()))  # fmt: skip
    return Metadata(
        title=stated_title(first("title")) or builder.first_heading,
        summary=stated_summary(_without_markup(first("description"))),
        authors=stated_authors(words for words, _ in found.get("creator", ())),
        publisher=first("publisher"),
        language=first("language"),
        published=published,
        licence=first("rights"),
        url=next(filter(None, addresses), ""),
    )


def _without_markup(words: str) -> str:
    if "<" not in words:
        return words
    builder = TextBuilder()
    add_fragment(builder, words)
    return " ".join(part.text for part in builder.parts)
