"""Out of reach: the page that a browser keeps for it, and above all what it does not keep."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.browser_helpers import NEEDS_BROWSER, serving
from tests.webapp_fake import FakeService
from webapp.app import create_app
from webapp.settings import WebSettings

KEPT = """async () => {
    const found = [];
    for (const name of await caches.keys()) {
        for (const one of await (await caches.open(name)).keys()) found.push(new URL(one.url));
    }
    return found.map(one => one.pathname + one.search).sort();
}"""


def test_the_worker_is_offered_over_https_alone() -> None:
    plain = create_app(FakeService()).test_client()
    assert "data-worker" not in plain.get("/").text
    assert "data-worker" in plain.get("/", base_url="https://knees.example").text
    behind = create_app(FakeService(), settings=WebSettings(https=True)).test_client()
    page = behind.get("/?lang=de").text
    assert 'data-worker="/offline.js"' in page
    assert "Ihr Browser behält das Aussehen dieser Seiten" in behind.get("/about?lang=de").text
    assert "Your browser keeps" not in plain.get("/about").text


def test_the_worker_names_what_it_keeps() -> None:
    client = create_app(FakeService()).test_client()
    made = client.get("/offline.js")
    assert made.headers["Content-Type"].startswith("text/javascript")
    assert made.headers["Cache-Control"] == "no-cache"
    first = made.text.split("\n")[0]
    assert first.startswith('const SHELL = ["/offline", "/offline?lang=en", "/offline?lang=de", ')
    assert len(re.findall(r"/static/[0-9a-f]{16}/(?:site\.css|site\.js|icon\.svg)", first)) == 3
    other = create_app(FakeService(), settings=WebSettings(library_name="Knees")).test_client()
    assert other.get("/offline.js").text.split("\n")[1] != made.text.split("\n")[1]


def test_the_page_says_what_to_do() -> None:
    client = create_app(FakeService(), settings=WebSettings(region="GB")).test_client()
    page = client.get("/offline").text
    assert "<h1>The library cannot be reached</h1>" in page
    assert 'href="tel:999"' in page and "do not wait for this page" in page


class TestInABrowser:
    pytestmark = NEEDS_BROWSER

    @pytest.fixture
    def served(self) -> Iterator[tuple[str, Callable[[], None]]]:
        app = create_app(FakeService(), settings=WebSettings(https=True))
        with ExitStack() as stack:
            yield stack.enter_context(serving(app)), stack.close

    def test_a_library_out_of_reach(
        self, browser: Any, served: tuple[str, Callable[[], None]]
    ) -> None:
        base, stop = served
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{base}/search?q=taping")
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.goto(f"{base}/search?q=taping&sort=date")
        assert page.locator("#state").text_content() == "Answered from 3 sources"
        kept = page.evaluate(KEPT)
        assert [one for one in kept if not one.startswith("/static/")] == [
            "/offline", "/offline?lang=de", "/offline?lang=en",
        ]  # fmt: skip
        assert len(kept) == 6
        stop()
        page.goto(f"{base}/search?q=chest+pain")
        assert page.locator("h1").text_content() == "The library cannot be reached"
        assert page.url == f"{base}/search?q=chest+pain"
        background = "getComputedStyle(document.querySelector('.error .button')).backgroundColor"
        assert page.evaluate(background) != "rgba(0, 0, 0, 0)"  # the style sheet is there as well
        page.goto(f"{base}/?lang=de")
        assert page.locator("h1").text_content() == "Die Bibliothek ist nicht erreichbar"
        context.close()
