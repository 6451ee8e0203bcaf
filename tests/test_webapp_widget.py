"""The search box on another site: who may ask, and the box itself in a real browser."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response
from werkzeug.serving import make_server

from corpus.errors import UsageError
from tests.accounts_helpers import Office
from tests.browser_helpers import NEEDS_BROWSER, serving
from tests.webapp_fake import ANSWERED, FakeService
from webapp.app import create_app
from webapp.cross_origin import read_origins
from webapp.settings import WebSettings

CLINIC = "https://clinic.example"
PREFLIGHT = {
    "Origin": CLINIC,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "content-type",
}


def _client(*origins: str):
    return create_app(FakeService(), settings=WebSettings(widget_origins=origins)).test_client()


# -- who may ask


def test_an_allowed_site_may_ask_and_search() -> None:
    client = _client(CLINIC, "http://localhost:5000/")
    for path in ("/api/v1/ask", "/api/v1/search"):
        asked = client.options(path, headers=PREFLIGHT)
        assert asked.status_code == 200
        assert asked.headers["Access-Control-Allow-Origin"] == CLINIC
        assert asked.headers["Access-Control-Allow-Methods"] == "GET, POST"
        assert asked.headers["Access-Control-Allow-Headers"] == "Content-Type"
        assert "Access-Control-Allow-Credentials" not in asked.headers
        made = client.post(path, json={"q": "tap"}, headers={"Origin": "http://localhost:5000"})
        assert made.headers["Access-Control-Allow-Origin"] == "http://localhost:5000"
        assert "Origin" in made.headers["Vary"]
    refused = client.post("/api/v1/ask", json={"q": ""}, headers={"Origin": CLINIC})
    assert refused.status_code == 400
    assert refused.headers["Access-Control-Allow-Origin"] == CLINIC


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "https://clinic.example.evil.example", "http://clinic.example", "null",
     "https://clinic.example:8443", ""],
)  # fmt: skip
def test_other_sites_may_not(origin: str) -> None:
    for client in (_client(CLINIC), _client()):
        for method in ("OPTIONS", "POST"):
            headers = PREFLIGHT | {"Origin": origin}
            made = client.open("/api/v1/ask", method=method, json={"q": "x"}, headers=headers)
            assert "Access-Control-Allow-Origin" not in made.headers
            assert "Origin" in made.headers["Vary"]


@pytest.mark.parametrize(
    "path",
    ["/api/v1/documents", "/api/v1/generation", "/search?q=tap", "/", "/healthz", "/metrics"],
)
def test_nothing_else_may_be_read_from_elsewhere(path: str) -> None:
    made = _client(CLINIC).get(path, headers={"Origin": CLINIC})
    assert made.status_code == 200
    assert "Access-Control-Allow-Origin" not in made.headers


def test_the_script_may_be_loaded_by_any_page() -> None:
    made = _client().get("/widget.js")
    assert made.headers["Content-Type"].startswith("text/javascript")
    assert made.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert made.headers["Cache-Control"] == "public, max-age=3600"
    assert len(made.data) < 12_000
    assert "innerHTML" not in made.text
    again = _client().get("/widget.js", headers={"If-None-Match": made.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    "told", ["*", "clinic.example", "https://clinic.example/page", "https://*.example", "null"]
)
def test_what_is_no_origin(told: str) -> None:
    with pytest.raises(UsageError, match="is not the origin of a site"):
        read_origins([told])


def test_a_library_for_those_who_sign_in_lets_other_sites_ask_and_refuses(tmp_path) -> None:
    settings = WebSettings(widget_origins=(CLINIC,), search_access="signed-in")
    app = create_app(FakeService(), settings=settings, accounts=Office(tmp_path).desk)
    client = app.test_client()
    asked = client.options("/api/v1/ask", headers=PREFLIGHT)
    assert (asked.status_code, asked.headers["Access-Control-Allow-Origin"]) == (200, CLINIC)
    refused = client.post("/api/v1/ask", json={"q": "tap"}, headers={"Origin": CLINIC})
    assert (refused.status_code, refused.headers["Access-Control-Allow-Origin"]) == (401, CLINIC)


# -- in a browser


def _page(library: str, attributes: str = "", before: str = "") -> Flask:
    """A page of another site, with a strict policy of its own."""
    site = Flask("site")

    @site.get("/")
    def home() -> Response:
        made = Response(
            f"""<!doctype html><html lang="en"><head><meta charset="utf-8">
            <meta name="viewport" content="width=device-width"><title>A clinic</title></head>
            <body><main><h1>A clinic</h1><h2>Questions</h2>{before}
            <script src="{library}/widget.js" {attributes}></script></main></body></html>""",
            mimetype="text/html",
        )
        made.headers["Content-Security-Policy"] = (
            f"default-src 'none'; script-src {library}; connect-src {library}; img-src 'self'"
        )
        return made

    site.add_url_rule("/favicon.ico", "icon", lambda: ("", 204))
    return site


@contextmanager
def _sites(
    service: FakeService, *, allowed: bool = True, office: Office | None = None, **page: str
) -> Iterator[tuple[str, str]]:
    """Serve a library and another site; yields both addresses."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    held: list[Callable[..., Any]] = []

    def app(environ: Any, start: Any) -> Any:
        return held[0](environ, start)

    server = make_server("127.0.0.1", 0, app, threaded=True)
    library = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    with serving(_page(library, **page)) as site:
        origins = (site,) if allowed else ()
        settings = WebSettings(
            widget_origins=origins, search_access="signed-in" if office else "public"
        )
        desk = office.desk if office else None
        held.append(create_app(service, settings=settings, accounts=desk))
        yield library, site
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def axe() -> str:
    import axe_playwright_python

    return Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text("utf-8")


