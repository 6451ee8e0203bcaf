"""Listings: the pages that a sitemap or a feed names, read from bytes that were fetched elsewhere."""

from __future__ import annotations

import io
import re
import zlib
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urljoin

from corpus.errors import Broken, ReadError, TooLarge
from ingest.blocks import clean
from ingest.decode import decode
from ingest.formats.xml_tree import find, local, parse_xml

Kind = Literal["page", "sitemap", "feed"]
KINDS: dict[str, Kind] = {"page": "page", "sitemap": "sitemap", "feed": "feed"}
HEAD = 4096
GZIP_MARK = b"\x1f\x8b"
UNPACKED = 52_428_800
"""Bytes of a sitemap, unpacked: the limit of https://www.sitemaps.org/protocol.html."""

# What comes before the root is never looked at twice ("(?>"): else a page of it takes for ever.
_ROOT = re.compile(
    r"\s*+(?>(?><\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\])?\s*>)\s*+)*+"
    r"<(?:[\w-]+:)?(urlset|sitemapindex|rss|feed|RDF)\b",
    re.DOTALL,
)
_ROOT_NAMES = re.compile(rb"urlset|sitemapindex|rss|feed|RDF")
_DECLARATION = re.compile(r"\s*<\?xml\b[^>]*\?>")
_STATED = re.compile(rb"\s*<\?xml\b[^>]*\bencoding\s*=\s*[\"']([\w.:-]{1,40})")
_ENTITY = re.compile(r"<!\s*(?:ENTITY|DOCTYPE[^>]*\[)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Entry:
    """A page that is listed, and when the listing says that it was changed."""

    address: str
    modified: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """The pages that are listed, and further sitemaps, in order and each once."""

    entries: tuple[Entry, ...]
    sitemaps: tuple[str, ...] = ()


def unpack(data: bytes) -> bytes:
    """Return ``data``, unpacked where it is gzip. Raises TooLarge, Broken."""
    if not data.startswith(GZIP_MARK):
        return data
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        plain = unpacker.decompress(data, UNPACKED + 1)
    except zlib.error as error:
        raise Broken("It is packed, and the packing is damaged.") from error
    if len(plain) > UNPACKED:
        raise TooLarge(f"It unpacks to more than {UNPACKED / 1e6:.0f} MB.")
    if not unpacker.eof:
        raise Broken("It is packed, and the end is missing.")
    return plain


def may_list(data: bytes) -> bool:
    """Tell whether it is worth asking what ``kind_of`` something is: what it says no to is a page."""
    head = data[: 4 * HEAD].replace(b"\0", b"")
    return data.startswith(GZIP_MARK) or _ROOT_NAMES.search(head) is not None


def kind_of(data: bytes) -> Kind:
    """Tell by its content whether something fetched is a sitemap, a feed, or a page."""
    try:
        head = unpack(data) if data.startswith(GZIP_MARK) else data
        found = _ROOT.match(_text(head[: 4 * HEAD])[:HEAD])
    except ReadError:
        return "page"
    if found is None:
        return "page"
    return "sitemap" if found.group(1) in ("urlset", "sitemapindex") else "feed"


def read_sitemap(data: bytes, *, base: str) -> Listing:
    """Read a sitemap or a sitemap index, packed or not. Raises Broken, TooLarge."""
    root = parse_xml(unpack(data), part="sitemap")
    entries: dict[str, Entry] = {}
    sitemaps: dict[str, None] = {}
    for child in root:
        place = find(child, "loc")
        address = clean(place.text or "") if place is not None else ""
        if not address:
            continue
        address = _joined(base, address)
        if local(child) == "sitemap":
            sitemaps[address] = None
        elif local(child) == "url":
            changed = find(child, "lastmod")
            modified = clean(changed.text or "")[:40] if changed is not None else ""
            entries.setdefault(address, Entry(address, modified))
    return Listing(tuple(entries.values()), tuple(sitemaps))


def read_feed(data: bytes, *, base: str) -> Listing:
    """Read an RSS or Atom feed. Raises Broken where it is none, or declares entities."""
    import feedparser  # noqa: PLC0415  (heavy)

    text = _text(data)
    if _ENTITY.search(text):
        raise Broken("The feed declares XML entities, which are not read.")
    # It is given UTF-8 that says nothing of encodings, so that it reads what was looked at here;
    # given a stream, it never fetches anything.
    plain = io.BytesIO(_DECLARATION.sub("", text, count=1).encode("utf-8"))
    found = feedparser.parse(plain, response_headers={"content-location": base})
    if not found.version:
        raise Broken("This is no RSS or Atom feed that can be read.")
    entries: dict[str, Entry] = {}
    for item in found.entries:
        address = clean(str(item.get("link") or ""))
        if address:
            address = _joined(base, address)
            modified = clean(str(item.get("updated") or item.get("published") or ""))[:40]
            entries.setdefault(address, Entry(address, modified))
    return Listing(tuple(entries.values()))


def _text(data: bytes) -> str:
    """Return XML as text, by its mark, its zeros, or the encoding that it states. Raises Unsupported."""
    stated = _STATED.match(data[:HEAD])
    return decode(data, declared=stated.group(1).decode("ascii") if stated else "")[0]


def _joined(base: str, address: str) -> str:
    try:
        return urljoin(base, address)
    except ValueError:
        return address
