"""The page for an appointment: red flags first, full citations, room to write, and one or two sheets."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.webapp_fake import FakeService
from webapp.app import create_app
from webapp.settings import WebSettings


@pytest.fixture
def client():
    settings = WebSettings(today=lambda: dt.date(2026, 11, 25))
    return create_app(FakeService(), settings=settings).test_client()


def test_question_quotes_citations_and_addresses(client) -> None:
    page = client.get("/print?q=taping").text
    assert "Made on 25 November 2026 with Patella, http://localhost" in page
    assert '<p class="question" dir="auto">taping</p>' in page
    assert page.count("<blockquote") == 4
    assert "http://localhost/source/taping?start=122&amp;end=158&amp;v=11#quote" in page
    assert "Next review" in page
    assert page.count("<li></li>") == 9


def test_red_flags_stand_first(client) -> None:
    page = client.get("/print?q=chest").text
    assert page.index("Call emergency services now") < page.index("My question")
    assert "<strong>999</strong> UK" in page
    assert page.index("Call for an ambulance if you have chest pain") < page.index("My question")


def test_a_private_question_stays_out_of_the_address(client) -> None:
    page = client.post("/print", data={"q": "taping"}).text
    assert "q=taping" not in page
    search = client.post("/search", data={"q": "taping"}).text
    assert '<form action="/print" method="post">' in search


def test_nothing_found_and_nothing_asked(client) -> None:
    assert "Not in these sources" in client.get("/print?q=bees").text
    assert client.get("/print").status_code == 400
