"""Reading: which reader is chosen, what is refused, and that no other error gets out."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.errors import Broken, NoText, ReadError, TooLarge, Unsupported
from ingest import read
from ingest.kinds import SUFFIXES
from ingest.read import detect, read_bytes
from tests.ingest_helpers import FILES, check_extract, read_file, read_text

PDF = (FILES / "leaflet.pdf").read_bytes()
HTML = b"<!-- note -->\n<!DOCTYPE html><html><body><p>The knee hurts.</p></body></html>"


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (b"text", "a.md", "markdown"),
        (b"text", "a.MARKDOWN", "markdown"),
        (b"text", "a.text", "text"),
        (HTML, "a.txt", "html"),
        (b"\xef\xbb\xbf" + HTML, "page", "html"),
        (HTML, "a.md", "markdown"),
        (b"plain", "a.htm", "html"),
        (PDF, "a.txt", "pdf"),
        (b"\n\n" + PDF, "download", "pdf"),
    ],
)
def test_content_first_and_suffix_second(data: bytes, name: str, kind: str) -> None:
    assert detect(data, name=name) == kind


def test_suffixes_of_a_scan() -> None:
    assert sorted(SUFFIXES) == [
        ".docx", ".epub", ".htm", ".html", ".markdown", ".md", ".odt", ".pdf", ".pptx", ".rtf",
        ".text", ".txt", ".xhtml",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"\x89PNG\r\n", "a.txt", "a picture"),
        (b"text", "a.xyz", "no reader for .xyz"),
        (b"text", "README", "files without a suffix"),
        (b"\x00\x01\x02\x03" * 99, "a.md", "no text"),
    ],
)
def test_other_kinds_are_refused(data: bytes, name: str, words: str) -> None:
    with pytest.raises(Unsupported, match=words) as caught:
        read_bytes(data, name=name)
    assert "Markdown, plain text, HTML, PDF, DOCX, EPUB, ODT, PPTX and RTF" in caught.value.hint


@pytest.mark.parametrize(
    ("data", "name"),
    [(b"", "a.md"), (b"", "a.pdf"), (b" \n\n ", "a.txt"), (b"---\ntitle: T\n---\n", "a.md"),
     (b"<html><body><script>x</script></body></html>", "a.html"), (b"<!-- -->", "a.html")],
)  # fmt: skip
def test_nothing_to_quote(data: bytes, name: str) -> None:
    with pytest.raises(NoText) as caught:
        read_bytes(data, name=name)
    assert caught.value.hint


def test_limits_of_size() -> None:
    with pytest.raises(TooLarge, match=r"The file has 2\.0 MB; at most 0\.5 MB are read"):
        read_bytes(b"knee " * 400_000, name="a.txt", text_limit=500_000)
    with pytest.raises(TooLarge):
        read_bytes(b"knee pain", name="a.txt", text_limit=5)
    with pytest.raises(TooLarge):
        read_bytes(PDF, name="a.pdf", pdf_limit=1000)
    assert read_bytes(PDF, name="a.pdf", text_limit=5).format == "pdf"


def test_a_pdf_that_is_none() -> None:
    with pytest.raises(Broken, match="does not begin as one"):
        read_bytes(b"Not found", name="a.pdf")


@pytest.mark.parametrize(
    ("error", "expected"),
    [(RecursionError(), Broken), (MemoryError(), TooLarge), (KeyError("x"), Broken)],
)
def test_what_parsers_raise_is_translated(
    monkeypatch: pytest.MonkeyPatch, error: Exception, expected: type[ReadError]
) -> None:
    def fail(data: bytes, *, name: str) -> None:
        raise error

    monkeypatch.setattr(read, "readers", lambda: {"text": fail})
    with pytest.raises(expected) as caught:
        read_text("knee", "a.txt")
    assert caught.value.__cause__ is error


def test_reading_twice_gives_the_same() -> None:
    for name in ("leaflet.pdf", "leaflet.html"):
        assert read_file(name) == read_file(name)


NAMES = st.sampled_from(["a.md", "a.txt", "a.html", "a.pdf", "a"])
SYNTAX = st.lists(
    st.sampled_from(
        ["---\n", "title: ", "[", "](", "|", "\n", "- ", "# ", "<p>", "</div>", "<table><tr><td>",
         "```", "&#x110000;", "\u202e", "knee ", "[^1]: ", "> ", "<!--", "\ud800", "1. ", "    "]
    ),
    max_size=60,
).map(lambda parts: "".join(parts).encode("utf-8", "surrogatepass"))  # fmt: skip


@given(st.one_of(st.binary(max_size=300), SYNTAX), NAMES)
@settings(max_examples=150, deadline=None)
def test_whatever_the_bytes_only_our_errors_get_out(data: bytes, name: str) -> None:
    try:
        extract = read_bytes(data, name=name)
    except ReadError:
        return
    check_extract(extract)


@pytest.mark.parametrize("seed", range(25))
def test_damaged_pdfs_raise_only_our_errors(seed: int) -> None:
    chance = random.Random(seed)
    data = bytearray(PDF)
    for _ in range(30):
        place = chance.randrange(len(data))
        data[place : place + chance.randrange(1, 6)] = chance.randbytes(3)
    try:
        check_extract(read_bytes(bytes(data), name="a.pdf"))
    except ReadError as error:
        assert error.hint
