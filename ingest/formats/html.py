"""HTML: the main content of a page, without its menus and footers, and what the page says of itself."""

from __future__ import annotations

import logging
import re
from copy import deepcopy
from dataclasses import replace
from typing import Any

import trafilatura
from lxml import etree

from corpus.records import Extract, Metadata
from ingest.blocks import TextBuilder, clean
from ingest.decode import decode
from ingest.encodings import usable
from ingest.faults import parser_faults
from ingest.formats.html_main import blocks_of, kept_blocks
from ingest.formats.html_stated import stated
from ingest.formats.html_tree import SKIPPED, mark_references, parse
from ingest.metadata import iso_date, web_address

HEAD = 4096
_CHARSET = re.compile(rb"<(?:meta|\?xml)[^>]+(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]+)", re.I)
_REVIEWED = re.compile(r"\"lastReviewed\"\s*:\s*\"([^\"]{4,40})\"")
ENOUGH = 0.5
"""Where the extractor keeps less than this share of the page's own main part, that part is read."""
MAIN = "//main | //*[@role='main'] | //article"
DEEPEST = 200
"""Levels of elements; the parser of trafilatura and of lxml give up a little beyond."""


def read(data: bytes, *, name: str) -> Extract:
    """Read a page; ``name`` is not used, as a title never comes from a file's name."""
    text, warnings = decode(data, declared=declared_encoding(data))
    root = parse(text)
    builder = TextBuilder()
    if root is None:
        return builder.extract(Metadata(), "html", warnings=warnings)
    deep = _is_too_deep(root)
    if deep:
        warnings += ("The page is nested too deeply; some of its text may be missing.",)
    mark_references(root)
    found = _extracted(root)
    metadata = _metadata(root, found, text)
    builder = _best(root, found)
    return builder.extract(metadata, "html", warnings=warnings, incomplete=deep)


def declared_encoding(data: bytes) -> str:
    """Return the encoding that a page's own head names, or an empty string."""
    found = _CHARSET.search(data[:HEAD])
    name = found.group(1).decode("ascii", "ignore").lower() if found else ""
    # a page whose head can be read byte by byte is not UTF-16, whatever it says
    return "utf-8" if name.startswith("utf-16") else usable(name)


def _extracted(root: Any) -> Any:
    """Return trafilatura's document, or None where it finds nothing or fails."""
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    logging.getLogger("htmldate").setLevel(logging.CRITICAL)
    try:
        return trafilatura.bare_extraction(
            deepcopy(root),
            include_comments=False,
            include_tables=True,
            favor_recall=True,
            with_metadata=True,
            prune_xpath=["//nav", "//footer", "//*[@hidden]"],
            date_extraction_params={"original_date": True, "extensive_search": False},
        )
    except parser_faults():
        # Its heuristics fail on some odd pages, which can still be read whole.
        return None


def _best(root: Any, found: Any) -> TextBuilder:
    """Return the blocks of the main content: as extracted, as marked by the page, or all."""
    body = found.body if found is not None else None
    own = _own_main(root)
    if body is not None and own is not None and _length(body) < ENOUGH * _length(own):
        body = None
    builder = kept_blocks(root, body) if body is not None else TextBuilder()
    for tree in (own, root):
        if not builder and tree is not None:
            builder = blocks_of(tree)
    return builder


def _own_main(root: Any) -> Any:
    """Return the element that the page marks as its main part, if it is the only one."""
    marked = [
        element
        for element in root.xpath(MAIN)
        if not any(_is_main(outer) for outer in element.iterancestors())
    ]
    return marked[0] if len(marked) == 1 else None


def _is_main(element: Any) -> bool:
    return element.tag in ("main", "article") or element.get("role") == "main"


def _length(tree: Any) -> int:
    """Count the letters and digits of a tree that are not in menus, scripts and the like."""
    if tree.tag in SKIPPED or not isinstance(tree.tag, str):
        return 0
    total = 0
    stack = [tree]
    while stack:
        element = stack.pop()
        total += sum(map(str.isalnum, element.text or ""))
        for child in element:
            total += sum(map(str.isalnum, child.tail or ""))
            if isinstance(child.tag, str) and child.tag not in SKIPPED:
                stack.append(child)
    return total


def _is_too_deep(root: Any) -> bool:
    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > DEEPEST:
            return True
    return False


def _metadata(root: Any, found: Any, text: str) -> Metadata:
    """Take what the page's head says; a title from its first heading where the head has none."""
    reviewed = _REVIEWED.search(text)
    title = _first_text(root, "//h1") or _first_text(root, "//head/title")
    language = clean(
        root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang") or ""
    )
    base = Metadata(
        language=language, reviewed=iso_date(reviewed.group(1)[:10]) if reviewed else ""
    )
    said = stated(root)
    base = replace(
        base, language=language or said.language, reviewed=base.reviewed or said.reviewed
    )
    if found is None:
        return replace(
            said, title=said.title or title, language=base.language, reviewed=base.reviewed
        )
    authors = tuple(name for part in (found.author or "").split(";") if (name := clean(part)))
    return replace(
        base,
        title=clean(found.title or "") or title,
        authors=said.authors or authors,
        published=said.published or iso_date(found.date or ""),
        publisher=said.publisher or clean(found.sitename or ""),
        language=base.language or clean(found.language or ""),
        summary=clean(found.description or "") or said.summary,
        url=web_address(found.url or ""),
        licence=said.licence or clean(found.license or ""),
    )


def _first_text(root: Any, path: str) -> str:
    for element in root.xpath(path):
        words = clean("".join(element.itertext()))
        if words:
            return words
    return ""
