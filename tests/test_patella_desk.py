"""The editor's whole path over a real library: upload, watch, publish, ask, see the page, go back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from index.embed import SentenceTransformerEncoder
from patella.engine import Engine
from patella.settings import Settings
from patella.workbench import PatellaWorkbench
from patella.writer import Writer
from tests.accounts_helpers import PASSWORD, Office
from tests.browser_helpers import NEEDS_BROWSER, serving
from tests.workbench_helpers import STAIRS, drop, read_in_process
from webapp.app import create_app

pytestmark = NEEDS_BROWSER

LEAFLET = Path(__file__).parent / "files" / "leaflet.pdf"
LOCKED = Path(__file__).parent / "files" / "locked.pdf"
ICE = "how long should I use ice"


@pytest.fixture
def office(
    tmp_path: Path, encoder: SentenceTransformerEncoder, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Office, str]]:
    """Serve a library of one document, reviewed before publishing."""
    read_in_process(monkeypatch)
    settings = Settings(data_dir=tmp_path / "data", publish="review", keep_questions=True)
    engine = Engine(settings, encoder=encoder)
    settings.inbox_dir.mkdir(parents=True)
    drop(engine, "stairs.md", STAIRS)
    writer = Writer(engine)
    writer.index()
    writer.publish()
    workbench, office = PatellaWorkbench(engine), Office(tmp_path)
    workbench.start()
    with serving(create_app(engine, accounts=office.desk, workbench=workbench)) as base:
        yield office, base
    workbench.stop()
    engine.close()
    office.accounts.close()


def ended(page: Any) -> str:
    page.wait_for_url("**/desk/jobs/*")
    page.wait_for_selector("[data-ended]", timeout=90_000)
    return str(page.inner_text("#job"))


def test_from_an_upload_to_its_highlighted_page_and_back(
    office: tuple[Office, str], browser: Any
) -> None:
    accounts, base = office
    page, asker = browser.new_page(), browser.new_page()
    page.goto(f"{base}/desk/add")
    page.fill("#name", "eve")
    page.fill("#password", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url("**/desk/add")

    page.set_input_files("#files", [LEAFLET, LOCKED])
    page.click("text=Add the files")
    report = ended(page)
    assert "1 failed, 1 added" in report
    assert "needs a password" in report
    asker.goto(f"{base}/search?q={ICE}")
    assert "Use ice for ten minutes." not in asker.inner_text("main")

    page.goto(f"{base}/desk/questions")
    page.fill("#text", "Does going down stairs load the knee?")
    page.click("main button:text-is('Save')")
    page.wait_for_selector("tbody")
    page.click("nav.tabs >> text=Publish")
    page.wait_for_selector("[data-asking]", state="detached")
    told = page.inner_text("main")
    assert "Knee pain in runners" in told
    assert "The answer changes for 1 of 1 saved question." in told
    page.click("text=Publish these changes")
    assert "Generation 2 is served now." in ended(page)

    asker.reload()
    assert "Use ice for ten minutes." in asker.inner_text("main")
    asker.click("a[href*='/source/']")
    asker.wait_for_selector(".leaf img, img.leaf, .leaf-scroll img")
    assert asker.locator("mark, .mark, [class*=mark]").count() > 0

    page.click("nav.tabs >> text=History")
    page.click("text=Go back to it")
    page.click("text=Serve generation 1")
    assert "Generation 1 is served now." in ended(page)
    asker.goto(f"{base}/search?q={ICE}")
    assert "Use ice for ten minutes." not in asker.inner_text("main")

    page.goto(f"{base}/desk/library?state=new")
    page.click("tbody th a")
    page.fill("#f-reviewed", "2026-11")
    page.click("text=Save the details")
    ended(page)
    page.goto(f"{base}/desk/library?state=new")
    assert "November 2026" in page.inner_text("tbody")
    actions = [(e.who, e.action) for e in reversed(accounts.desk.log())]
    assert actions == [
        ("eve", "sign-in"), ("eve", "document.add"), ("eve", "question.save"),
        ("eve", "library.publish"), ("eve", "library.roll_back"), ("eve", "document.edit"),
    ]  # fmt: skip
