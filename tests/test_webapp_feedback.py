"""Whether an answer helped: one form, by post, kept by the workbench, from this site's pages alone."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.browser_helpers import NEEDS_BROWSER, Visitor, serving
from tests.webapp_fake import FakeService
from tests.workbench_fake import FakeWorkbench
from webapp.app import create_app
from webapp.settings import WebSettings

FORM = {"q": "taping", "state": "answered", "kind": "guideline"}


@pytest.fixture
def bench() -> FakeWorkbench:
    return FakeWorkbench()


@pytest.fixture
def client(bench: FakeWorkbench) -> FlaskClient:
    return create_app(FakeService(), workbench=bench).test_client()


def told(bench: FakeWorkbench) -> list[object]:
    return [call[1] for call in bench.calls if call[0] == "feedback"]


def test_yes_is_kept_and_thanked_for(client: FlaskClient, bench: FakeWorkbench) -> None:
    page = client.post("/feedback", data=FORM | {"helpful": "yes", "comment": "not sent with yes"})
    assert page.status_code == 200
    assert told(bench) == [("taping", True, "answered", "")]
    assert "Good to know that this helped." in page.text
    assert 'href="/search?q=taping&amp;kind=guideline">Back to the answer</a>' in page.text


def test_no_carries_a_reason_and_own_words(client: FlaskClient, bench: FakeWorkbench) -> None:
    said = {"helpful": "no", "reason": "unclear", "comment": "what is\x00 \n patellar?" + "x" * 600}
    assert client.post("/feedback", data=FORM | said).status_code == 200
    [(question, helpful, state, reason)] = told(bench)
    assert (question, helpful, state) == ("taping", False, "answered")
    assert reason.startswith("unclear: what is patellar?xxx")
    assert len(reason) == len("unclear: ") + 500
    client.post("/feedback", data=FORM | {"helpful": "no", "reason": "<script>"})
    assert told(bench)[1] == ("taping", False, "answered", "")


@pytest.mark.parametrize("wrong", [{"helpful": "maybe"}, {"state": "sure", "helpful": "yes"}, {}])
def test_what_says_nothing_is_400(
    client: FlaskClient, bench: FakeWorkbench, wrong: dict[str, str]
) -> None:
    assert client.post("/feedback", data=FORM | wrong).status_code == 400
    assert client.post("/feedback", data={"helpful": "yes", "state": "none"}).status_code == 400
    assert told(bench) == []


def test_another_site_cannot_tell(client: FlaskClient, bench: FakeWorkbench) -> None:
    form = FORM | {"helpful": "yes"}
    for header in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}):
        assert client.post("/feedback", data=form, headers=header).status_code == 403
    assert told(bench) == []
    assert client.get("/feedback").status_code == 405


def test_one_address_cannot_tell_for_ever(client: FlaskClient, bench: FakeWorkbench) -> None:
    form = FORM | {"helpful": "yes"}
    answers = [client.post("/feedback", data=form).status_code for _ in range(61)]
    assert answers == [200] * 60 + [429]


def test_the_page_says_what_is_kept(client: FlaskClient, bench: FakeWorkbench) -> None:
    page = client.get("/search?q=taping").text
    assert "Did this help?" in page
    bench.keeps_questions = True
    assert "are kept on this server for its editors" in client.get("/search?q=taping").text
    assert "has chosen to keep questions" in client.get("/about").text
    bench.keeps_questions = False
    assert "Neither your question nor your words are kept." in client.get("/search?q=taping").text
    assert "Questions are not stored" in client.get("/about").text


def test_a_private_answer_leads_nowhere_by_address(client: FlaskClient) -> None:
    form = FORM | {"helpful": "no", "private": "1"}
    assert "Back to the answer" not in client.post("/feedback", data=form).text


def test_without_a_workbench_nothing_is_asked() -> None:
    client = create_app(FakeService()).test_client()
    assert "Did this help?" not in client.get("/search?q=taping").text
    assert client.post("/feedback", data=FORM | {"helpful": "yes"}).status_code == 404


class TestInTheBrowser:
    pytestmark = NEEDS_BROWSER

    def test_thanks_take_the_place_of_the_form(self, browser: Any) -> None:
        bench = FakeWorkbench()
        with serving(create_app(FakeService(), workbench=bench)) as base:
            visit = Visitor(browser, base)
            page = visit("/search?q=taping")
            page.click(".helpful summary")
            page.check("#reason-missing")
            page.fill("#comment", "for children?")
            page.click("text=Send")
            page.wait_for_selector(".swapped:focus")
            assert "Thank you for telling." in page.text_content(".swapped")
            assert page.url.endswith("/search?q=taping")
            plain = visit("/search?q=tapping", java_script_enabled=False)
            plain.click("text=Yes")
            assert plain.text_content("h1") == "Thank you"
            plain.click("text=Back to the answer")
            assert plain.url.endswith("/search?q=tapping")
            visit.close()
        assert told(bench) == [
            ("taping", False, "answered", "missing: for children?"),
            ("tapping", True, "related", ""),
        ]


def test_the_page_says_that_questions_are_logged_where_they_are() -> None:
    for logged in (False, True):
        settings = WebSettings(log_questions=logged)
        page = create_app(FakeService(), settings=settings).test_client().get("/about").text
        assert ("has chosen to write questions into its log" in page) is logged
        assert ("not stored and not written to any log" in page) is not logged
