"""The handouts: made again they are the same, and each is a good file of its kind."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pypdf
import pytest

from corpus.article import read_article
from corpus.lint import read_library
from corpus.lint_repeats import check_repeats
from corpus.lint_rules import Library
from corpus.readability import grade
from corpus.shipped import ROOT
from ingest.read import read_bytes

TOOL = Path(__file__).parent.parent / "tools" / "make_handouts.py"
TEXTS = sorted((TOOL.parent / "handout_texts").glob("*.md"))
NAMES = (
    "knee-booklet.epub",
    "knee-leaflet.docx",
    "knee-page.html",
    "runners-knee-handout.pdf",
)
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The handouts made now, by name, twice over to the same bytes."""
    pytest.importorskip("reportlab")
    runs = []
    for name in ("first", "second"):
        folder = tmp_path_factory.mktemp(name)
        subprocess.run([sys.executable, TOOL, folder], check=True)
        runs.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert runs[0] == runs[1]
    return runs[0]


def shipped(name: str) -> bytes:
    return (ROOT / "handouts" / name).read_bytes()


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_shipped_handouts_are_those_that_are_made(made: dict[str, bytes]) -> None:
    # Compared unpacked: another zlib may pack the same content in other bytes.
    assert tuple(sorted(made)) == NAMES
    assert made["knee-page.html"] == shipped("knee-page.html")
    for name in ("knee-booklet.epub", "knee-leaflet.docx"):
        assert members(made[name]) == members(shipped(name))
    pages = [
        [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages]
        for data in (made["runners-knee-handout.pdf"], shipped("runners-knee-handout.pdf"))
    ]
    assert pages[0] == pages[1]


def test_the_pdf_says_what_it_is() -> None:
    reader = pypdf.PdfReader(io.BytesIO(shipped("runners-knee-handout.pdf")))
    assert len(reader.pages) == 6
    assert reader.page_labels == ["Cover", "1", "2", "3", "4", "5"]
    assert reader.metadata is not None
    assert reader.metadata.title == "Runner's knee: a handout for the waiting room"
    assert reader.metadata.author == "Patella editors"
    assert f"{reader.metadata.creation_date:%Y-%m-%d}" == "2026-11-24"
    assert len(reader.outline) > 10
    assert "Page 3" in reader.pages[3].extract_text()


def test_the_pdf_is_read_with_its_tables_and_columns() -> None:
    extract = read_bytes(shipped("runners-knee-handout.pdf"), name="runners-knee-handout.pdf")
    blocks = [(b.kind, extract.text[b.start : b.end]) for b in extract.blocks]
    assert ("table_row", "Running | 5.2 times your weight | 6") in blocks
    assert ("heading", "Go to an emergency department now") in blocks
    # the left column is read to its end before the right one
    text = extract.text
    assert text.index("Chair rise") < text.index("How much pain is fine?")
    assert sum(kind == "reference" for kind, _ in blocks) == 25


def test_the_page_is_read_without_what_stands_round_it() -> None:
    extract = read_bytes(shipped("knee-page.html"), name="knee-page.html")
    assert extract.metadata.title == "Getting back to stairs after runner's knee"
    assert extract.metadata.published == "2026-11-24"
    assert extract.metadata.authors == ("Patella editors",)
    assert "A step asks far more of the kneecap than the pavement does." in extract.text
    for clutter in ("cookies", "half price", "monthly letter", "Log in", "Privacy", "dataLayer"):
        assert clutter not in extract.text
        assert clutter.encode() in shipped("knee-page.html")


def test_the_leaflet_is_a_word_document() -> None:
    files = members(shipped("knee-leaflet.docx"))
    trees = {name: ElementTree.fromstring(data) for name, data in files.items()}  # noqa: S314
    types = files["[Content_Types].xml"].decode()
    for part in re.findall(r'PartName="/([^"]+)"', types):
        assert part in files
    body = trees["word/document.xml"]
    styles = [style.get(f"{WORD}val") for style in body.iter(f"{WORD}pStyle")]
    assert Counter(styles)["Title"] == 1
    assert Counter(styles)["Heading1"] == 10
    assert len(list(body.iter(f"{WORD}tr"))) == 4
    known = {style.get(f"{WORD}styleId") for style in trees["word/styles.xml"]}
    assert set(styles) <= known
    assert "Your first two weeks" in files["docProps/core.xml"].decode()


def test_the_booklet_is_an_epub() -> None:
    data = shipped("knee-booklet.epub")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        first = archive.infolist()[0]
    assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
    files = members(data)
    assert files["mimetype"] == b"application/epub+zip"
    package = files["OEBPS/content.opf"].decode()
    listed = re.findall(r'<item id="([^"]+)" href="([^"]+)"', package)
    assert {f"OEBPS/{href}" for _, href in listed} <= set(files)
    assert set(re.findall(r'idref="([^"]+)"', package)) <= {key for key, _ in listed}
    for name, content in files.items():
        if name.endswith((".xhtml", ".opf", ".xml")):
            ElementTree.fromstring(content)  # noqa: S314
    assert b"The bridge".lower() in files["OEBPS/four-the-bridge.xhtml"].lower()


def test_the_texts_repeat_no_article() -> None:
    library = read_library(ROOT)
    texts = tuple(read_article(path) for path in TEXTS)
    together = Library(ROOT, library.articles + texts, library.entries)
    names = {f"articles/{path.name}" for path in TEXTS}
    assert [str(f) for f in check_repeats(together) if f.file in names] == []


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_a_text_keeps_the_rules(path: Path) -> None:
    text = read_article(path)
    keys = text.texts("references")
    assert set(text.citations()) == set(range(1, len(keys) + 1))
    assert set(keys) <= set(read_library(ROOT).by_key)
    assert grade(text.parts) <= 8
    assert re.search(r"not reviewed by a\s+clinician|no clinician has\s+reviewed", text.body, re.I)
    assert re.search(r"emergency department", text.body)
