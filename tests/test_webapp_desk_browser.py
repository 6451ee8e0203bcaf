"""The desk in a real browser: accessibility of every page, files followed live, no JavaScript."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from corpus.jobs import Job
from tests.accounts_helpers import PASSWORD, Office
from tests.browser_helpers import NEEDS_BROWSER, serving
from tests.test_webapp_axe import ALL, BARE, CONTRAST, KEYED, MOVING, REACHABLE, RUN, WIDER
from tests.webapp_fake import FakeService
from tests.workbench_fake import AT, FILES, FakeWorkbench
from webapp.app import create_app
from webapp.settings import WebSettings

pytestmark = NEEDS_BROWSER

PAGES = (
    "/signin", "/welcome", "/account", "/desk/", "/desk/add", "/desk/jobs", "/desk/jobs/job1",
    "/desk/jobs/job2", "/desk/jobs/job3", "/desk/library", "/desk/library?state=failed",
    "/desk/library/guide", "/desk/publish", "/desk/history", "/desk/history/3", "/desk/questions",
    "/desk/gaps", "/desk/gaps/forget", "/desk/health", "/desk/people", "/desk/log",
)  # fmt: skip


@dataclass
class Site:
    """A desk that is served, with its workbench."""

    base: str
    bench: FakeWorkbench
    browser: Any

    def enter(self, name: str = "ada", **options: Any) -> Any:
        """Sign in, in a browser of its own."""
        page = self.browser.new_context(**({"reduced_motion": "reduce"} | options)).new_page()
        page.goto(f"{self.base}/signin")
        page.fill("#name", name)
        page.fill("#password", PASSWORD)
        page.click("main button[type=submit]")
        assert page.url == f"{self.base}/desk/"
        return page


@pytest.fixture(scope="module")
def site(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    office, bench = Office(tmp_path_factory.mktemp("desk")), FakeWorkbench()
    done = bench.begin("add", "eve", "stairs.docx, taping.md")
    for file in FILES:
        bench.tell(done.id, "file", file=file)
    bench.tell(done.id, "state", text="ready")
    going = bench.begin("add", "eve", "guides.zip")
    bench.tell(going.id, "state", text="running")
    bench.tell(going.id, "progress", step="Reading", done=12, total=40)
    failed = bench.begin("add_url", "ada", "https://clinic.example/leaflet")
    bench.tell(failed.id, "state", text="failed")
    why = {"reason": "There is no such page (404).", "hint": "Check the address."}
    bench.held[failed.id] = replace(bench.held[failed.id], ended=AT, **why)
    settings = WebSettings(streams=2)
    app = create_app(FakeService(), settings=settings, accounts=office.desk, workbench=bench)
    with serving(app) as base:
        yield Site(base, bench, browser)
    office.accounts.close()


@pytest.fixture(scope="module")
def page(site: Site) -> Any:
    return site.enter(viewport={"width": 1280, "height": 900})


@pytest.fixture(scope="module")
def axe() -> str:
    import axe_playwright_python

    script = Path(axe_playwright_python.__file__).with_name("axe.min.js")
    return script.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_accessible(site: Site, page: Any, axe: str, path: str) -> None:
    page.goto(site.base + path, wait_until="domcontentloaded")
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    page.evaluate(axe)
    assert page.evaluate(RUN, ALL) == []
    assert page.evaluate(MOVING) == []
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(RUN, CONTRAST)
    page.emulate_media(color_scheme="light", forced_colors="active")
    # the browser draws ticks and file fields by itself, with an edge
    drawn = ('type="checkbox"', 'type="file"')
    bare = [one for one in page.evaluate(BARE) if not any(kind in one for kind in drawn)]
    page.emulate_media(forced_colors="none")
    page.set_viewport_size({"width": 320, "height": 640})
    beyond, what = page.evaluate(WIDER)
    page.set_viewport_size({"width": 1280, "height": 900})
    assert (dark, bare) == ([], [])
    assert beyond <= 0, what


@pytest.mark.parametrize("path", ["/desk/library", "/desk/publish", "/desk/people"])
def test_the_keyboard_reaches_everything(site: Site, page: Any, path: str) -> None:
    page.goto(site.base + path)
    wanted = page.evaluate(REACHABLE)
    reached = []
    for _ in range(wanted + 2):
        page.keyboard.press("Tab")
        if (found := page.evaluate(KEYED)) is None:
            break
        reached.append(found)
    assert [one["html"] for one in reached if not (one["ring"] and one["seen"])] == []
    assert len(reached) >= wanted


def newest(site: Site) -> Job:
    return list(site.bench.held.values())[-1]


def test_files_are_chosen_sent_and_followed_live(site: Site, page: Any) -> None:
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(f"{site.base}/desk/add")
    files = [
        {"name": name, "mimeType": "text/markdown", "buffer": b"# Knee"}
        for name in ("a.md", "b.md")
    ]
    page.set_input_files("#files", files)
    assert page.inner_text(".drop ul") == "a.md, 6 bytes\nb.md, 6 bytes"
    page.click("text=Add the files")
    page.wait_for_url("**/desk/jobs/*")
    job = newest(site)
    assert [name for name, _ in site.bench.calls[-1][1][0]] == ["a.md", "b.md"]
    site.bench.tell(job.id, "state", text="running")
    page.wait_for_selector(".chip.job-running")
    site.bench.tell(job.id, "progress", step="Embedding", done=3, total=7)
    page.wait_for_selector("[data-bar][value='3']")
    assert page.inner_text("[data-count]") == "3 of 7"
    assert page.inner_text("[data-step]") == "Embedding"
    site.bench.tell(job.id, "file", file=FILES[0])
    page.wait_for_selector(".file-added")
    site.bench.tell(job.id, "file", file=FILES[4])
    page.wait_for_selector(".file-failed")
    site.bench.tell(job.id, "state", text="ready")
    page.wait_for_selector("[data-ended]")
    assert page.inner_text("#job-says") == "Done, not published yet"
    assert page.locator(".file").count() == 2
    assert faults == []


def test_an_answer_to_files_that_says_nothing_is_told_by_its_status(site: Site, page: Any) -> None:
    page.goto(f"{site.base}/desk/add")
    page.set_input_files(
        "#files", [{"name": "a.md", "mimeType": "text/markdown", "buffer": b"# Knee"}]
    )
    page.route("**/desk/add/files", lambda route: route.fulfill(status=502, body="<h1>Oh</h1>"))
    page.click("text=Add the files")
    page.wait_for_selector(".alert", timeout=5_000)
    assert page.inner_text(".alert") == "The server answered 502."
    page.unroute("**/desk/add/files")


def test_where_no_stream_is_free_the_page_asks_now_and_then(site: Site, page: Any) -> None:
    job = site.bench.begin("add_url", "ada", "https://clinic.example/b")
    page.route("**/events*", lambda route: route.fulfill(status=503, body="busy"))
    page.goto(f"{site.base}/desk/jobs/{job.id}")
    site.bench.tell(job.id, "state", text="published")
    page.wait_for_selector("[data-ended]", timeout=10_000)
    page.unroute("**/events*")


def test_the_table_counts_what_is_chosen(site: Site, page: Any) -> None:
    page.goto(f"{site.base}/desk/library")
    page.check("thead input")
    assert page.inner_text("[data-chosen]") == "With the 5 chosen:"
    page.uncheck("input[value=guide]")
    assert page.inner_text("[data-chosen]") == "With the 4 chosen:"


def test_the_whole_path_without_javascript(site: Site) -> None:
    page = site.enter("eve", java_script_enabled=False, viewport={"width": 360, "height": 740})
    page.goto(f"{site.base}/desk/add")
    page.set_input_files("#files", {"name": "c.md", "mimeType": "text/plain", "buffer": b"# C"})
    page.click("text=Add the files")
    job = newest(site)
    assert page.url == f"{site.base}/desk/jobs/{job.id}"
    site.bench.tell(job.id, "state", text="ready")
    page.click("text=See how far it is")
    page.click("text=Review and publish")
    page.click("text=Publish these changes")
    assert newest(site).kind == "publish"
    page.click("nav.tabs >> text=History")
    page.click("text=Go back to it")
    page.click("text=Serve generation 3")
    assert (newest(site).kind, newest(site).by) == ("roll_back", "eve")
    page.click("nav.tabs >> text=Library")
    page.check("input[value=odd]")
    page.click("text=Remove…")
    page.click("text=Remove it")
    assert site.bench.calls[-1] == ("remove", ("odd",))
    page.goto(f"{site.base}/account")
    page.click("main >> button:text-is('Sign out')")
    page.goto(f"{site.base}/desk/")
    assert page.url.startswith(f"{site.base}/signin")
    page.context.close()
