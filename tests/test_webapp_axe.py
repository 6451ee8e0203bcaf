"""Accessibility: axe-core on every page and state, and what it cannot see, in one browser session."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser_helpers import NEEDS_BROWSER, Visitor, serving
from tests.page_states import STATES, State, make_app

pytestmark = NEEDS_BROWSER

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """async (only) => {
    const rules = only.type === 'tag' ? {'target-size': {enabled: true}} : {};
    const told = await axe.run({runOnly: only, rules, resultTypes: ['violations']});
    return told.violations.map(v => `${v.id}: ${v.help}: ` +
        v.nodes.slice(0, 3).map(n => n.target.join(' ') + ' ' + n.html.slice(0, 120)).join(' | '));
}"""
ALL = {"type": "tag", "values": TAGS}
CONTRAST = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
WIDER = """() => [document.documentElement.scrollWidth - innerWidth,
    [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right >
        innerWidth + 1 && !e.closest('.hidden, .table-wrap, .leaf-scroll, pre'))
        .slice(0, 3).map(e => e.outerHTML.slice(0, 100))]"""
MOVING = """() => [...document.querySelectorAll('*')].filter(e => {
    const s = getComputedStyle(e);
    return s.animationName !== 'none' || s.scrollBehavior === 'smooth'
        || s.transitionDuration.split(',').some(one => parseFloat(one) > 0);
}).map(e => e.outerHTML.slice(0, 80))"""
BARE = """() => [...document.querySelectorAll('button, input:not([type=hidden]), textarea, .button')]
    .filter(e => e.checkVisibility() && !e.closest('.hidden')).filter(e => {
        const s = getComputedStyle(e);
        const edge = ['Top', 'Bottom'].some(side => s[`border${side}Style`] !== 'none'
            && parseFloat(s[`border${side}Width`]) > 0);
        return !edge && e.type !== 'radio' && !s.textDecorationLine.includes('underline');
    }).map(e => e.outerHTML.slice(0, 80))"""
SEND = """([path, sent]) => {
    const form = Object.assign(document.createElement('form'), {method: 'post', action: path});
    for (const [name, value] of new URLSearchParams(sent)) {
        form.append(Object.assign(document.createElement('input'), {type: 'hidden', name, value}));
    }
    document.body.append(form);
    form.submit();
}"""


@pytest.fixture(scope="module")
def visitor(browser: Any) -> Iterator[Visitor]:
    with serving(make_app()) as base:
        visitor = Visitor(browser, base)
        yield visitor
        visitor.close()


@pytest.fixture(scope="module")
def page(visitor: Visitor) -> Any:
    return visitor("/", viewport={"width": 1280, "height": 900})


@pytest.fixture(scope="module")
def axe() -> str:
    import axe_playwright_python

    script = Path(axe_playwright_python.__file__).with_name("axe.min.js")
    return script.read_text(encoding="utf-8")


@pytest.fixture(scope="module", params=STATES, ids=lambda state: state.name)
def state(request: pytest.FixtureRequest, page: Any, visitor: Visitor, axe: str) -> State:
    """Bring the page into a state, once for all tests of it, with what is folded opened."""
    wanted: State = request.param
    page.set_viewport_size({"width": 1280, "height": 900})
    if wanted.form:
        page.goto(visitor.base + "/about")
        with page.expect_navigation() as sent:
            page.evaluate(SEND, [wanted.path, wanted.form])
        answered = sent.value
    else:
        answered = page.goto(visitor.base + wanted.path)
    assert answered.status == wanted.status
    if wanted.press:
        page.click(wanted.press)
        page.wait_for_load_state()
    if wanted.type:
        page.type("#q", wanted.type)
        page.wait_for_selector("#offers:not([hidden])")
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    page.evaluate(axe)
    return wanted


def test_axe_finds_nothing(page: Any, state: State) -> None:
    assert page.evaluate(RUN, ALL) == []


def test_contrast_in_the_dark(page: Any, state: State) -> None:
    page.emulate_media(color_scheme="dark")
    found = page.evaluate(RUN, CONTRAST)
    page.emulate_media(color_scheme="light")
    assert found == []


def test_nothing_scrolls_sideways_at_four_times_the_size(page: Any, state: State) -> None:
    page.set_viewport_size({"width": 320, "height": 256})
    beyond, what = page.evaluate(WIDER)
    page.set_viewport_size({"width": 1280, "height": 900})
    assert beyond <= 0, what


def test_text_of_twice_the_size(page: Any, state: State) -> None:
    settings = page.context.new_cdp_session(page)
    settings.send("Page.setFontSizes", {"fontSizes": {"standard": 32, "fixed": 26}})
    size = page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)")
    beyond, what = page.evaluate(WIDER)
    settings.send("Page.setFontSizes", {"fontSizes": {"standard": 16, "fixed": 13}})
    settings.detach()
    assert size == 34
    assert beyond <= 0, what


def test_nothing_moves_where_less_motion_is_wanted(page: Any, state: State) -> None:
    assert page.evaluate(MOVING) == []


def test_controls_have_an_edge_in_forced_colours(page: Any, state: State) -> None:
    page.emulate_media(forced_colors="active")
    found = page.evaluate(BARE)
    page.emulate_media(forced_colors="none")
    assert found == []


KEYED = """() => {
    const e = document.activeElement;
    if (!e || e === document.body) return null;
    const s = getComputedStyle(e), r = e.getBoundingClientRect();
    const x = Math.min(Math.max(r.left + Math.min(r.width, 40) / 2, 0), innerWidth - 1);
    const y = Math.min(Math.max(r.top + Math.min(r.height, 30) / 2, 0), innerHeight - 1);
    const on = document.elementFromPoint(x, y);
    return {html: e.outerHTML.slice(0, 90), ring: s.outlineStyle !== 'none',
        seen: r.bottom > 0 && r.top < innerHeight && !!on && (e.contains(on) || on.contains(e))};
}"""
REACHABLE = """() => [...document.querySelectorAll(
    'a[href], button, input:not([type=hidden]), textarea, select, summary, [tabindex="0"]')]
    .filter(e => e.checkVisibility({visibilityProperty: true})
        && !e.closest('details:not([open]) > :not(summary)')).length"""


@pytest.mark.parametrize(
    "path", ["/search?q=differ", "/search?q=chest", "/library", "/source/guide?view=text"]
)
def test_the_keyboard_reaches_everything_and_shows_where_it_is(visitor: Visitor, path: str) -> None:
    page = visitor(path, viewport={"width": 900, "height": 700})
    wanted = page.evaluate(REACHABLE)
    reached = []
    for _ in range(wanted + 2):
        page.keyboard.press("Tab")
        found = page.evaluate(KEYED)
        if found is None:
            break
        reached.append(found)
    assert [one["html"] for one in reached if not (one["ring"] and one["seen"])] == []
    assert len(reached) == wanted
