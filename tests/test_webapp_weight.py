"""How much a page's first view takes over the wire, and that nothing moves while it is put together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser_helpers import NEEDS_BROWSER, serving
from tests.page_states import make_app

pytestmark = NEEDS_BROWSER

MOST_BYTES = 100_000
VIEWS = [
    "/",
    "/search?q=sitting",
    "/search?q=chest",
    "/library",
    "/source/guide?view=text",
    "/get-help",
]
WATCH = """new PerformanceObserver(list => {
    for (const one of list.getEntries()) window.shifted = (window.shifted || 0) + one.value;
}).observe({type: 'layout-shift', buffered: true});"""
WEIGHT = """() => [...performance.getEntriesByType('navigation'),
    ...performance.getEntriesByType('resource')].reduce((sum, one) => sum + one.transferSize, 0)"""


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with serving(make_app()) as address:
        yield address


@pytest.mark.parametrize("path", VIEWS)
@pytest.mark.parametrize("width", [360, 1280])
def test_a_first_view_is_light_and_stands_still(
    browser: Any, base: str, path: str, width: int
) -> None:
    # a context of its own: nothing is in its cache
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    page.add_init_script(WATCH)
    response = page.goto(base + path, wait_until="load")
    assert response.status == 200
    page.wait_for_timeout(200)
    assert 1_000 < page.evaluate(WEIGHT) < MOST_BYTES
    assert page.evaluate("window.shifted || 0") == 0
    context.close()
