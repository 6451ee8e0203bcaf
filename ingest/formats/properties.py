"""Properties: what a document's own data say of it, without what programs fill in by themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from corpus.records import Metadata
from ingest.blocks import clean
from ingest.formats.xml_tree import every, local
from ingest.metadata import LONGEST_TEXT, iso_date

# What programs write where an author gave no title, no name, or no description.
_JUNK_TITLE = re.compile(
    r"^\W*(?:microsoft (?:word|powerpoint|publisher)\b.*|untitled.*|unspecified|anonymous|unknown"
    r"|(?:document|slide|layout|presentation|title|print)\W?\d*|powerpoint presentation"
    r"|word document|\[?title\]?"
    r"|\S*\.(?:docx?|pdf|indd|qxd|pptx?|pub|tex|rtf|odt|epub|html?|xlsx?)|[\W\d_]*)\W*$",
    re.IGNORECASE,
)
_FILE_NAME = re.compile(
    r"\.(?:docx?|pdf|indd|qxd|pptx?|pub|tex|rtf|odt|odp|epub|xlsx?)$", re.IGNORECASE
)
_JUNK_AUTHOR = re.compile(
    r"^\W*(?:anonymous|unspecified|unknown|user\d*|admin(?:istrator)?|owner|author"
    r"|python-docx|(?:microsoft(?: office)?|windows) user)?\W*$",
    re.IGNORECASE,
)
_GENERATED = re.compile(r"^generated (?:by|using)\b", re.IGNORECASE)
_NAMES = (
    "title", "description", "subject", "creator", "initial-creator", "publisher", "language",
    "created", "creation-date", "rights",
)  # fmt: skip


def stated_title(words: str) -> str:
    """Return a title that a file states, or an empty string where it is a program's, or a file's name."""
    words = clean(words)
    return "" if _JUNK_TITLE.match(words) or _FILE_NAME.search(words) else words


def stated_authors(names: Iterable[str]) -> tuple[str, ...]:
    """Return the people named, each once; several may stand in one entry, apart by semicolons."""
    parts = (clean(part) for name in names for part in name.split(";"))
    return tuple(dict.fromkeys(part for part in parts if not _JUNK_AUTHOR.match(part)))


def stated_summary(words: str) -> str:
    """Return a description that somebody wrote."""
    words = clean(words)
    return "" if _GENERATED.match(words) or _JUNK_TITLE.match(words) else words[:LONGEST_TEXT]


def dublin_core(root: Any) -> Metadata:
    """Return what the elements below ``root`` say, in the names that DOCX, PPTX and ODT share."""
    found: dict[str, str] = {}
    if root is not None:
        for element in every(root, *_NAMES):
            words = clean("".join(element.itertext()))
            if words:
                found.setdefault(local(element), words)

    def first(*names: str) -> str:
        return next((found[name] for name in names if name in found), "")

    return Metadata(
        title=stated_title(first("title")),
        summary=stated_summary(first("description")) or stated_summary(first("subject")),
        authors=stated_authors([first("initial-creator", "creator")]),
        publisher=first("publisher"),
        language=first("language"),
        published=iso_date(first("created", "creation-date")[:10]),
        licence=first("rights"),
    )
