"""The page that opens a document, and the download of its original."""

from __future__ import annotations

import re

from corpus.records import EvidenceNote
from tests.webapp_fake import TAPING, FakeService, make_source
from webapp.app import create_app
from webapp.security import DOWNLOAD_POLICY

client = create_app(FakeService()).test_client()


def _page(address: str) -> str:
    answered = client.get(address)
    assert answered.status_code == 200
    return answered.text


def test_quote_is_marked_once_as_the_anchor() -> None:
    page = _page("/source/taping?start=122&end=158&v=11")
    assert page.count('id="quote"') == 1
    assert '<mark id="quote">Taping often eases pain at once ' in page
    assert 'href="#quote">Go to the quoted words</a>' in page
    assert 'role="note"' not in page


def test_mark_across_blocks() -> None:
    page = _page("/source/taping?start=250&end=340&v=11")
    assert page.count('id="quote"') == 1
    assert page.count("<mark") > 2


def test_box_of_facts() -> None:
    page = _page("/source/taping")
    for words in (
        '<dt>Kind of evidence</dt><dd dir="auto">Patient information</dd>',
        '<dt>Publisher</dt><dd dir="auto">Patella</dd>',
        '<dt>Authors</dt><dd dir="auto">Patella editors</dd>',
        '<dt>Reviewed</dt><dd dir="auto">24 November 2026</dd>',
        "<dt>Next review</dt><dd>24 November 2027</dd>",
        '<dt>Reviewer</dt><dd dir="auto">Not reviewed by a clinician</dd>',
        '<dt>Applies to</dt><dd dir="auto">runner&#39;s knee, adults</dd>',
        '<dt>Licence</dt><dd dir="auto">CC BY 4.0</dd>',
        '<dt>Format</dt><dd dir="auto">Markdown</dd>',
        '<dt>Version here</dt><dd dir="auto">1</dd>',
        '<dt>Indexed</dt><dd dir="auto">24 November 2026, 03:21 UTC</dd>',
        '<bdi class="file">articles/taping.md</bdi>',
        "<bdi>Relief at once</bdi>: Systematic review",
    ):
        assert words in page


def test_two_addresses_warnings_and_overdue_review() -> None:
    page = _page("/source/guide")
    assert "inbox/best-practice (1).pdf" in page
    assert "Page 4 is a picture without text." in page
    assert page.count("Review overdue") == 2
    assert "<span>3 pages</span>" in page


def test_references_link_to_doi_without_a_referrer() -> None:
    page = _page("/source/taping")
    assert (
        '<a href="https://doi.org/10.1136/bjsports-2013-092437" rel="noopener noreferrer">' in page
    )
    assert '<li id="ref-2" value="2">' in page
    assert '<a class="ref" href="#ref-2">[2]</a>' in page


def test_references_in_the_text_are_used() -> None:
    page = _page("/source/guide")
    assert '<li id="ref-1"' in page
    assert (
        '<a class="ref" href="https://doi.org/10.1136/bjsports-2014-093637"'
        ' rel="noopener noreferrer">doi:10.1136/bjsports-2014-093637</a>' in page
    )
    assert '<h2 id="references">' not in page


def test_contents_link_to_headings() -> None:
    page = _page("/source/taping")
    for anchor, text in re.findall(r'<a href="#(s\d)" dir="auto">([^<]+)</a>', page):
        assert re.search(rf'<h[23] id="{anchor}" dir="auto">{re.escape(text)}</h[23]>', page)
    assert page.count('<li class="l2"><a href="#s') == 3
    assert page.count('<li class="l3"><a href="#s') == 1


def test_other_version_has_a_notice() -> None:
    page = _page("/source/taping?v=7&start=122&end=158")
    assert "This is version 1, which was quoted. The library now holds another." in page
    assert 'id="quote"' in page


def test_lost_version_opens_the_served_one_unmarked() -> None:
    for version in ("999", "abc", "9" * 40):
        page = _page(f"/source/taping?v={version}&start=122&end=158")
        assert "The version that was quoted is no longer kept." in page
    assert 'id="quote"' not in _page("/source/taping?v=999&start=122&end=158")


def test_bad_spans_open_the_page_unmarked() -> None:
    size = len(TAPING.text)
    for query in (
        "start=5", "end=5", "start=9&end=9", "start=9&end=3", "start=-1&end=5", "start=x&end=y",
        f"start=0&end={size + 1}", "start=1e3&end=2e3", "start=٣&end=٩", f"start=0&end={'9' * 30}",
    ):  # fmt: skip
        page = _page(f"/source/taping?{query}")
        assert "The quoted place is not in this text, so nothing is marked." in page, query
        assert 'id="quote"' not in page


def test_whole_text_can_be_marked() -> None:
    page = _page(f"/source/taping?start=0&end={len(TAPING.text)}")
    assert page.count('id="quote"') == 1


def test_copy_carries_the_citation() -> None:
    page = _page("/source/taping?start=122&end=158&v=11")
    assert (
        'data-copy="“Taping often eases pain at once [1].”\n\nHow long taping helps. Patella,'
        " reviewed 24 November 2026."
        ' http://localhost/source/taping?start=122&amp;end=158&amp;v=11#quote"' in page
    )


def test_original_is_a_sandboxed_attachment() -> None:
    answered = client.get("/source/leaflet/original?v=13")
    assert answered.status_code == 200
    assert answered.data == b"<script>alert(1)</script>"
    assert answered.headers["Content-Disposition"] == "attachment; filename=leaflet.md"
    assert answered.headers["Content-Security-Policy"] == DOWNLOAD_POLICY
    assert "sandbox" in DOWNLOAD_POLICY
    assert answered.headers["X-Content-Type-Options"] == "nosniff"
    assert answered.headers["Cache-Control"] == "no-store"


def test_original_of_an_unsafe_kind_is_plain_bytes() -> None:
    class Pages(FakeService):
        def original(self, document_id: str, *, version_id: int | None = None) -> tuple[bytes, str]:
            return b"<html>", "..\\up/\u202epage\r\n.html"

    answered = create_app(Pages()).test_client().get("/source/taping/original")
    assert answered.headers["Content-Type"] == "application/octet-stream"
    assert answered.headers["Content-Disposition"] == "attachment; filename=page.html"
    pdf = client.get("/source/guide/original")
    assert pdf.headers["Content-Type"] == "application/pdf"


def test_under_a_prefix_links_keep_it() -> None:
    page = client.get("/search?q=taping", base_url="http://home.test/knee/").text
    assert 'href="/knee/source/taping?start=122&amp;end=158&amp;v=11#quote"' in page


def test_markers_without_a_reference_stay_plain() -> None:
    source = make_source(
        "bare", [("paragraph", "So [1].")], evidence=(EvidenceNote("this", "trial", (1,)),)
    )
    page = create_app(FakeService(sources=(source,))).test_client().get("/source/bare").text
    assert "#ref-1" not in page
    assert "So [1]." in page
    assert "<bdi>This</bdi>: Clinical trial [1]" in page
