"""Filters on the page and in the API: the address carries them, and each can be taken back."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from flask.testing import FlaskClient

from corpus.filters import NO_FILTERS, Filters
from corpus.records import Answer
from tests.webapp_fake import FakeService
from webapp.app import create_app


@dataclass
class Remembering(FakeService):
    filters: list[Filters] = field(default_factory=list)

    def ask(self, question: str, *, without=(), after="", filters=NO_FILTERS, kept=False) -> Answer:  # type: ignore[no-untyped-def]
        self.filters.append(filters)
        return super().ask(question, without=without, after=after, filters=filters, kept=kept)


@pytest.fixture
def service() -> Remembering:
    return Remembering()


@pytest.fixture
def client(service: Remembering) -> FlaskClient:
    return create_app(service).test_client()


def test_the_page_shows_counts_as_links_and_filters_that_can_be_taken_back(
    client: FlaskClient, service: Remembering
) -> None:
    page = client.get("/search?q=taping&kind=guideline&since=2020&format=pdf").text
    assert service.filters == [Filters(kind=("guideline",), since="2020", format=("pdf",))]
    assert "Only from documents that pass:" in page
    assert 'href="/search?q=taping&amp;filetype=pdf&amp;since=2020#found"' in page
    assert 'Earlier advice, kept as an example <span class="count">(1)</span></a>' in page
    assert 'name="since" value="2020"' in page
    assert 'name="filetype" value="pdf"' in page


def test_forms_that_ask_again_carry_the_filters(client: FlaskClient, service: Remembering) -> None:
    client.get("/cite?q=taping&format=ris&filetype=html&kind=trial")
    assert service.filters == [Filters(kind=("trial",), format=("html",))]


@pytest.mark.parametrize("path", ["/api/v1/search", "/api/v1/ask", "/search"])
@pytest.mark.parametrize("bad", ["kind=guidelines", "since=June", "until=2024-13"])
def test_an_unknown_kind_or_date_is_400_in_words(client: FlaskClient, path: str, bad: str) -> None:
    response = client.get(f"{path}?q=taping&{bad}")
    assert response.status_code == 400
    assert "kind of evidence" in response.text or "is not a date" in response.text


def test_json_tells_filters_and_facets(client: FlaskClient) -> None:
    body = client.get("/api/v1/ask?q=taping&kind=guideline&kind=trial").get_json()
    assert body["filters"] == {"kind": ["guideline", "trial"]}
    assert body["facets"]["format"]["html"] == 1
    assert set(client.get("/api/v1/search?q=taping").get_json()["facets"]) == {
        "topic", "kind", "publisher", "format",
    }  # fmt: skip


def test_why_is_told_on_request(client: FlaskClient) -> None:
    plain = client.get("/search?q=taping&kind=trial").text
    assert 'href="/search?q=taping&amp;kind=trial&amp;why=1#why"' in plain
    assert 'id="why"' not in plain
    page = client.get("/search?q=taping&why=1").text
    assert "<bdi>Taping</bdi> 2.50" in page and "&lt;b&gt;" in page
    assert client.get("/search?q=taping&why=99").status_code == 404
    hit = client.get("/api/v1/search?q=taping&why=1").get_json()["hits"][0]
    assert hit["why"]["cosine"] == 0.5
    assert "why" not in client.get("/api/v1/search?q=taping").get_json()["hits"][0]
