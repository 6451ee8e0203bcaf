"""Sidecars: found beside a document, read with care, and part of what decides a version."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.sidecar import LARGEST, read_sidecar, sidecar_of


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
