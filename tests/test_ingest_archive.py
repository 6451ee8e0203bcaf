"""Archives: each file in them with its path; what cannot be unpacked is told at the end."""

from __future__ import annotations

import io
import zipfile

import pytest

from corpus.errors import Broken, Encrypted, TooLarge, Unsupported
from ingest import archive
from ingest.archive import members
from ingest.read import read_bytes
from tests.ingest_helpers import FILES
from tests.office_helpers import docx, p, zipped


def test_members_in_the_order_of_their_paths() -> None:
    data = zipped(
        {
            "b.txt": "Two",
            "a/knee pain.md": "# Knees",
            "a/": "",
            "a/.hidden.md": "no",
            ".git/config": "no",
            "__MACOSX/a/knee pain.md": "no",
            "c\\d.docx": docx(p("Three")),
        }
    )
    found = dict(members(data))
    assert list(found) == ["a/knee pain.md", "b.txt", "c/d.docx"]
    assert [read_bytes(content, name=name).text for name, content in found.items()] == [
        "# Knees".removeprefix("# "),
        "Two",
        "Three",
    ]


def test_links_are_passed_over() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        link = zipfile.ZipInfo("link.md")
        link.external_attr = 0o120777 << 16
        made.writestr(link, "/etc/passwd")
        made.writestr("a.md", "x")
    assert list(members(out.getvalue())) == [("a.md", b"x")]


def test_the_rest_goes_on_past_what_cannot_be_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    inner = zipped({"x.md": "x"})
    found = []
    with pytest.raises(Unsupported) as caught:
        for name, _ in members(zipped({"a.zip": inner, "b.md": "b", "c.zip": inner})):
            found.append(name)
    assert found == ["b.md"]
    assert str(caught.value) == (
        "2 of its files could not be unpacked: a.zip, c.zip. It is an archive itself."
    )
    assert caught.value.hint == "Unpack it, and add the folder instead."
    monkeypatch.setattr(archive, "MEMBER_LIMIT", 3)
    with pytest.raises(TooLarge, match=r"6 of its files .* and 1 more"):
        assert list(members(zipped({f"{n}.md": "1234" for n in range(6)}))) == []


def test_a_damaged_document_is_for_its_reader() -> None:
    cut = docx(p("x"))[:-40]
    ((name, content),) = members(zipped({"cut.docx": cut}))
    with pytest.raises(Broken):
        read_bytes(content, name=name)


def test_a_damaged_member() -> None:
    data = zipped({"a.md": "Knees " * 50, "b.md": "Two"})
    place = data.index(b"a.md") + 6
    data = data[:place] + bytes([data[place] ^ 255]) + data[place + 1 :]
    found = []
    with pytest.raises(Broken, match=r"1 of its files could not be unpacked: a\.md"):
        for name, _ in members(data):
            found.append(name)
    assert found == ["b.md"]


def test_an_archive_that_is_refused_gives_nothing() -> None:
    locked = bytearray(zipped({"a.md": "x"}))
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(Encrypted):
        next(members(bytes(locked)))
    with pytest.raises(TooLarge):
        next(members(zipped({"a.md": bytes(20_000_000)})))
    with pytest.raises(Broken):
        next(members((FILES / "leaflet.docx").read_bytes()[:-50]))
