"""Sidecars: found beside a document, read with care, and part of what decides a version."""

from __future__ import annotations

from pathlib import Path

import pytest

from corpus.files import Source
from ingest.opening import Opener
from ingest.sidecar import LARGEST, read_sidecar, sidecar_of
from ingest.sources import LONE_SIDECAR, scan


@pytest.mark.parametrize("name", ["a.pdf.meta.yaml", "a.meta.yaml"])
def test_a_sidecar_is_found_by_its_name(tmp_path: Path, name: str) -> None:
    document = tmp_path / "a.pdf"
    assert sidecar_of(document) is None
    (tmp_path / name).write_text("title: A\n")
    assert sidecar_of(document) == tmp_path / name
    assert read_sidecar(tmp_path / name).fields == {"title": "A"}


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        (b"a: [", "a.meta.yaml is left out, as it cannot be read"),
        (b"- a\n- b\n", "a.meta.yaml is left out: it is no mapping of fields."),
        (b"\xff\xfe\x00", "a.meta.yaml is left out, as it cannot be read"),
        (b"a" * (LARGEST + 1), "a.meta.yaml is too large and is left out."),
    ],
)
def test_a_broken_sidecar_is_told(tmp_path: Path, text: bytes, warning: str) -> None:
    path = tmp_path / "a.meta.yaml"
    path.write_bytes(text)
    found = read_sidecar(path)
    assert found.fields == {}
    assert found.sha256
    assert found.warnings[0].startswith(warning)


def test_an_empty_one_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.meta.yaml").write_text("")
    assert read_sidecar(tmp_path / "a.meta.yaml").warnings == ()
    assert read_sidecar(None).sha256 == ""


def test_one_of_no_file_is_told_and_one_of_a_file_that_is_left_out_is_not(tmp_path: Path) -> None:
    for name in (
        "knee.pdf",
        "knee.pdf.meta.yaml",
        "kene.meta.yaml",
        "photo.png",
        "photo.meta.yaml",
    ):
        (tmp_path / name).write_text("title: A", "utf-8")
    found = scan(Source(1, "folder", str(tmp_path)), opener=Opener(apart=False))
    assert [(one.path, one.sidecar) for one in found.files] == [
        ("knee.pdf", tmp_path / "knee.pdf.meta.yaml")
    ]
    assert found.left_out == (("kene.meta.yaml", LONE_SIDECAR),)
    assert found.skipped == ("photo.png",)
