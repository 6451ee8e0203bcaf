"""Containers: what kind of document a ZIP file, or an old office file, is by its content."""

from __future__ import annotations

from corpus.errors import Encrypted, Unsupported
from ingest.formats.package import Package
from ingest.formats.xml_tree import attribute, every

ZIP_MARKS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
OLD_OFFICE_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ARCHIVE = "zip"
"""The kind of a ZIP file that is no document."""
_MIMETYPES = {
    "application/epub+zip": "epub",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.oasis.opendocument.text-template": "odt",
}
_OFFICE = {
    "wordprocessingml": "docx",
    "ms-word": "docx",
    "presentationml": "pptx",
    "ms-powerpoint": "pptx",
}
# What is not read, by a word in its declared type, and how to save it so that it is.
_NOT_READ = (
    ("spreadsheet", "a spreadsheet", "Save it as PDF, or copy its tables into a DOCX file."),
    ("ms-excel", "a spreadsheet", "Save it as PDF, or copy its tables into a DOCX file."),
    ("opendocument.presentation", "an OpenDocument presentation", "Save it as PPTX or PDF."),
    ("opendocument", "an OpenDocument file without running text", "Save it as ODT or PDF."),
    ("visio", "a drawing", "Save it as PDF."),
)
_OLD_PASSWORD = "EncryptedPackage".encode("utf-16-le")


def kind_of_zip(data: bytes) -> str:
    """Return ``docx``, ``epub``, ``odt``, ``pptx``, or ``zip`` for an archive of other files.

    Raises Unsupported for documents of other kinds, and what opening a Package raises.
    """
    package = Package(data)
    declared = ""
    if "mimetype" in package:
        declared = package.read("mimetype", limit=1000).decode("ascii", "replace").strip()
        if declared in _MIMETYPES:
            return _MIMETYPES[declared]
    elif "[Content_Types].xml" in package:
        declared = _office_type(package)
        for word, kind in _OFFICE.items():
            if word in declared:
                return kind
    elif "META-INF/container.xml" in package:
        return "epub"
    for word, what, hint in _NOT_READ:
        if word in declared:
            raise Unsupported(f"This file is {what}.", hint=hint)
    return ARCHIVE


def _office_type(package: Package) -> str:
    """Return the declared type of the part in which an Office document's text begins."""
    part = package.main_part
    root = package.xml("[Content_Types].xml")
    for one in every(root, "Override"):
        if attribute(one, "PartName").lstrip("/") == part:
            return attribute(one, "ContentType").lower()
    return ""


def refuse_old_office(data: bytes) -> None:
    """Raise what is to be said of a file in the container of old office programs."""
    # Programs of today put a document into that container to lock it.
    if _OLD_PASSWORD in data:
        raise Encrypted("The document needs a password.", hint="Save a copy without a password.")
    raise Unsupported(
        "This file is an old office document (.doc, .xls or .ppt).",
        hint="Open it in an office program and save it as DOCX or PDF.",
    )
