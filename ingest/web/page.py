"""A fetched page: the address it is known by, and the name by which a reader is chosen."""

from __future__ import annotations

from email.message import Message
from pathlib import PurePosixPath
from urllib.parse import unquote, urljoin, urlsplit

from lxml import etree

from corpus.errors import ReadError
from ingest.encodings import usable
from ingest.kinds import SUFFIXES
from ingest.web.guard import parse

HEAD = 500_000
"""Bytes in which a page's canonical address is looked for."""
_SUFFIX_OF = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "application/pdf": ".pdf",
    "text/markdown": ".md",
    "text/x-markdown": ".md",
    "text/plain": ".txt",
    "application/rtf": ".rtf",
    "text/rtf": ".rtf",
    "application/epub+zip": ".epub",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
}


def file_name(address: str, content_type: str) -> str:
    """Return a file name whose suffix tells what the server calls a page, else what its path does.

    The content decides in the end; the suffix only tells kinds of text apart.
    """
    path = PurePosixPath(unquote(urlsplit(address).path))
    stem = path.stem or "index"
    stated = _SUFFIX_OF.get(content_type.partition(";")[0].strip().lower(), "")
    own = path.suffix.lower()
    # many servers call every text plain
    if own in SUFFIXES and stated in ("", ".txt"):
        return f"{stem}{own}"
    return f"{stem}{stated or '.html'}"


def charset(content_type: str) -> str:
    """Return the encoding that a server states for a page, if it is one, and not UTF-8."""
    message = Message()
    message["Content-Type"] = content_type
    stated = usable(str(message.get_param("charset", "") or ""))
    return "" if stated.replace("_", "-") in ("utf-8", "utf8") else stated


def canonical(named: frozenset[str], *, address: str) -> str:
    """Return the address that an HTML page goes by, of those that it has ``named`` as its own.

    Returns ``address`` where it names none, several, one on another host, or one that leads from
    https to http.
    """
    if len(named) != 1:
        return address
    try:
        here = parse(address)
        there = parse(urljoin(address, min(named)))
    except (ReadError, ValueError):
        return address
    same = (there.scheme, there.host, there.port) == (here.scheme, here.host, here.port)
    safer = there.host == here.host and (here.scheme, there.scheme) == ("http", "https")
    return str(there) if same or safer else address


def names_one(data: bytes) -> bool:
    """Tell whether it is worth asking what a page has ``named``."""
    return b"canonical" in data[:HEAD].lower()


def named(data: bytes) -> frozenset[str]:
    """Return the addresses that an HTML page names as its own. It parses what may be hostile."""
    parser = etree.HTMLParser(remove_comments=True, remove_pis=True, no_network=True)
    try:
        root = etree.fromstring(data[:HEAD], parser)
    except (etree.LxmlError, ValueError):
        return frozenset()
    links = root.iter("link") if root is not None else ()
    return frozenset(
        str(link.get("href") or "").strip()
        for link in links
        if "canonical" in str(link.get("rel") or "").lower().split()
    ) - {""}
