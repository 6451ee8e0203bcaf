"""How often the API may be asked, and how that is told."""

from __future__ import annotations

import pytest

from corpus.errors import UsageError
from tests.webapp_fake import FakeService
from webapp.app import create_app
from webapp.limits import read_limits
from webapp.settings import WebSettings

FAR = {"REMOTE_ADDR": "203.0.113.7"}


def _client(limits: str):
    return create_app(FakeService(), settings=WebSettings(api_limits=limits)).test_client()


def test_over_the_limit() -> None:
    client = _client("2 per minute; 5 per hour")
    first = client.get("/api/v1/ask?q=x", environ_base=FAR)
    assert first.status_code == 200
    assert first.headers["RateLimit-Policy"] == '"minute";q=2;w=60, "hour";q=5;w=3600'
    assert first.headers["RateLimit"].startswith('"minute";r=1;t=')
    assert client.post("/api/v1/search", json={"q": "x"}, environ_base=FAR).status_code == 200
    over = client.get("/api/v1/documents", environ_base=FAR)
    assert over.status_code == 429
    assert over.headers["Content-Type"] == "application/problem+json"
    assert over.json["type"] == "/api#too-many"
    assert 1 <= int(over.headers["Retry-After"]) <= 60
    assert over.headers["RateLimit"].startswith('"minute";r=0;t=')


def test_the_page_that_answers_counts_as_well() -> None:
    client = _client("1 per minute")
    assert client.get("/search?q=x", environ_base=FAR).status_code == 200
    over = client.post("/search", data={"q": "x"}, environ_base=FAR)
    assert over.status_code == 429
    assert int(over.headers["Retry-After"]) >= 1
    assert "Wait a minute, then try again." in over.text
    assert client.get("/api/v1/generation", environ_base=FAR).status_code == 429


def test_each_address_by_itself_and_other_pages_are_free() -> None:
    client = _client("1 per minute")
    for address in ("203.0.113.7", "203.0.113.8", "2001:db8:1::1"):
        for status in (200, 429):
            made = client.get("/api/v1/generation", environ_base={"REMOTE_ADDR": address})
            assert made.status_code == status
    household = client.get("/api/v1/generation", environ_base={"REMOTE_ADDR": "2001:db8:1::2"})
    assert household.status_code == 429
    assert client.get("/library", environ_base=FAR).status_code == 200
    assert "RateLimit" not in client.get("/healthz", environ_base=FAR).headers


def test_this_machine_is_free_unless_it_asks_for_another() -> None:
    client = _client("1 per minute")
    assert {client.get("/api/v1/generation").status_code for _ in range(3)} == {200}
    forwarded = {"X-Forwarded-For": "203.0.113.7"}
    told = [client.get("/api/v1/generation", headers=forwarded).status_code for _ in range(2)]
    assert told == [200, 429]


@pytest.mark.parametrize("none", ["", "none", " off "])
def test_without_a_limit(none: str) -> None:
    client = _client(none)
    made = client.get("/api/v1/generation", environ_base=FAR)
    assert made.status_code == 200
    assert "RateLimit" not in made.headers


def test_a_limit_that_makes_no_sense() -> None:
    with pytest.raises(UsageError, match="cannot be 'often'"):
        read_limits("often")
    with pytest.raises(UsageError, match="limits of the API"):
        _client("5 per fortnight")
