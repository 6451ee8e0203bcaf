"""Citations to take away from the pages and the API, and what they say of a source's freshness."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import bibtexparser
import pytest
import rispy

from tests.webapp_fake import ANSWERED, FakeService
from webapp.app import create_app
from webapp.settings import WebSettings

SETTINGS = WebSettings(today=lambda: dt.date(2026, 11, 25))


@pytest.fixture
def client():
    return create_app(FakeService(), settings=SETTINGS).test_client()


def test_a_document_in_each_format(client) -> None:
    bib = client.get("/source/taping/cite.bib?v=11")
    assert bib.headers["Content-Type"] == "application/x-bibtex; charset=utf-8"
    assert bib.headers["Content-Disposition"] == "attachment; filename=taping.bib"
    (entry,) = bibtexparser.parse_string(bib.text).entries
    assert entry.key == "taping"
    (read,) = rispy.loads(client.get("/source/taping/cite.ris").text)
    assert read["id"] == "taping"
    (item,) = json.loads(client.get("/source/taping/cite.json").text)
    assert item["id"] == "taping"


def test_its_reference_list(client) -> None:
    listed = client.get("/source/taping/references.ris").text
    api = client.get("/api/v1/documents/taping/cite?references=1&format=ris").text
    assert len(rispy.loads(listed)) == 3
    assert listed == api


def test_what_an_answer_quotes(client) -> None:
    items = client.get("/api/v1/cite?q=taping").get_json(force=True)
    assert [item["id"] for item in items] == ["taping", "guide", "leaflet"]
    assert "“Taping often eases pain at once [1].” (How long taping helps)" in items[0]["annote"]
    page = client.get("/cite?q=taping&format=bibtex").text
    assert len(bibtexparser.parse_string(page).entries) == 3
    assert client.post("/cite", data={"q": "taping", "format": "bibtex"}).text == page
    assert client.get("/api/v1/cite?q=nothing+here").text == "[]\n"


def test_what_cannot_be_cited(client) -> None:
    assert client.get("/source/taping/cite.doc").status_code == 404
    assert client.get("/source/nope/cite.bib").status_code == 404
    assert client.get("/api/v1/cite?q=taping&format=word").status_code == 400
    assert client.get("/api/v1/cite").status_code == 400


def test_the_page_offers_them_and_keeps_a_private_question_out_of_addresses(client) -> None:
    page = client.get("/search?q=taping").text
    assert '<form action="/cite" method="get">' in page
    assert '<textarea id="copied"' in page
    private = client.post("/search", data={"q": "taping"}).text
    assert '<form action="/cite" method="post">' in private
    source = client.get("/source/taping").text
    assert 'href="/source/taping/cite.bib?v=11"' in source
    assert 'href="/source/taping/references.json?v=11"' in source


def changed(state: str) -> FakeService:
    quote = ANSWERED.quotes[0]
    meta = replace(quote.document.metadata, next_review="2026-10")
    old = replace(quote, document=replace(quote.document, source=state, metadata=meta))
    return FakeService(answer=replace(ANSWERED, quotes=(old,), hits=()))


def test_badges_for_a_changed_source_and_an_overdue_review() -> None:
    client = create_app(changed("changed"), settings=SETTINGS).test_client()
    page = client.get("/search?q=taping").text
    assert "Source changed since indexing</span>" in page
    assert "Review overdue</span>" in page
    assert "<span>Next review October 2026</span>" in page
    assert "<span>Indexed 24 November 2026</span>" in page
    told = client.get("/api/v1/ask?q=taping").get_json()["quotes"][0]["document"]
    assert (told["source"], told["source_changed"], told["review_overdue"]) == (
        "changed", True, True,
    )  # fmt: skip
    gone = create_app(changed("missing"), settings=SETTINGS).test_client()
    assert "Source file is gone</span>" in gone.get("/search?q=taping").text
    same = create_app(changed("same"), settings=SETTINGS).test_client()
    assert "Source changed" not in same.get("/search?q=taping").text
