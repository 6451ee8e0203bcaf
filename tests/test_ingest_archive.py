"""ZIP files of documents: each file with its path, and what cannot be read is told."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from corpus.errors import Broken, Encrypted, TooLarge
from corpus.files import Source
from ingest.archive import Contents, Member
from ingest.opening import Opener
from ingest.sources import scan
from patella.cli import main
from tests.ingest_helpers import FILES
from tests.office_helpers import docx, p, zipped


@pytest.fixture(scope="module")
def opener():
    """One that opens in a process of its own, as users have it."""
    with Opener() as made:
        yield made


def put(folder: Path, data: bytes, name: str = "made.zip") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def test_what_is_in_it_in_the_order_of_paths(opener, tmp_path: Path) -> None:
    path = put(
        tmp_path,
        zipped(
            {
                "b.txt": "Two",
                "a/knee pain.md": "# Knees",
                "a/": "",
                "a/.hidden.md": "no",
                ".git/config": "no",
                "__MACOSX/a/knee pain.md": "no",
                "c\\d.docx": docx(p("Three")),
                "photo.png": "no",
                "inner.ZIP": zipped({"x.md": "x"}),
            }
        ),
    )
    held = opener.look_into(path)
    assert held == Contents(
        (
            Member("a/knee pain.md", 7),
            Member("b.txt", 3),
            Member("c/d.docx", len(docx(p("Three")))),
        ),
        skipped=("photo.png",),
        nested=("inner.ZIP",),
    )
    assert opener.read_member(path, "a/knee pain.md") == b"# Knees"


def test_links_are_passed_over(opener, tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        link = zipfile.ZipInfo("link.md")
        link.external_attr = 0o120777 << 16
        made.writestr(link, "/etc/passwd")
        made.writestr("a.md", "x")
    assert opener.look_into(put(tmp_path, out.getvalue())) == Contents((Member("a.md", 1),))


def test_a_document_that_is_named_zip_is_no_archive(opener, tmp_path: Path) -> None:
    path = put(tmp_path, docx(p("Words")))
    assert opener.look_into(path) is None
    (found,) = scan(Source(1, "file", str(path), ""), opener=opener).files
    assert (found.path, found.member) == ("made.zip", "")


@pytest.mark.parametrize("name", ["../up.md", "/etc/passwd.md", "C:\\x.md", "a/../../b.md"])
def test_unsafe_names_refuse_the_whole(opener, tmp_path: Path, name: str) -> None:
    with pytest.raises(Broken, match="unsafe name"):
        opener.look_into(put(tmp_path, zipped({"a.md": "x", name: "y"})))


def test_locked_swollen_and_cut_archives_are_refused(opener, tmp_path: Path) -> None:
    locked = bytearray(zipped({"a.md": "x"}))
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(Encrypted):
        opener.look_into(put(tmp_path, bytes(locked)))
    with pytest.raises(TooLarge):
        opener.look_into(put(tmp_path, zipped({"a.md": bytes(20_000_000)}), "big.zip"))
    with pytest.raises(Broken):
        opener.look_into(put(tmp_path, (FILES / "leaflet.docx").read_bytes()[:-50], "cut.zip"))


def test_a_changed_archive_is_opened_anew(opener, tmp_path: Path) -> None:
    path = put(tmp_path, zipped({"a.md": "one"}))
    assert opener.read_member(path, "a.md") == b"one"
    put(tmp_path, zipped({"a.md": "other"}))
    assert opener.read_member(path, "a.md") == b"other"


KNEES = "# Sore knees\n\nStairs press the kneecap harder than level ground does."
HIPS = "# Hips\n\nStrong hips hold the thigh straight while you run."


def test_its_documents_are_added_changed_and_removed_one_by_one(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()

    def run(*args: str, code: int = 0) -> dict[str, tuple[str, str]]:
        command = ["--data-dir", str(tmp_path / "data"), *args, "--json"]
        result = CliRunner().invoke(main, command)
        assert result.exit_code == code, result.output
        return {f["path"]: (f["state"], f["reason"]) for f in json.loads(result.stdout)["files"]}

    inner = zipped({"x.md": "x"})
    put(
        folder,
        zipped({"knees.md": KNEES, "more/hips.md": HIPS, "bad.pdf": "%PDF-", "in.zip": inner}),
    )
    first = run("add", str(folder), code=1)
    assert first["made.zip/knees.md"] == ("added", "")
    assert first["made.zip/more/hips.md"] == ("added", "")
    assert first["made.zip/bad.pdf"][0] == "failed"
    assert first["made.zip/in.zip"] == ("failed", "It is an archive in an archive.")
    put(folder, zipped({"knees.md": KNEES, "more/hips.md": HIPS + " Truly."}))
    assert {path: state for path, (state, _) in run("index").items()} == {
        "made.zip/knees.md": "unchanged",
        "made.zip/more/hips.md": "changed",
    }
    whole = (folder / "made.zip").read_bytes()
    put(folder, whole[:-30])
    assert {path: state for path, (state, _) in run("index", code=1).items()} == {
        "made.zip": "failed"
    }
    put(folder, zipped({"knees.md": KNEES}))
    assert {path: state for path, (state, _) in run("index").items()} == {
        "made.zip/knees.md": "unchanged",
        "made.zip/more/hips.md": "removed",
    }
