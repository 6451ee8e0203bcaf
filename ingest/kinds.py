"""Kinds of files that are read: their suffixes, and how large they may be."""

from __future__ import annotations

MEGABYTE = 1_000_000
TEXT_LIMIT = 50 * MEGABYTE
PDF_LIMIT = 100 * MEGABYTE
"""The limit of all kinds that hold pictures, not of PDF alone."""

BY_SUFFIX: dict[str, str] = {
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "text",
    ".text": "text",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".pdf": "pdf",
    ".docx": "docx",
    ".epub": "epub",
    ".odt": "odt",
    ".pptx": "pptx",
    ".rtf": "rtf",
}
SUFFIXES = frozenset(BY_SUFFIX)
"""Suffixes, in lower case, of the files that a scan of a folder takes."""
