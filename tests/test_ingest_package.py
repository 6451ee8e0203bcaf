"""ZIP files: what kind each is, and that a hostile one is refused before it is unpacked."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Mapping

import pytest

from corpus.errors import Broken, Encrypted, ReadError, TooLarge, Unsupported
from ingest.formats import package
from ingest.formats.package import Package, resolve
from ingest.formats.xml_tree import parse_xml
from ingest.read import detect, read_bytes
from tests.ingest_helpers import FILES
from tests.office_helpers import docx, epub, odt, p, pptx, relations, types, zipped

OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100)


def xlsx(kind: str = "spreadsheetml.sheet.main") -> bytes:
    return zipped(
        {
            "[Content_Types].xml": types("xl/w.xml", kind),
            "_rels/.rels": relations(a="officeDocument xl/w.xml"),
            "xl/w.xml": "<w/>",
        }
    )


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (docx(p("x")), "docx"),
        (pptx(""), "pptx"),
        (odt(""), "odt"),
        (epub({}), "epub"),
        (zipped({"META-INF/container.xml": "<c/>"}), "epub"),
        (b"{\\rtf1 x}", "rtf"),
        (b"\n {\\rtf1 x}", "rtf"),
        (docx(p("%PDF-")), "docx"),
    ],
)  # fmt: skip
def test_content_decides_whatever_the_name(data: bytes, kind: str) -> None:
    for name in ("a.pdf", "a.docx", "a.zip", "download"):
        assert detect(data, name=name) == kind


@pytest.mark.parametrize(
    ("data", "words", "hint"),
    [
        (xlsx(), "a spreadsheet", "PDF"),
        (xlsx("drawing"), "ZIP archive of other files", "unpack it"),
        (zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}), "spreadsheet", ""),
        (zipped({"mimetype": "application/vnd.oasis.opendocument.presentation"}),
         "an OpenDocument presentation", "PPTX or PDF"),
        (zipped({"mimetype": "application/vnd.oasis.opendocument.graphics"}),
         "without running text", "PDF"),
        (zipped({"a.md": "x", "b.txt": "y"}), "ZIP archive of other files", "unpack it"),
        (zipped({}), "ZIP archive of other files", "unpack it"),
        (OLD, r"an old office document \(.doc, .xls or .ppt\)", "save it as DOCX or PDF"),
    ],
)  # fmt: skip
def test_kinds_that_are_not_read(data: bytes, words: str, hint: str) -> None:
    with pytest.raises(Unsupported, match=words) as caught:
        read_bytes(data, name="a.docx")
    assert hint in caught.value.hint


def test_a_locked_office_document() -> None:
    with pytest.raises(Encrypted):
        read_bytes(OLD + "EncryptedPackage".encode("utf-16-le"), name="a.docx")


@pytest.mark.parametrize("name", ["a.docx", "a.epub", "a.rtf"])
def test_what_is_named_so_but_is_not(name: str) -> None:
    with pytest.raises(Broken, match="does not begin as one"):
        read_bytes(b"Not found", name=name)


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("/etc/passwd", Broken),
        ("../a.md", Broken),
        ("a/../../b.md", Broken),
        ("a\\..\\..\\b.md", Broken),
        ("C:/a.md", Broken),
        ("c:a.md", Broken),
    ],
)
def test_unsafe_names(name: str, error: type[ReadError]) -> None:
    with pytest.raises(error, match="unsafe name"):
        Package(zipped({name: "x"}))


def test_names_with_a_zero() -> None:
    with pytest.raises(Broken, match="unsafe name"):
        Package(zipped({"aX.md": "x"}).replace(b"aX.md", b"a\0.md"))


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TooLarge, match=r"would unpack 0\.0 MB to 20 MB"):
        Package(zipped({"a": bytes(20_000_000)}))
    with pytest.raises(TooLarge, match=r"has 0\.0 MB; at most"):
        Package(zipped({"a": b"12345"})).read("a", limit=4)
    monkeypatch.setattr(package, "MOST_MEMBERS", 2)
    assert len(Package(zipped({"a": "", "b": ""})).names) == 2
    with pytest.raises(TooLarge, match="more than 2 files"):
        Package(zipped({"a": "", "b": "", "c": ""}))
    monkeypatch.setattr(package, "MOST_UNPACKED", 5)
    with pytest.raises(TooLarge):
        Package(zipped({"a": "123456"}))


def test_other_ways_of_packing_are_refused() -> None:
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        with pytest.raises(Unsupported, match="unusual way"):
            Package(zipped({"a": "x" * 99}, method=method)).read("a")


def test_passwords() -> None:
    data = bytearray(zipped({"a": "x"}))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(Encrypted, match="password"):
        Package(bytes(data))


def test_two_members_of_one_name() -> None:
    with pytest.raises(Broken, match="same name"):
        Package(zipped({"aa": "x", "ab": "y"}).replace(b"ab", b"aa"))


def test_members_that_overlap() -> None:
    """Two entries point at one member's bytes: the way in which small files become huge."""
    data = zipped({"a": b"0123456789" * 50}, method=zipfile.ZIP_STORED)
    start = data.index(b"PK\x01\x02")
    end = data.index(b"PK\x05\x06")
    entry = data[start:end]
    twin = entry.replace(b"a", b"b")
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 2, 2, len(entry) * 2, start, 0)
    with pytest.raises(Broken):
        Package(data[:start] + entry + twin + tail).read("b")


