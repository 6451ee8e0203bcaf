"""Headers on every response, the check of the host, no cookies, and nothing that runs from text."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from corpus.errors import LibraryError
from tests.webapp_fake import ANSWERED, ODD, FakeService, hit_of, quote_of
from webapp.app import create_app
from webapp.settings import WebSettings

PAGES = (
    "/", "/search?q=taping", "/search?q=chest", "/search?q=", "/source/taping", "/source/odd",
    "/library", "/get-help", "/about", "/accessibility", "/api", "/nope", "/healthz",
    "/api/v1/ask?q=x", "/api/v1/ask?q=", "/api/v1/search?q=x", "/api/v1/documents",
    "/search", "/favicon.ico", "/source/taping/original",
)  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_headers_on_every_response(path: str) -> None:
    answered = create_app(FakeService()).test_client().get(path)
    headers = answered.headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Set-Cookie" not in headers
    if path == "/api/v1/documents":
        assert headers["Cache-Control"] == "private, no-cache"
    elif path != "/favicon.ico":
        assert headers["Cache-Control"] == "no-store"


def test_headers_on_failure_too() -> None:
    for error in (RuntimeError("x"), LibraryError("y")):
        answered = create_app(FakeService(error=error)).test_client().get("/")
        assert answered.headers["X-Content-Type-Options"] == "nosniff"


def test_policy_in_full() -> None:
    answered = create_app(FakeService()).test_client().get("/")
    assert answered.headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self';"
        " font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )


@pytest.mark.parametrize("path", PAGES[:12])
def test_nothing_inline_and_nothing_from_elsewhere(path: str) -> None:
    page = create_app(FakeService()).test_client().get(path).text
    assert not re.search(r"<script(?![^>]*\ssrc=\"/static/)", page)
    assert not re.search(r"<style|\sstyle=|\son\w+=\"|href=\"javascript:", page)
    for address in re.findall(r'(?:src|action|<link[^>]*href)="([^"]*)"', page):
        assert address.startswith("/"), address


def test_hosts() -> None:
    app = create_app(FakeService(), settings=WebSettings(trusted_hosts=("knee.test", ".home.arpa")))
    client = app.test_client()
    assert client.get("/", base_url="http://knee.test").status_code == 200
    assert client.get("/", base_url="http://knee.test:8000").status_code == 200
    assert client.get("/", base_url="http://pi.home.arpa").status_code == 200
    refused = client.get("/", base_url="http://evil.test")
    assert refused.status_code == 400
    assert "This library is not served under that address." in refused.text
    assert "evil.test" not in refused.text
    assert client.get("/healthz", base_url="http://evil.test").status_code == 400


def test_markup_in_a_document_is_shown_as_text() -> None:
    words = "Text with <img src=x onerror=alert(1)> in it, and 膝の痛み, and 🦵🏽."
    answer = replace(
        ANSWERED,
        quotes=(quote_of(ODD, words, heading=("<b>Bold</b>",)),),
        hits=(hit_of(ODD, words, heading=("<b>Bold</b>",), mark="<img"),),
        added=("<i>added</i>",),
        suggestion='"><script>alert(2)</script>',
        warnings=("<u>warning</u>",),
    )
    client = create_app(FakeService(answer=answer)).test_client()
    for page in (
        client.get("/search", query_string={"q": '"><script>alert(3)</script>'}).text,
        client.get("/source/odd").text,
        client.get("/library").text,
    ):
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "<b>Bold" not in page
        assert "<i>" not in page
        assert "<u>" not in page
        assert "&lt;script&gt;alert(&#39;title&#39;)&lt;/script&gt;" in page


def test_direction_marks_are_kept_inside_their_own_words() -> None:
    page = create_app(FakeService()).test_client().get("/source/odd").text
    head = page[: page.index("</title>")]
    assert "\u202e" not in head
    library = create_app(FakeService()).test_client().get("/library").text
    assert "<bdi>&lt;script&gt;alert(&#39;title&#39;)&lt;/script&gt; \u202egnp.exe</bdi>" in library


def test_address_of_a_document_is_a_link_only_if_it_is_for_the_web() -> None:
    client = create_app(FakeService()).test_client()
    assert "<bdi>javascript:alert(1)</bdi>" in client.get("/source/odd").text
    assert (
        '<a href="https://guides.example/best-practice" rel="noopener noreferrer">'
        in client.get("/source/guide").text
    )
