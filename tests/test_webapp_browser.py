"""The pages in a real browser: asking, landing on the sentence, keyboard, widths, dark, no script."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from tests.browser_helpers import NEEDS_BROWSER, Visitor, serving
from tests.webapp_fake import ANSWERED, FakeService
from webapp.app import create_app
from webapp.settings import WebSettings

pytestmark = NEEDS_BROWSER

ASKED = "How long does taping help?"
PAGES = (
    "/", "/search?q=taping", "/search?q=tapping", "/search?q=chest", "/search?q=zzz", "/search?q=",
    "/source/taping?start=122&end=158&v=11#quote", "/source/guide", "/source/odd", "/library",
    "/get-help", "/about", "/accessibility", "/api", "/nope",
)  # fmt: skip


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    suggestions = ("Why does sitting hurt my knee?", ASKED)
    app = create_app(FakeService(), settings=WebSettings(suggestions=suggestions))
    with serving(app) as address:
        yield address


@pytest.fixture
def visit(browser: Any, base: str) -> Iterator[Visitor]:
    """Open pages; at the end check that nothing was asked of another host and nothing failed."""
    visitor = Visitor(browser, base)
    yield visitor
    visitor.close()


def _in_view(page: Any, selector: str) -> bool:
    seen: bool = page.evaluate(
        """(s) => { const r = document.querySelector(s).getBoundingClientRect();
            return r.top >= 0 && r.bottom <= innerHeight && r.height > 0; }""",
        selector,
    )
    return seen


def _overflow(page: Any) -> int:
    wide: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return wide


def test_ask_and_land_on_the_marked_sentence(visit: Any) -> None:
    page = visit("/", viewport={"width": 390, "height": 500})
    page.fill("#q", ASKED)
    page.click("form.ask button[type=submit] >> nth=0")
    assert page.text_content("#state") == "Answered from 3 sources"
    page.click("a.cite >> nth=0")
    assert page.url.endswith("/source/taping?start=122&end=158&v=11#quote")
    assert page.text_content("#quote") == ANSWERED.quotes[0].text
    assert _in_view(page, "#quote")


def test_the_card_of_a_source_on_hover_and_focus(visit: Any) -> None:
    page = visit("/search?q=taping", viewport={"width": 360, "height": 700})
    card = page.locator(".card")
    assert not card.is_visible()
    page.focus("a.cite >> nth=2")
    assert card.is_visible()
    said = card.text_content()
    assert "Best practice for pain around the kneecap" in said
    assert "Supports" in said and "Page ii" in said
    assert "Clinical guideline" in said and "Reviewed May 2023" in said
    assert "Review overdue" in said
    assert card.locator("a").count() == 0
    box = card.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 360
    page.keyboard.press("Escape")
    assert not card.is_visible()
    page.hover("a.cite >> nth=0")
    assert "How long taping helps" in card.text_content()
    page.hover("h1")
    card.wait_for(state="hidden")


def test_without_javascript(visit: Any) -> None:
    page = visit("/", java_script_enabled=False, viewport={"width": 390, "height": 500})
    page.fill("#q", ASKED)
    page.keyboard.press("Enter")
    assert page.text_content("#state") == "Answered from 3 sources"
    assert page.locator("button.copy:visible").count() == 0
    page.click("a.cite >> nth=2")
    assert page.text_content("#quote") == ANSWERED.quotes[2].text
    box = page.locator("#quote").bounding_box()
    assert 0 <= box["y"] <= 500 - box["height"]


def test_keyboard_alone(visit: Any) -> None:
    page = visit("/")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.type("taping")
    page.keyboard.press("Enter")
    page.wait_for_selector("#state")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert _in_view(page, ".skip")
    page.keyboard.press("Enter")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.className") == "cite":
            break
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("Enter")
    page.wait_for_selector("#quote")
    assert page.evaluate("document.activeElement.id") == "quote"


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_no_page_scrolls_sideways(visit: Any, width: int) -> None:
    page = visit("/", viewport={"width": width, "height": 800})
    origin = page.url.rstrip("/")
    for path in PAGES:
        page.goto(origin + path)
        assert _overflow(page) <= 0, path


def test_long_words_wrap(visit: Any) -> None:
    page = visit("/search?q=" + "x" * 400, viewport={"width": 360, "height": 800})
    assert _overflow(page) <= 0


def test_dark_and_light(visit: Any) -> None:
    grounds = []
    for scheme in ("dark", "light"):
        page = visit("/search?q=taping", color_scheme=scheme)
        grounds.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert grounds == ["rgb(15, 23, 22)", "rgb(246, 245, 240)"]


def test_forced_colours_keep_the_mark(visit: Any) -> None:
    page = visit(PAGES[6], forced_colors="active")
    assert page.evaluate("getComputedStyle(document.querySelector('#quote')).backgroundColor") != (
        page.evaluate("getComputedStyle(document.body).backgroundColor")
    )


def test_one_whole_announcement(visit: Any) -> None:
    page = visit("/search?q=taping")
    page.wait_for_selector("#announce:not(:empty)", state="attached")
    said = page.text_content("[role=status]")
    assert said.startswith("Answered from 3 sources. Taping often eases pain at once [1].")
    assert "until all pain has gone." in said
    assert page.locator("[role=status]").count() == 1


def test_copy_with_citation(visit: Any) -> None:
    page = visit("/search?q=taping", permissions=["clipboard-read", "clipboard-write"])
    page.click("button.copy")
    page.wait_for_selector("button.copy:text-is('Copied')")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "“Taping often eases pain at once [1].” [1]" in copied
    assert "/source/taping?start=122&end=158&v=11#quote" in copied


def test_copy_where_the_clipboard_is_closed(visit: Any) -> None:
    page = visit("/search?q=taping")
    page.evaluate("Object.defineProperty(window, 'isSecureContext', {value: false})")
    page.click("button.copy")
    page.wait_for_selector("button.copy:not(:text-is('Copy with citations'))")
    assert page.text_content("button.copy") in (
        "Copied",
        "Could not copy: select the words instead",
    )


def test_recent_questions_stay_in_the_browser_and_can_be_cleared(visit: Any) -> None:
    page = visit("/search?q=taping")
    origin = page.url.partition("/search")[0]
    page.goto(origin + "/search?q=%3Cb%3E+tapping")
    page.goto(origin + "/search?q=taping")
    page.goto(origin)
    assert page.locator("#recent li").all_text_contents() == ["taping", "<b> tapping"]
    page.click("#recent a >> nth=1")
    assert page.text_content("h1").endswith("<b> tapping")
    page.goto(origin)
    page.click("#clear-recent")
    assert page.evaluate("document.activeElement.id") == "q"
    page.reload()
    assert not page.is_visible("#recent")


def test_private_search_is_not_remembered(visit: Any) -> None:
    page = visit("/")
    page.fill("#q", "taping")
    page.click("text=Search privately")
    assert page.text_content("#state") == "Answered from 3 sources"
    assert page.url.endswith("/search")
    assert page.evaluate("localStorage.length") == 0


def test_landmarks_headings_and_labels(visit: Any) -> None:
    page = visit("/")
    origin = page.url.rstrip("/")
    for path in PAGES:
        page.goto(origin + path)
        found = page.evaluate(
            """() => ({
              mains: document.querySelectorAll('main').length,
              h1: document.querySelectorAll('h1').length,
              levels: [...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(h => +h.tagName[1]),
              unlabelled: [...document.querySelectorAll('input:not([type=hidden])')]
                  .filter(i => !i.labels.length).length,
              nameless: [...document.querySelectorAll('a,button')].filter(
                e => !(e.textContent.trim() || e.getAttribute('aria-label'))).length,
              ids: [...document.querySelectorAll('[id]')].map(e => e.id),
            })"""
        )
        assert (found["mains"], found["h1"]) == (1, 1), path
        assert (found["unlabelled"], found["nameless"]) == (0, 0), path
        assert len(found["ids"]) == len(set(found["ids"])), path
        levels = found["levels"]
        assert all(b <= a + 1 for a, b in pairwise(levels)), (path, levels)


def test_targets_for_fingers(visit: Any) -> None:
    page = visit("/search?q=taping", viewport={"width": 360, "height": 800})
    sizes = page.evaluate(
        """() => [...document.querySelectorAll('a.cite, nav a, .box button, .copy')]
            .map(e => e.getBoundingClientRect()).map(r => [r.width, r.height])"""
    )
    assert min(min(size) for size in sizes) >= 22


def test_print_keeps_the_answer_and_drops_the_rest(visit: Any) -> None:
    page = visit("/search?q=taping")
    page.emulate_media(media="print")
    assert page.is_visible("#quotes")
    assert page.is_visible(".sources")
    assert page.is_visible("h1")
    assert not page.is_visible(".found")
    assert not page.is_visible(".search-bar")
