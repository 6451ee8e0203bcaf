"""The list of what the library holds, and the page on when to get help."""

from __future__ import annotations

from tests.webapp_fake import TAPING, FakeService
from webapp.app import create_app

client = create_app(FakeService()).test_client()


def test_lists_every_document_with_its_facts() -> None:
    page = client.get("/library").text
    assert page.count('<tr role="row">') == 6
    assert "5 documents and 19 passages." in page
    assert "Clinical guideline" in page
    assert "May 2023" in page
    assert "Generation 4, published 24 November 2026, 03:30 UTC." in page


def test_filter_takes_every_word() -> None:
    page = client.get("/library?q=Patella++TAPING").text
    assert "1 of 5 documents" in page
    assert "How long taping helps" in page
    assert "Best practice" not in page
    assert 'value="Patella TAPING"' in page


def test_filter_without_a_match() -> None:
    page = client.get("/library?q=<b>").text
    assert "Nothing in the library matches “<bdi>&lt;b&gt;</bdi>”." in page


def test_empty_library() -> None:
    page = create_app(FakeService(sources=())).test_client().get("/library").text
    assert "The library is empty." in page


def test_get_help_quotes_the_library_by_urgency() -> None:
    page = client.get("/get-help").text
    assert page.index('id="help-emergency"') < page.index('id="help-same_day"')
    assert page.index('id="help-same_day"') < page.index('id="help-see_clinician"')
    assert "Call for an ambulance if you have chest pain" in page
    assert "Chest pain that does not pass." in page
    assert 'id="help-pharmacist"' not in page
    assert 'href="tel:112"' in page


def test_get_help_links_to_the_sections_of_other_articles() -> None:
    page = client.get("/get-help").text
    assert "<summary>In the library (1)</summary>" in page
    start = TAPING.text.index("When to stop and get help")
    assert f"/source/taping?start={start}&amp;end={start + 25}&amp;v=11#quote" in page


def test_get_help_without_such_sections() -> None:
    page = create_app(FakeService(sources=())).test_client().get("/get-help").text
    assert "The library has no section of its own on when to get help." in page
