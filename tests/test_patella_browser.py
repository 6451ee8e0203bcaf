"""The whole path of operator, editor and asker in a real browser, over the real engine and workbench."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from corpus.accounts import Accounts
from patella.account_desk import AccountDesk
from patella.engine import Engine
from patella.guide import LibraryGuide
from patella.receipts import ReceiptDesk
from patella.settings import Settings
from patella.workbench import PatellaWorkbench
from tests.accounts_helpers import HASTY, PASSWORD
from tests.browser_helpers import NEEDS_BROWSER, serving
from webapp.app import create_app
from webapp.settings import WebSettings

pytestmark = NEEDS_BROWSER

FILES = Path(__file__).parent / "files"
RESTING = "For how long should I rest from hills?"
STAIRS = "Going down stairs loads the knee more than going up, since the thigh muscle has to brake."


@dataclass
class House:
    """A library that is served, and its accounts."""

    address: str
    accounts: Accounts
    code: str


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    root = tmp_path_factory.mktemp("house")
    engine = Engine(Settings(data_dir=root, publish="review", keep_questions=True))
    accounts = Accounts(root / "accounts.db", passwords=HASTY)
    desk, bench = AccountDesk(accounts, local=True), PatellaWorkbench(engine)
    app = create_app(
        engine,
        settings=WebSettings(),
        accounts=desk,
        receipts=ReceiptDesk(engine),
        guide=LibraryGuide(engine),
        workbench=bench,
    )
    code = desk.first_code()
    bench.start()
    with serving(app) as address:
        yield House(address, accounts, code)
    bench.stop()
    engine.close()
    accounts.close()


@pytest.fixture
def open_page(browser: Any, house: House) -> Iterator[Any]:
    faults: list[str] = []
    contexts = []

    def opened(**options: Any) -> Any:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: faults.append(str(error)))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


def enter(page: Any) -> None:
    with page.expect_navigation():
        page.keyboard.press("Enter")


def press(page: Any, button: str) -> None:
    """Press a button by keyboard alone."""
    page.get_by_role("button", name=button, exact=True).first.focus()
    enter(page)


def sign_in(page: Any, house: House, name: str) -> None:
    page.goto(f"{house.address}/desk/")
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    enter(page)


def publish(page: Any, house: House) -> str:
    page.goto(f"{house.address}/desk/publish")
    page.wait_for_selector("[data-asking]", state="detached")
    told = str(page.locator("main").inner_text())
    press(page, "Publish these changes")
    page.wait_for_selector("[data-ended]")
    return told


def begin(page: Any, house: House) -> None:
    """Open the desk by the code that was printed, as the operator, and make the first account."""
    page.goto(f"{house.address}/desk/")
    page.keyboard.type(house.code)  # the field is in focus
    enter(page)
    assert page.locator("h1").inner_text() == "Overview"
    page.click("text=Make the first account")
    for field, value in (("#name", "ada"), ("#password", PASSWORD), ("#again", PASSWORD)):
        page.fill(field, value)
    enter(page)
    assert page.get_by_role("link", name="ada").count() == 1


def test_from_the_first_code_to_rolling_back(open_page: Any, house: House) -> None:
    page = open_page(viewport={"width": 1440, "height": 900}, color_scheme="light")

    begin(page, house)

    # the editor publishes a first text, and saves a question
    page.goto(f"{house.address}/desk/add")
    page.fill("#title", "Stairs")
    page.fill("#text", STAIRS)
    press(page, "Add the text")
    page.wait_for_selector("[data-ended]")
    publish(page, house)
    page.goto(f"{house.address}/desk/questions")
    page.fill("#text", RESTING)
    enter(page)

    # a PDF is sent, watched, compared and published
    page.goto(f"{house.address}/desk/add")
    page.set_input_files("#files", [FILES / "leaflet.pdf", FILES / "locked.pdf"])
    press(page, "Add the files")
    page.wait_for_selector("[data-ended]")
    assert page.locator(".file-added .facts").inner_text() == "3 pages 15 passages"
    assert page.locator(".file-failed .why").inner_text() == (
        "The PDF needs a password. Save a copy without a password."
    )
    told = publish(page, house)
    assert "Knee pain in runners" in told
    assert "The answer changes for 1 of 1 saved question." in told

    # somebody asks, and lands on the quoted words of the page of the PDF
    asker = open_page(viewport={"width": 1440, "height": 900})
    asker.goto(f"{house.address}/")
    asker.keyboard.type(RESTING)
    enter(asker)
    assert asker.locator("#state").inner_text().startswith("Answered from")
    assert "Rest from hills for two weeks." in asker.locator("#quotes").inner_text()
    asker.get_by_role("link", name="Knee pain in runners").first.focus()
    enter(asker)
    assert asker.locator("svg.marks rect").count() > 0
    box = asker.locator("#quote").bounding_box()
    assert box["y"] > 0 and box["y"] + box["height"] < 900

    # and back to the generation before it
    page.goto(f"{house.address}/desk/history")
    page.click("text=Go back to it")
    press(page, "Serve generation 1")
    page.wait_for_selector("[data-ended]")
    asker.goto(f"{house.address}/search?q={RESTING.replace(' ', '+')}")
    assert "Knee pain in runners" not in asker.locator("main").inner_text()

    # the operator looks at what was done, and at what found no answer
    page.goto(f"{house.address}/desk/log")
    actions = page.locator("tbody code").all_inner_texts()
    assert {"library.roll_back", "library.publish", "document.add"} <= set(actions)
    page.goto(f"{house.address}/account")
    press(page, "Sign out")
    page.goto(f"{house.address}/desk/")
    assert page.locator("h1").inner_text() == "Sign in"


def test_without_javascript_on_a_small_phone_in_the_dark_and_in_german(
    open_page: Any, house: House
) -> None:
    house.accounts.add("eve", PASSWORD, "editor")
    small = {"width": 360, "height": 740}
    page = open_page(viewport=small, color_scheme="dark", java_script_enabled=False, locale="de-DE")
    page.goto(f"{house.address}/signin")
    page.fill("#name", "eve")
    page.fill("#password", PASSWORD)
    page.click("main button")
    assert page.locator("h1").inner_text() == "Überblick"
    page.goto(f"{house.address}/desk/add")
    page.fill("#title", "Bienen")
    page.fill("#text", "Bienen schwärmen im Mai, wenn der Stock zu klein geworden ist.")
    page.click("text=Den Text hinzufügen")
    for _ in range(200):
        if page.locator("[data-ended]").count():
            break
        page.wait_for_timeout(100)
        page.click("text=Nachsehen, wie weit er ist")
    assert "Gespeichert und noch nicht zu sehen." in page.locator("main").inner_text()
    page.goto(f"{house.address}/desk/publish")
    for _ in range(200):
        if not page.locator("[data-asking]").count():
            break
        page.wait_for_timeout(100)
        page.reload()
    page.click("text=Diese Änderungen veröffentlichen")
    page.wait_for_timeout(500)
    page.goto(f"{house.address}/")
    page.fill("#q", "Wann schwärmen Bienen?")
    for _ in range(50):
        page.goto(f"{house.address}/search?q=Wann+schw%C3%A4rmen+Bienen%3F")
        if "Bienen" in page.locator("main").inner_text().partition("Wann")[2].partition("?")[2]:
            break
        page.wait_for_timeout(100)
    quote = page.locator(".q, .snippet").first
    assert "Bienen schwärmen im Mai" in quote.inner_text()
    page.locator("main a[href*='/source/']").first.click()
    assert re.search(r"/source/\w+", page.url)
    assert page.locator("mark#quote, mark.hit, article.text").count() > 0