def test_sizes_that_lie_and_damage() -> None:
    data = zipped({"a": "words " * 500})
    size = struct.pack("<L", 3000)
    with pytest.raises(Broken, match="Its part a is damaged"):
        Package(data.replace(size, struct.pack("<L", 30))).read("a")
    place = data.index(b"a") + 5
    flipped = data[:place] + bytes([data[place] ^ 255]) + data[place + 1 :]
    with pytest.raises(Broken, match="Its part a is damaged"):
        Package(flipped).read("a")
    with pytest.raises(Broken, match="cut short"):
        Package(data[:-30])
    with pytest.raises(Broken, match="Its part b is missing"):
        Package(data).read("b")


def test_addresses_inside_a_package() -> None:
    assert resolve("ppt/slides/1.xml", "../media/a%20b.png#x") == "ppt/media/a b.png"
    assert resolve("ppt/slides/1.xml", "/word/a.xml") == "word/a.xml"
    assert resolve("a/b.xml", "#x") == "a/b.xml"
    assert resolve("a/b.xml", "../../../etc/passwd") == "../../etc/passwd"


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', Broken),
        (b'<!DOCTYPE a [<! ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', Broken),
        (b"<a>" * 300 + b"</a>" * 300, Broken),
        (b"<a", Broken),
        (b"", Broken),
        (b"<r>" + b"<a/>" * 1_500_000 + b"</r>", TooLarge),
        (b"<r>" + b'<a b=""/>' * 500_001 + b"</r>", TooLarge),
    ],
)  # fmt: skip
def test_hostile_xml(data: bytes, error: type[ReadError]) -> None:
    with pytest.raises(error, match="part x"):
        parse_xml(data, part="x.xml")


def test_an_external_dtd_is_not_fetched() -> None:
    root = parse_xml(b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a>b</a>', part="x.xml")
    assert root.text == "b"


def bomb(kind: str) -> bytes:
    """A file of a few hundred kilobytes that unpacks to 300 MB or more."""
    huge = b"<a>" + b" " * 300_000_000 + b"</a>"
    makers: Mapping[str, bytes] = {
        "docx": docx("", others={"word/document.xml": huge}),
        "dense": docx("<w:p/>" * 1_600_000),
        "many": zipped({str(n): "" for n in range(10_001)}),
    }
    return makers[kind]


READ = """
import resource, sys
from corpus.errors import TooLarge
from ingest.read import read_bytes
data = sys.stdin.buffer.read()
def most():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
before = most()
try:
    read_bytes(data, name="a.docx")
except TooLarge:
    print(most() - before)
"""


@pytest.mark.parametrize("kind", ["docx", "dense", "many"])
def test_a_bomb_takes_little_memory(kind: str) -> None:
    result = subprocess.run(
        [sys.executable, "-c", READ], input=bomb(kind), capture_output=True, check=True
    )
    assert int(result.stdout) < 200


def test_office_files_with_parts_of_other_documents_in_them() -> None:
    """A presentation with a Word document embedded in it is a presentation."""
    with zipfile.ZipFile(io.BytesIO((FILES / "slides.pptx").read_bytes())) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["[Content_Types].xml"] = members["[Content_Types].xml"].replace(
        b"<Default", b'<Default Extension="docx" ContentType="x.wordprocessingml"/><Default', 1
    )
    assert detect(zipped(members), name="a.docx") == "pptx"


def test_a_member_that_lies_about_its_size_is_not_unpacked_whole() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("part.xml", bytes(200_000_000))
    size = (200_000_000).to_bytes(4, "little")
    told = packed.getvalue().replace(size, (100).to_bytes(4, "little"))
    assert told != packed.getvalue()
    held = Package(told)
    tracemalloc.start()
    try:
        with pytest.raises(Broken, match=r"Its part part\.xml is damaged"):
            held.read("part.xml")
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()
