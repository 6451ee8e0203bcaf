"""A model's words in a real browser: checked sentences one by one, in German too, and without a script."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from patella.generator import Generator
from tests.browser_helpers import NEEDS_BROWSER, Visitor, serving
from tests.model_server import chat_with, citing, model_server
from tests.webapp_fake import FakeService
from webapp.app import create_app

pytestmark = NEEDS_BROWSER

BUTTON = "button[name=generate]"
FIRST = "Taping often eases pain at once."


@pytest.fixture(scope="module")
def model() -> Iterator[Any]:
    with model_server() as made:
        yield made


@pytest.fixture
def visit(browser: Any, model: Any) -> Iterator[Visitor]:
    app = create_app(FakeService(), generator=Generator(chat_with(model)))
    with serving(app) as base:
        visitor = Visitor(browser, base)
        yield visitor
        visitor.close()


def paused(go_on: threading.Event) -> Any:
    """Return a plan that stops in the second sentence until it is told to go on."""

    def plan(body: Any) -> tuple[int, Iterator[bytes]]:
        pieces = citing(body)[1]

        def sent() -> Iterator[bytes]:
            yield from pieces[:5]
            go_on.wait(10)
            yield from pieces[5:]

        return 200, sent()

    return plan


def test_sentences_come_one_by_one_over_quotes_that_stand(visit: Any, model: Any) -> None:
    go_on = threading.Event()
    model.plan = paused(go_on)
    page = visit("/search?q=taping")
    quoted = page.locator("#quotes").inner_text()
    page.click(BUTTON)
    page.wait_for_selector(".written span")
    assert page.text_content(".written .label") == "Written by a model (tiny), not quoted"
    assert page.text_content(".written span") == FIRST
    link = page.get_attribute(".written a.cite", "href")
    assert link == page.get_attribute("#quotes a.cite >> nth=0", "href")
    assert page.locator("#quotes").inner_text() == quoted
    assert "did not pass" not in page.text_content(".written")
    go_on.set()
    page.wait_for_selector("text=1 sentence did not pass and is not shown")
    assert "Surgery" not in page.text_content("main")
    assert page.text_content("#quoted") == "The sources’ own words"
    assert page.locator(BUTTON).count() == 0
    assert page.url.endswith("/search?q=taping")


def test_in_german_from_a_private_question(visit: Any, model: Any) -> None:
    model.plan = citing
    page = visit("/?lang=de")
    page.fill("#q", "taping")
    page.click("text=Privat suchen")
    page.click(BUTTON)
    page.wait_for_selector("text=1 Satz bestand nicht")
    assert (
        page.text_content(".written .label") == "Von einem Modell geschrieben (tiny), nicht zitiert"
    )
    assert page.text_content(".written span") == FIRST


def test_where_nothing_passes_it_is_said_and_the_quotes_stand(visit: Any, model: Any) -> None:
    for plan, said in (
        (lambda body: (200, []), "Nothing that the model wrote passed the check"),
        (lambda body: (503, []), "The generator answered with 503. The quotes stand alone."),
    ):
        model.plan = plan
        page = visit("/search?q=taping")
        page.click(BUTTON)
        page.wait_for_selector(".written-none")
        assert said in page.text_content(".written-none")
        assert page.locator("section.written").count() == 0
        assert page.locator("#quotes").is_visible()


def test_where_the_stream_fails_the_whole_page_comes(visit: Any, model: Any) -> None:
    model.plan = citing
    page = visit("/search?q=taping")
    page.route("**/written*", lambda route: route.abort())
    page.click(BUTTON)
    page.wait_for_url("**generate=1")
    assert FIRST in page.text_content(".written")


def test_without_javascript(visit: Any, model: Any) -> None:
    model.plan = citing
    page = visit("/search?q=taping", java_script_enabled=False)
    page.click(BUTTON)
    assert "generate=1" in page.url
    assert FIRST in page.text_content(".written")
    assert "1 sentence did not pass" in page.text_content(".written")
