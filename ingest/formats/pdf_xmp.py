"""XMP: what a PDF says of itself in XML (ISO 16684-1), where its own data say nothing."""

from __future__ import annotations

from typing import Any

from pypdf import PdfReader

from corpus.errors import ReadError
from corpus.records import Metadata
from ingest.blocks import clean
from ingest.faults import parser_faults
from ingest.formats.properties import stated_authors, stated_summary, stated_title
from ingest.formats.xml_tree import attribute, every, local, parse_xml
from ingest.metadata import LONGEST_TEXT, iso_date

LARGEST = 2_000_000
"""Bytes. Pictures and an editing history may stand beside the few words that are wanted."""
MOST_VALUES = 100
_NO_LANGUAGE = frozenset({"x-default", "und", "zxx", "mul", "x-unknown"})


def xmp_of(reader: PdfReader) -> Metadata:
    """Return what a PDF's XMP says; nothing where there is none, or none that can be read."""
    try:
        stream: Any = reader.root_object["/Metadata"].get_object()
        data: bytes = stream.get_data()
    except parser_faults():
        return Metadata()
    if len(data) > LARGEST:
        return Metadata()
    try:
        root = parse_xml(data.strip(b" \t\r\n\0"), part="XMP")
    except ReadError:
        return Metadata()
    return read_xmp(root)


def read_xmp(root: Any) -> Metadata:
    """Return what the descriptions below ``root`` say, in Dublin Core, PRISM and Creative Commons."""
    found: dict[str, list[str]] = {}
    for description in every(root, "Description"):
        for key, value in description.attrib.items():
            found.setdefault(key.rpartition("}")[2], []).append(clean(str(value)))
        for one in description:
            found.setdefault(local(one), []).extend(_values(one))

    def first(*names: str) -> str:
        return next((value for name in names for value in found.get(name, ()) if value), "")

    languages = [x for x in found.get("language", ()) if x and x.lower() not in _NO_LANGUAGE]
    return Metadata(
        title=stated_title(first("title")),
        summary=stated_summary(first("description")),
        authors=stated_authors(found.get("creator", ())),
        publisher=first("publisher"),
        language=languages[0] if len(languages) == 1 else "",
        published=iso_date(first("publicationDate", "date", "CreateDate")[:10]),
        licence=(first("license", "rights") or first("WebStatement"))[:LONGEST_TEXT],
    )


def _values(element: Any) -> list[str]:
    """Return a property's value, or those of its list; of one in several languages, the default one first."""
    items = list(every(element, "li"))[:MOST_VALUES]
    items.sort(key=lambda one: attribute(one, "lang") != "x-default")
    words = [clean("".join(one.itertext())) for one in items or [element]]
    return [word or attribute(element, "resource") for word in words]
