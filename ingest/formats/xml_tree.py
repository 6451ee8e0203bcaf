"""XML: parsed with entities, DTD and network off, and looked at by local names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from corpus.errors import Broken, TooLarge

MOST_NODES = 1_500_000
"""A tree takes about 130 bytes for each; so at most some 200 MB, whatever the text is made of."""
SAVE_HINT = "Open it in another program and save it again."
_ENTITY = re.compile(rb"<!\s*ENTITY", re.IGNORECASE)


def parse_xml(data: bytes, *, part: str) -> Any:
    """Return the root element of the part of a file that is named ``part``.

    Raises Broken where it is malformed or declares entities, which no such document needs, and
    TooLarge where its tree would not fit in memory.
    """
    # Each "<" opens or closes an element, and an attribute takes as much as two of them.
    if data.count(b"<") + 2 * data.count(b"=") > MOST_NODES:
        raise TooLarge(
            f"Its part {part} has more than {MOST_NODES:,} elements.",
            hint="Split it into smaller files.",
        )
    entities = Broken(f"Its part {part} declares XML entities, which are not read.", hint=SAVE_HINT)
    # in UTF-16 and UTF-32, what is looked for has zeros between
    if _ENTITY.search(data.replace(b"\0", b"") if b"\0" in data[:4] else data):
        raise entities
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Broken(f"Its part {part} is damaged.", hint=SAVE_HINT) from error
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and any(True for _ in declared.iterentities()):
        # as they may be in yet another encoding
        raise entities
    return root


def local(element: Any) -> str:
    """Return an element's name without its namespace; empty for what is no element."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: Any, name: str, default: str = "") -> str:
    """Return an attribute by its name without a namespace, or ``default`` where it is missing."""
    for key, value in element.attrib.items():
        if key.rpartition("}")[2] == name:
            return str(value)
    return default


def relation(element: Any, name: str = "id") -> str:
    """Return an attribute that names a relationship: one that has a namespace of that sort."""
    for key, value in element.attrib.items():
        if key.endswith(f"/relationships}}{name}"):
            return str(value)
    return ""


def find(element: Any, *path: str) -> Any:
    """Return the first element at a path of local names below ``element``, or None."""
    for name in path:
        element = next((child for child in element if local(child) == name), None)
        if element is None:
            return None
    return element


def every(element: Any, *names: str) -> Iterator[Any]:
    """Give ``element`` and all below it that have one of the local names, in document order."""
    return (inner for inner in element.iter() if local(inner) in names)


def number(words: str, default: int = 0) -> int:
    """Return a whole number, or ``default`` where ``words`` is none."""
    return int(words) if re.fullmatch(r"-?[0-9]{1,9}", words) else default
