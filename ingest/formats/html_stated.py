"""What an HTML page states of itself: JSON-LD, Dublin Core, OpenGraph, and the tags that journals use."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from corpus.records import Metadata
from ingest.blocks import clean
from ingest.metadata import LONGEST_TEXT, iso_date

LONGEST_JSON = 500_000
MOST_NODES = 2_000
_PAGES = frozenset(
    "Article BlogPosting Book CreativeWork DigitalDocument Guide HowTo MedicalGuideline"
    " MedicalScholarlyArticle MedicalWebPage NewsArticle Report ScholarlyArticle TechArticle"
    " WebPage".split()
)
# The names of meta tags, best first; all are compared in lower case.
_TAGS: dict[str, tuple[str, ...]] = {
    "title": ("citation_title", "dc.title", "dcterms.title", "og:title"),
    "summary": ("dcterms.abstract", "dc.description", "og:description", "description"),
    "authors": ("citation_author", "dc.creator", "dcterms.creator", "author", "article:author"),
    "publisher": ("citation_publisher", "dc.publisher", "dcterms.publisher", "og:site_name"),
    "language": ("citation_language", "dc.language", "dcterms.language"),
    "published": (
        "citation_publication_date", "citation_date", "dcterms.issued", "dc.date.issued",
        "dcterms.date", "dc.date", "article:published_time", "dcterms.created",
    ),
    "licence": ("dcterms.license", "dcterms.rights", "dc.rights", "dc.rights.license", "copyright"),
}  # fmt: skip


def stated(root: Any) -> Metadata:
    """Return what a page's head states: JSON-LD before meta tags before links."""
    found: dict[str, list[str]] = {}
    for node in _nodes(root):
        for field, words in _of_node(node):
            found.setdefault(f"ld:{field}", []).append(words)
    tags: dict[str, list[str]] = {}
    for meta in root.iter("meta"):
        name = str(meta.get("name") or meta.get("property") or "").strip().lower()
        words = clean(str(meta.get("content") or ""))[:LONGEST_TEXT]
        if name and words:
            tags.setdefault(name, []).append(words)
    return _metadata(found, tags, _licence_link(root))


def _metadata(
    found: Mapping[str, list[str]], tags: Mapping[str, list[str]], licence: str
) -> Metadata:
    def every(field: str) -> list[str]:
        for name in (f"ld:{field}", *_TAGS.get(field, ())):
            words = found.get(name) or tags.get(name)
            if words:
                return list(dict.fromkeys(words))
        return []

    def one(field: str) -> str:
        return next(iter(every(field)), "")

    def day(field: str) -> str:
        return next((iso for words in every(field) if (iso := iso_date(words[:10]))), "")

    authors = tuple(name for name in every("authors") if "://" not in name)
    return Metadata(
        title=one("title"),
        summary=one("summary"),
        authors=authors,
        publisher=one("publisher"),
        language=one("language"),
        published=day("published"),
        reviewed=day("reviewed"),
        licence=one("licence") or licence,
    )


def _licence_link(root: Any) -> str:
    for link in root.iter("link", "a"):
        if "license" in str(link.get("rel") or "").lower().split():
            return clean(str(link.get("href") or ""))[:LONGEST_TEXT]
    return ""


def _nodes(root: Any) -> Iterator[Mapping[str, Any]]:
    """Give the JSON-LD objects that are about the page itself."""
    for script in root.iter("script"):
        if str(script.get("type") or "").split(";")[0].strip().lower() != "application/ld+json":
            continue
        text = script.text or ""
        if len(text) > LONGEST_JSON:
            continue
        try:
            value = json.loads(text, strict=False)
        except (ValueError, RecursionError):
            continue
        for count, node in enumerate(_objects(value)):
            if count > MOST_NODES:
                break
            kinds = node.get("@type")
            names = {str(kind) for kind in (kinds if isinstance(kinds, list) else [kinds])}
            if names & _PAGES:
                yield node


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    """Give the objects at the top: alone, in a list, or in a graph."""
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, Mapping):
            yield item
            graph = item.get("@graph")
            yield from (
                (each for each in graph or () if isinstance(each, Mapping))
                if isinstance(graph, list)
                else ()
            )


def _of_node(node: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for field, keys in {
        "title": ("headline", "name"),
        "summary": ("description", "abstract"),
        "authors": ("author", "creator"),
        "publisher": ("publisher",),
        "language": ("inLanguage",),
        "published": ("datePublished", "dateCreated"),
        "reviewed": ("lastReviewed",),
        "licence": ("license",),
    }.items():
        for key in keys:
            words = list(_words(node.get(key)))
            if words:
                yield from ((field, each) for each in words)
                break


def _words(value: Any) -> Iterator[str]:
    """Give the names in a value: text, an object with a name, or a list of them."""
    for item in value if isinstance(value, list) else [value]:
        name = item
        if isinstance(item, Mapping):
            name = item.get("name") or item.get("alternateName") or item.get("url")
        if isinstance(name, str) and clean(name):
            yield clean(name)[:LONGEST_TEXT]
