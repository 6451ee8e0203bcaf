"""Damage: whatever happens to a good file, it gives an extract or an error of ours."""

from __future__ import annotations

import io
import zipfile
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.errors import ReadError
from corpus.shipped import ROOT
from ingest.read import read_bytes
from tests.ingest_helpers import FILES, check_extract
from tests.office_helpers import zipped

GOOD = {
    "docx": FILES / "leaflet.docx",
    "odt": FILES / "leaflet.odt",
    "rtf": FILES / "leaflet.rtf",
    "pptx": FILES / "slides.pptx",
    "epub": ROOT / "handouts" / "knee-booklet.epub",
}
# The parts whose damage gets past the checksums of the ZIP file.
TEXTS = (".xml", ".rels", ".xhtml", ".opf", "mimetype")


@cache
def good(kind: str) -> bytes:
    return GOOD[kind].read_bytes()


@cache
def parts(kind: str) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(good(kind))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def check(data: bytes, kind: str) -> None:
    try:
        extract = read_bytes(data, name=f"a.{kind}")
    except ReadError as error:
        assert error.hint
        assert str(error)
        return
    check_extract(extract)
    for block in extract.blocks:
        assert block.page is None or 1 <= block.page <= len(extract.page_labels)


def damaged(data: bytes, place: int, junk: bytes, *, cut: bool) -> bytes:
    place %= max(1, len(data))
    return data[:place] if cut else data[:place] + junk + data[place + len(junk) :]


JUNK = st.one_of(
    st.binary(min_size=1, max_size=4),
    st.sampled_from([b"</w:p>", b"\\par}", b"{", b"&#0;", b"=\"-1\"", b"9999999999", b"<a:p>"]),
)  # fmt: skip
PLACE = st.integers(0, 1_000_000)
bounded = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("kind", GOOD)
@given(place=PLACE, junk=JUNK, cut=st.booleans())
@bounded
def test_a_file_with_damage(kind: str, place: int, junk: bytes, cut: bool) -> None:
    check(damaged(good(kind), place, junk, cut=cut), kind)


@pytest.mark.parametrize("kind", [kind for kind in GOOD if kind != "rtf"])
@given(part=st.integers(0, 1000), place=PLACE, junk=JUNK, cut=st.booleans(), lost=st.booleans())
@bounded
def test_a_part_with_damage(
    kind: str, part: int, place: int, junk: bytes, cut: bool, lost: bool
) -> None:
    members = dict(parts(kind))
    names = [name for name in members if name.endswith(TEXTS)]
    name = names[part % len(names)]
    if lost:
        del members[name]
    else:
        members[name] = damaged(members[name], place, junk, cut=cut)
    check(zipped(members, method=zipfile.ZIP_STORED), kind)


RTF_WORDS = st.lists(
    st.sampled_from(
        r"{ } \par \cell \row \intbl \pard {\footnote {\shptxt {\*\x \u-10179? \u20? \'e9 \bin9 \uc9 "
        r"\super {\info {\title \ls1 \ilvl7 \s1 {\stylesheet {\fonttbl \f1 \fcharset128 \outlinelevel0 "
        r"\v \plain \ansicpg65001 words.".split()
    ),
    max_size=60,
)


@given(RTF_WORDS)
@settings(max_examples=200, deadline=None)
def test_any_control_words(words: list[str]) -> None:
    check(("{\\rtf1 Knee" + " ".join(words)).encode(), "rtf")
