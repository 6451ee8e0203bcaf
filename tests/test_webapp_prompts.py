"""Questions to begin with, and those offered while one is typed: all from what the library holds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from corpus.passing import Sign
from patella.engine import Engine
from patella.guide import LibraryGuide, make_prompts
from patella.settings import Settings
from patella.writer import Writer
from tests.browser_helpers import NEEDS_BROWSER, Visitor, serving
from tests.page_states import make_app
from webapp.app import create_app
from webapp.prompts import Finder, first_questions
from webapp.service import Prompt

TEXT = """---
title: Kneecap taping
kind: patient-information
questions:
  - heading: "Does taping help?"
    questions: ["does taping the kneecap help at once?", "worth it?"]
---
## Does taping help?
Taping the kneecap often eases pain at once.

## How to stop
Take the tape off slowly.
"""


def texts(found: list[Prompt] | tuple[Prompt, ...]) -> list[str]:
    return [one.text for one in found]


def prompt(text: str, document: str = "a", *, listed: bool = False) -> Prompt:
    return Prompt(text, document, "Title", text.endswith("?"), listed)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, encoder: Any) -> Iterator[Engine]:
    root = tmp_path_factory.mktemp("prompts")
    held = Engine(Settings(root / "data"), encoder=encoder)
    (root / "taping.md").write_text(TEXT, "utf-8")
    Writer(held).add([root / "taping.md"])
    yield held
    held.close()


def test_prompts_come_from_the_library_and_change_with_it(engine: Engine, tmp_path: Path) -> None:
    held = LibraryGuide(engine)
    found = held.prompts()
    assert texts(found) == [
        "Kneecap taping",
        "Does taping help?",
        "Kneecap taping: How to stop",
        "Does taping the kneecap help at once?",
    ]
    assert [one.asks for one in found] == [False, False, False, True]
    assert held.prompts() is found
    (tmp_path / "bees.md").write_text("---\ntitle: Why do bees make honey?\n---\nFor winter.")
    Writer(engine).add([tmp_path / "bees.md"])
    assert "Why do bees make honey?" in texts(held.prompts())
    page = create_app(engine, guide=held).test_client().get("/").text
    assert ">Why do bees make honey?</a>" in page
    assert "Kneecap taping: How to stop" not in page


def test_earlier_advice_is_not_offered() -> None:
    old = Sign("old", "Rest the knee for good", "earlier-advice", ("Rest the knee",), ())
    assert make_prompts((old,)) == ()


def test_words_are_found_by_their_beginnings_in_any_order() -> None:
    finder = Finder([
        prompt("Why does sitting hurt your knee?"),
        prompt("Sitting with a sore knee"),
        prompt("Is it the knee that hurts after sitting?", listed=True),
        prompt("Ménage à genou"),
    ])  # fmt: skip
    assert texts(finder.find("knee sit")) == [
        "Why does sitting hurt your knee?",
        "Is it the knee that hurts after sitting?",
        "Sitting with a sore knee",
    ]
    assert texts(finder.find("SITT"))[0] == "Sitting with a sore knee"
    assert texts(finder.find("menage a")) == ["Ménage à genou"]
    assert finder.find("  ?! ") == []
    assert finder.find("elbow") == []


def test_one_word_of_three_is_forgiven() -> None:
    finder = Finder([prompt("Why does sitting hurt your knee?"), prompt("Stairs")])
    assert texts(finder.find("sitting knee swolen")) == ["Why does sitting hurt your knee?"]
    assert finder.find("sitting swolen") == []


def test_first_questions_are_one_a_document_and_others_each_day() -> None:
    made = [prompt(f"Question {n} of {n % 9}?", str(n % 9)) for n in range(90)]
    made += [prompt("Listed only, and never first?", "x", listed=True), prompt("No question", "y")]
    days = [first_questions(made, date(2026, 11, day)) for day in (1, 1, 2)]
    assert days[0] == days[1] != days[2]
    assert len({one.text.split()[-1] for one in days[0]}) == 6
    assert "Listed only, and never first?" not in [one.text for one in days[0]]


def test_offers_are_sent_by_post_alone() -> None:
    client = make_app().test_client()
    answered = client.post("/suggest", data={"q": "how tap"})
    assert answered.json[0] == {
        "text": "How long does taping help?", "from": "Taping", "lang": "",
    }  # fmt: skip
    assert answered.headers["Cache-Control"] == "no-store"
    assert client.get("/suggest?q=tap").status_code == 405
    assert client.post("/suggest", data={"q": ""}).json == []
    assert client.post("/suggest").json == []


@pytest.fixture(scope="module")
def visit(browser: Any) -> Iterator[Visitor]:
    with serving(make_app()) as base:
        visitor = Visitor(browser, base)
        yield visitor
        visitor.close()


class TestInTheBrowser:
    pytestmark = NEEDS_BROWSER

    def test_an_offer_is_chosen_by_keyboard(self, visit: Visitor) -> None:
        page = visit("/")
        page.keyboard.type("tap")
        page.wait_for_selector("#offers:not([hidden])")
        box = page.locator("#q")
        assert box.get_attribute("role") == "combobox"
        assert box.get_attribute("aria-expanded") == "true"
        assert page.text_content("[aria-live]:not(button)").startswith("2 questions offered.")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        active = box.get_attribute("aria-activedescendant")
        assert page.get_attribute(f"#{active}", "aria-selected") == "true"
        assert box.input_value() == "Does taping hurt the skin?"
        page.keyboard.press("ArrowDown")
        assert box.input_value() == "tap"
        page.keyboard.press("ArrowUp")
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Enter")
        page.wait_for_selector("#state")
        assert page.text_content("h1").endswith("How long does taping help?")

    def test_escape_brings_back_what_was_typed(self, visit: Visitor) -> None:
        page = visit("/")
        page.keyboard.type("tap")
        page.wait_for_selector("#offers:not([hidden])")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Escape")
        assert page.input_value("#q") == "tap"
        assert not page.is_visible("#offers")
        assert page.get_attribute("#q", "aria-expanded") == "false"

    def test_an_offer_is_chosen_by_pointer(self, visit: Visitor) -> None:
        page = visit("/", viewport={"width": 360, "height": 700})
        page.click("#q")
        page.keyboard.type("tap")
        page.click("#offers li >> nth=1")
        page.wait_for_selector("#state")
        assert page.text_content("h1").endswith("Does taping hurt the skin?")