def expect(locator: Any) -> Any:
    """Return what waits until a part of the page is as it is said to be."""
    from playwright.sync_api import expect as waiting

    return waiting(locator)


RUN = """async () => (await axe.run({runOnly: {type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a',
    'wcag21aa', 'wcag22aa', 'best-practice']}, rules: {'target-size': {enabled: true}}}))
    .violations.map(v => v.id + ': ' + v.nodes.map(n => n.html.slice(0, 90)).join(' | '))"""


class TestInABrowser:
    pytestmark = NEEDS_BROWSER

    def _open(self, browser: Any, site: str, **options: Any) -> tuple[Any, list[str], list[str]]:
        context = browser.new_context(**options)
        page = context.new_page()
        seen: list[str] = []
        faults: list[str] = []
        page.on("request", lambda request: seen.append(request.url))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda m: faults.append(m.text) if m.type == "error" else None)
        page.goto(site)
        return page, seen, faults

    def test_a_cited_answer_by_keyboard(self, browser: Any, axe: str) -> None:
        service = FakeService()
        with _sites(service) as (library, site):
            page, seen, faults = self._open(browser, site)
            page.keyboard.press("Tab")
            page.keyboard.type("How long does taping help?")
            page.keyboard.press("Enter")
            page.wait_for_selector("blockquote")
            status = page.locator("[role=status]")
            assert status.text_content() == "Answered from 3 sources"
            quotes = page.locator("blockquote p").all_text_contents()
            assert quotes == [f"“{quote.text}”" for quote in ANSWERED.quotes]
            first = page.locator("blockquote a").first
            assert first.get_attribute("href") == (
                f"{library}/source/taping?start=122&end=158&v=11#quote"
            )
            assert first.text_content() == (
                "How long taping helps – How long taping helps (opens in a new tab)"
            )
            facts = page.locator("blockquote cite").all_text_contents()
            assert facts[2].endswith(". Northern Knee Group. 2023-05. Review overdue")
            assert facts[3].endswith(". A clinic. 1998. Earlier advice, kept as an example")
            assert page.get_by_label("Ask the library").input_value().startswith("How long")
            assert service.asked == ["How long does taping help?"]
            assert faults == []
            assert set(seen) - {f"{site}/favicon.ico"} == {
                f"{site}/", f"{library}/widget.js", f"{library}/api/v1/ask",
            }  # fmt: skip
            assert page.context.cookies() == []
            assert page.evaluate("localStorage.length + sessionStorage.length") == 0
            # the words of the page's own policy hold; axe is brought past it
            page.evaluate(axe)
            assert page.evaluate(RUN) == []
            for scheme in ("dark", "light"):
                page.emulate_media(color_scheme=scheme)
                assert page.evaluate(RUN) == []
            page.emulate_media(forced_colors="active")
            page.set_viewport_size({"width": 320, "height": 640})
            assert page.evaluate("document.documentElement.scrollWidth") <= 320
            page.context.close()

    def test_what_is_urgent_and_what_is_not_there(self, browser: Any, axe: str) -> None:
        with _sites(FakeService(), attributes='data-heading-level="3"') as (_, site):
            page, _, faults = self._open(browser, site)
            page.fill("input", "chest pain")
            page.click("button")
            page.wait_for_selector("[role=heading]")
            assert page.locator("[role=heading]").text_content() == (
                "Chest pain or sudden breathlessness"
            )
            assert (
                page.locator("[role=status]")
                .text_content()
                .startswith("Chest pain or sudden breathlessness. Answered from")
            )
            page.evaluate(axe)
            assert page.evaluate(RUN) == []
            page.fill("input", "football")
            page.click("button")
            expect(page.locator("[role=status]")).to_have_text("Not in these sources.")
            assert page.locator("blockquote").count() == 0
            page.fill("input", "  ")
            page.click("button")
            assert page.locator("[role=status]").text_content() == "Type a question first."
            assert faults == []
            page.context.close()

    def test_in_german_somewhere_else_on_the_page(self, browser: Any) -> None:
        page_of = {
            "attributes": 'data-language="de" data-target="#here" data-label="Frag das Knie"',
            "before": '<div id="here"></div>',
        }
        with _sites(FakeService(), **page_of) as (_, site):
            page, _, _ = self._open(browser, site)
            assert page.locator("#here .patella-widget[lang=de]").count() == 1
            page.get_by_label("Frag das Knie").fill("taping")
            page.click("text=Fragen")
            page.wait_for_selector("blockquote")
            assert page.locator("[role=status]").text_content() == "Beantwortet aus 3 Quellen"
            page.context.close()

    def test_what_sources_say_is_never_markup(self, browser: Any) -> None:
        from dataclasses import replace

        from tests.webapp_fake import ODD, quote_of

        words = "Text with <img src=x onerror=alert(1)> in it"
        odd = replace(ANSWERED, quotes=(quote_of(ODD, words),))
        with _sites(FakeService(answer=odd)) as (_, site):
            page, _, faults = self._open(browser, site)
            page.fill("input", "x")
            page.click("button")
            page.wait_for_selector("blockquote")
            assert page.locator("blockquote p").text_content() == f"“{words}”"
            assert page.locator("img").count() == 0
            assert faults == []
            page.context.close()

    def test_a_library_for_those_who_sign_in(self, browser: Any, tmp_path: Path) -> None:
        with _sites(FakeService(), office=Office(tmp_path)) as (library, site):
            page, _, _ = self._open(browser, site)
            page.fill("input", "taping")
            page.click("button")
            expect(page.locator("[role=status]")).to_have_text(
                "This library answers only those who sign in."
            )
            there = page.get_by_role("link", name="Ask there")
            assert there.get_attribute("href") == f"{library}/search?q=taping"
            page.context.close()

    def test_a_site_that_is_not_allowed(self, browser: Any) -> None:
        service = FakeService()
        with _sites(service, allowed=False) as (_, site):
            page, _, _ = self._open(browser, site)
            page.fill("input", "taping")
            page.click("button")
            expect(page.locator("[role=status]")).to_have_text(
                "The library cannot be reached. Try again in a moment."
            )
            assert service.asked == []
            page.context.close()
