"""The desk: who may come in, what each form asks of the workbench, what is logged, and live progress."""

from __future__ import annotations

import io
import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from corpus.errors import LibraryError
from tests.accounts_helpers import PASSWORD, Office, csrf, sign_in
from tests.webapp_fake import FakeService
from tests.workbench_fake import FILES, NOTHING, FakeWorkbench
from webapp import streams
from webapp.app import create_app
from webapp.desk.charts import Column, ceiling, columns
from webapp.desk.words import page_list, size_words
from webapp.settings import WebSettings
from webapp.workbench_records import Values

PAGES = (
    "/desk/", "/desk/add", "/desk/jobs", "/desk/jobs/job1", "/desk/jobs/job1/part", "/desk/library",
    "/desk/library/guide", "/desk/publish", "/desk/publish/part", "/desk/history", "/desk/history/3",
    "/desk/questions", "/desk/gaps", "/desk/health",
)  # fmt: skip
FOR_ADMINS = ("/desk/people", "/desk/log", "/desk/gaps/forget", "/desk/library/guide/withdraw")


@dataclass
class Desk:
    """A desk over a made-up workbench."""

    office: Office
    bench: FakeWorkbench
    client: Callable[[], FlaskClient]

    def open(self, name: str = "eve") -> FlaskClient:
        client = self.client()
        assert sign_in(client, name).status_code == 303
        return client

    def logged(self) -> list[tuple[str, str, str]]:
        return [
            (e.who, e.action, e.subject)
            for e in reversed(self.office.desk.log())
            if not e.action.startswith("sign-in")
        ]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    office, bench = Office(tmp_path), FakeWorkbench()
    settings = WebSettings(upload_limit=300_000, streams=1)
    app = create_app(FakeService(), settings=settings, accounts=office.desk, workbench=bench)
    job = bench.begin("add", "eve", "stairs.docx, scan-2019.pdf")
    for file in FILES:
        bench.tell(job.id, "file", file=file)
    bench.calls.clear()
    yield Desk(office, bench, app.test_client)
    office.accounts.close()


def post(client: FlaskClient, path: str, page: str = "/desk/add", **fields):
    return client.post(path, data={"csrf_token": csrf(client.get(page).text)} | fields)


@pytest.mark.parametrize("path", [*PAGES, *FOR_ADMINS])
def test_who_may_see_a_page(desk: Desk, path: str) -> None:
    stranger = desk.client()
    assert stranger.get(path).headers["Location"].startswith("/signin?next=/desk/")
    assert desk.open("rob").get(path).status_code == 403
    assert desk.open("eve").get(path).status_code == (403 if path in FOR_ADMINS else 200)
    page = desk.open("ada").get(path)
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert not re.search(r"<style|\sstyle=|\son\w+=\"", page.text)
    assert "connect-src 'self';" in page.headers["Content-Security-Policy"]
    bearer = {"Authorization": f"Bearer {desk.office.token('eve', 'read')}"}
    assert stranger.get(path, headers=bearer).status_code == 403


def test_every_form_needs_its_token_and_an_editor(desk: Desk) -> None:
    app = desk.client().application
    posts = [
        r
        for r in app.url_map.iter_rules()
        if r.endpoint.startswith("desk.") and "POST" in (r.methods or ())
    ]
    assert len(posts) == 19
    for who, status in (("eve", 403), ("rob", 403)):
        client = desk.open(who)
        for rule in posts:
            path = re.sub(r"<[^>]+>", "1", rule.rule)
            answered = client.post(
                path, data={"url": "https://a.example", "act": "hide", "id": "guide"}
            )
            assert answered.status_code in (status, 404), path
    assert desk.bench.calls == []
    assert desk.logged() == []


def test_adding_files(desk: Desk) -> None:
    client = desk.open()
    sent = {
        "files": [(io.BytesIO(b"one"), "a.md"), (io.BytesIO(b"two"), "mine/b.md")],
        "kind": "guideline", "publisher": "Us", "topics": "taping; running", "replace": "1",
    }  # fmt: skip
    done = post(client, "/desk/add/files", **sent)
    assert (done.status_code, done.headers["Location"]) == (303, "/desk/jobs/job2")
    values = Values(kind="guideline", publisher="Us", topics=("taping", "running"))
    assert desk.bench.calls == [("add", ([("a.md", b"one"), ("b.md", b"two")], values, True))]
    assert desk.logged() == [("eve", "document.add", "a.md, b.md")]
    assert desk.office.desk.log(most=1)[0].detail == "replacing job job2"
    none = post(client, "/desk/add/files")
    assert none.status_code == 400
    assert "No file was chosen." in none.text


def test_files_over_the_limit_are_refused_before_they_are_read(desk: Desk) -> None:
    client = desk.open()
    large = {"files": [(io.BytesIO(b"x" * 400_000), "a.md")]}
    refused = post(client, "/desk/add/files", **large)
    assert refused.status_code == 413
    assert "more than 0 MB" not in refused.text
    assert "300 KB" in refused.text
    stranger = desk.client().post(
        "/desk/add/files", data=large | {"files": [(io.BytesIO(b"x" * 400_000), "a.md")]}
    )
    assert stranger.status_code == 401
    assert desk.bench.calls == []


def test_adding_an_address_or_a_text(desk: Desk) -> None:
    client = desk.open()
    assert post(client, "/desk/add/url", url=" https://clinic.example/a ").status_code == 303
    bad = post(client, "/desk/add/url", url="file:///etc/passwd")
    assert bad.status_code == 400
    assert "That is no web address." in bad.text
    assert 'value="file:///etc/passwd"' in bad.text
    long = "A knee. " * 20_000
    assert post(client, "/desk/add/text", title="Knee", text=long).status_code == 303
    assert desk.bench.calls == [
        ("add_url", "https://clinic.example/a"),
        ("add_text", ("Knee", long)),
    ]
    assert desk.logged() == [
        ("eve", "document.add_url", "https://clinic.example/a"),
        ("eve", "document.add_text", "Knee"),
    ]


def test_a_report_tells_first_what_needs_an_eye(desk: Desk) -> None:
    page = desk.open().get("/desk/jobs/job1").text
    names = re.findall(r'data-path="([^"]+)"', page)
    assert names == [
        "scan-2019.pdf",
        "best-practice.pdf",
        "stairs.docx",
        "taping.md",
        "copy of taping.md",
    ]
    assert "The file is protected by a password.</bdi> Save it without a password" in page
    assert "Without text: page 4–5, 9." in page
    assert "1 failed, 1 read in part, 1 added, 1 changed, 1 there already" in page
    assert 'data-events="/desk/jobs/job1/events" data-after="6"' in page
    assert desk.open().get("/desk/jobs/none").status_code == 404


def events(text: str) -> list[dict]:
    return [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")]


def test_progress_goes_on_from_where_a_browser_was(desk: Desk) -> None:
    client = desk.open()
    threading.Timer(
        0.2, lambda: desk.bench.tell("job1", "progress", step="Reading", done=3, total=9)
    ).start()
    threading.Timer(0.4, lambda: desk.bench.tell("job1", "state", text="ready")).start()
    answered = client.get("/desk/jobs/job1/events", headers={"Last-Event-ID": "5"})
    assert answered.mimetype == "text/event-stream"
    told = events(answered.text)
    assert re.findall(r"^id: (\d+)", answered.text, re.M) == ["6", "7", "8"]
    assert told[0]["path"] == "scan-2019.pdf"
    assert '<li class="file file-failed"' in told[0]["html"]
    assert (told[1]["step"], told[1]["done"], told[1]["total"]) == ("Reading", 3, 9)
    assert (told[2]["kind"], told[2]["text"]) == ("state", "ready")
    assert answered.text.endswith("event: end\ndata: {}\n\n")
    again = client.get("/desk/jobs/job1/events?after=8").text
    assert again == "retry: 1500\n\nevent: end\ndata: {}\n\n"


def test_streams_are_few_and_the_page_is_asked_for_where_none_is_free(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "SECONDS", 0.2)
    client = desk.open()
    with client.get("/desk/jobs/job1/events", buffered=False) as held:
        assert next(iter(held.response)) == b"retry: 1500\n\n"
        busy = client.get("/desk/jobs/job1/events")
        assert (busy.status_code, busy.headers["Retry-After"]) == (503, "10")
        part = client.get("/desk/jobs/job1/part").text
        assert "<html" not in part
        assert 'data-state="queued"' in part
    for _ in range(3):
        # given back when closed, and also when its time is over
        assert client.get("/desk/jobs/job1/events").status_code == 200


def test_the_table_is_found_sorted_and_counted(desk: Desk) -> None:
    client = desk.open()
    page = client.get("/desk/library?q=knee&sort=passages&order=down").text
    assert re.findall(r'name="id" value="(\w+)"', page) == ["guide", "taping", "stairs"]
    assert 'aria-sort="descending"' in page
    assert 'href="/desk/library?q=knee&amp;state=failed&amp;sort=passages&amp;order=down"' in page
    failed = client.get("/desk/library?state=failed").text
    assert "scan-2019.pdf" in failed
    assert 'name="id"' not in failed
    assert "Nothing fits." in client.get("/desk/library?q=zebra").text
    assert client.get("/desk/library?state=x&sort=y&page=z&kind=k").status_code == 200


@pytest.mark.parametrize("act", ["hide", "show", "reindex"])
def test_doing_something_to_documents(desk: Desk, act: str) -> None:
    done = post(desk.open(), "/desk/library", id=["guide", "taping", "guide"], act=act)
    assert done.headers["Location"] == "/desk/jobs/job2"
    assert desk.bench.calls == [(act, ("guide", "taping"))]
    assert desk.logged() == [("eve", f"document.{act}", "guide, taping")]


def test_a_removal_is_asked_about_once_more(desk: Desk) -> None:
    client = desk.open()
    asked = post(client, "/desk/library", id=["guide", "odd"], act="remove")
    assert asked.status_code == 200
    assert "Remove 2 documents?" in asked.text
    assert desk.bench.calls == []
    assert (
        post(client, "/desk/library", id=["guide", "odd"], act="remove", sure="1").status_code
        == 303
    )
    assert desk.bench.calls == [("remove", ("guide", "odd"))]
    assert post(client, "/desk/library", act="hide").status_code == 400
    assert post(client, "/desk/library", id=["guide"], act="burn").status_code == 400
    assert post(client, "/desk/library/look-again").status_code == 303
    assert desk.bench.calls[-1] == ("reindex", ())


def test_only_details_that_were_changed_are_set(desk: Desk) -> None:
    client = desk.open()
    page = client.get("/desk/library/guide").text
    form = dict(re.findall(r'<input id="f-\w+" name="(\w+)" value="([^"]*)"', page))
    assert form["authors"] == "A. Lindqvist; B. Okafor"
    same = post(client, "/desk/library/guide", kind="guideline", **form)
    assert same.headers["Location"] == "/desk/library/guide"
    assert desk.bench.calls == []
    form |= {"reviewed": "2026-11", "publisher": "", "topics": "exercise; pain"}
    assert post(client, "/desk/library/guide", kind="guideline", **form).status_code == 303
    changed = Values(reviewed="2026-11", publisher="", topics=("exercise", "pain"))
    assert desk.bench.calls == [("edit", changed)]
    assert desk.office.desk.log(most=1)[0].detail == (
        "Topics: exercise, pain; Publisher: taken back; Reviewed: 2026-11 job job2"
    )
    file = {"file": (io.BytesIO(b"%PDF"), "new.pdf")}
    assert post(client, "/desk/library/guide/replace", **file).status_code == 303
    assert desk.bench.calls[-1] == ("replace", ("new.pdf", b"%PDF"))
    assert client.get("/desk/library/nope").status_code == 404


def test_publishing_what_was_looked_at(desk: Desk) -> None:
    client = desk.open()
    page = client.get("/desk/publish").text
    assert "The answer changes for 2 of 7 saved questions." in page
    assert "Not as saved" in page
    assert "The relief lasts for some weeks." in page
    stale = post(client, "/desk/publish", digest="old")
    assert stale.status_code == 409
    assert "Something changed since you looked." in stale.text
    assert post(client, "/desk/publish", digest="f" * 64).headers["Location"] == "/desk/jobs/job2"
    assert desk.logged() == [("eve", "library.publish", "what is stored")]
    desk.bench.shown = NOTHING
    assert "All that is stored is published." in client.get("/desk/publish").text
    desk.bench.shown = replace(desk.bench.shown, added=NOTHING.added)
    desk.bench.error = LibraryError("The disk is full.", hint="Free some space.")
    assert post(client, "/desk/publish", digest="e" * 64).status_code == 503


def test_saved_questions_still_being_asked(desk: Desk) -> None:
    desk.bench.shown = replace(desk.bench.shown, answers=None)
    client = desk.open()
    assert 'data-again="/desk/publish/part"' in client.get("/desk/publish").text
    assert "data-asking" in client.get("/desk/publish/part").text
    desk.bench.saved = []
    assert "No questions are saved." in client.get("/desk/publish").text


def test_a_second_person_approves(desk: Desk) -> None:
    desk.bench.second_approval = True
    eve, ada = desk.open("eve"), desk.open("ada")
    assert "Ask for approval" in eve.get("/desk/publish").text
    post(eve, "/desk/publish", digest="f" * 64)
    assert "You cannot approve what you asked for." in eve.get("/desk/publish").text
    assert post(eve, "/desk/publish/job2/approve").status_code == 403
    assert "Approve and publish" in ada.get("/desk/publish").text
    assert post(ada, "/desk/publish/job2/approve").status_code == 303
    assert ("approve", "job2") in desk.bench.calls
    assert desk.logged()[-1] == ("ada", "library.approve", "job job2")
    assert post(ada, "/desk/jobs/job2/cancel").status_code == 303
    assert post(ada, "/desk/jobs/job2/cancel").status_code == 409


def test_going_back_to_a_generation(desk: Desk) -> None:
    client = desk.open()
    page = client.get("/desk/history").text
    assert 'href="/desk/history/3"' in page
    assert 'href="/desk/history/1"' not in page
    assert "Generation 4 is served now" in client.get("/desk/history/3").text
    assert client.get("/desk/history/9").status_code == 404
    done = client.post(
        "/desk/history/3", data={"csrf_token": csrf(client.get("/desk/history/3").text)}
    )
    assert done.headers["Location"] == "/desk/jobs/job2"
    assert desk.bench.calls == [("roll_back", 3)]
    assert desk.logged() == [("eve", "library.roll_back", "generation 3")]


def test_questions_and_gaps(desk: Desk) -> None:
    client = desk.open()
    gap = "Can I ride a bike with runner’s knee?"
    assert gap in client.get("/desk/gaps").text
    saved = post(client, "/desk/questions", text=gap, back="gaps")
    assert saved.headers["Location"] == "/desk/gaps?saved=3"
    assert gap in client.get("/desk/questions").text
    assert post(client, "/desk/questions", text=" ").status_code == 400
    assert post(client, "/desk/questions/3/delete").status_code == 303
    assert post(client, "/desk/questions/33/delete").status_code == 404
    assert [a[1] for a in desk.logged()] == ["question.save", "question.delete"]
    ada = desk.open("ada")
    assert post(ada, "/desk/gaps/forget", "/desk/gaps/forget").status_code == 303
    assert desk.bench.calls == [("forget", "ada")]
    desk.bench.keeps_questions = False
    assert "Questions are not kept." in client.get("/desk/gaps").text


def test_health_in_numbers_and_pictures(desk: Desk) -> None:
    page = desk.open().get("/desk/health").text
    assert "41 ms" in page
    assert "22 November 2026" in page
    assert page.count("<svg") == 3
    assert 'aria-label="667 questions in 30 days, day by day"' in page
    assert "240 MB" in page
    desk.bench.keeps_questions = False
    assert desk.open().get("/desk/health").text.count("<svg") == 1


def test_a_chart_is_drawn_to_scale() -> None:
    drawn = columns([Column("<a>", (("took", 3), ("none", 1)), "four")], label="one & two")
    assert 'aria-label="one &amp; two"' in drawn
    assert '<text class="below" x="337.0" y="184">&lt;a&gt;</text>' in drawn
    assert re.findall(
        r'<rect class="(\w+)" x="[\d.]+" y="([\d.]+)" width="[\d.]+" height="([\d.]+)"', drawn
    ) == [
        ("took", "48.5", "109.5"),
        ("none", "12.0", "36.5"),
    ]
    assert [ceiling(n) for n in (0, 1, 4, 5, 9, 38, 430, 1000)] == [4, 4, 4, 8, 20, 40, 800, 2000]
    assert [size_words(n) for n in (1, 999, 18_400_000, 81_000_000_000)] == [
        "1 byte", "999 bytes", "18.4 MB", "81 GB",
    ]  # fmt: skip
    assert page_list([1, 2, 3, 7, 9, 10]) == "1–3, 7, 9–10"


def test_people(desk: Desk) -> None:
    ada = desk.open("ada")
    made = post(ada, "/desk/people", "/desk/people", name="zoe", role="editor")
    link = re.search(r'value="http://localhost(/welcome\?code=[\w-]+)"', made.text)
    assert link
    newcomer = desk.client()
    page = newcomer.get(link.group(1)).text
    form = {"csrf_token": csrf(page), "code": link.group(1)[-19:], "password": PASSWORD}
    assert newcomer.post("/welcome", data=form | {"again": PASSWORD}).status_code == 303
    assert newcomer.get("/desk/").status_code == 200
    assert post(ada, "/desk/people/zoe/role", "/desk/people", role="reader").status_code == 303
    assert newcomer.get("/desk/").status_code == 403
    assert post(ada, "/desk/people/zoe/active", "/desk/people", active="no").status_code == 303
    assert newcomer.get("/desk/").status_code == 303
    assert post(ada, "/desk/people/zoe/link", "/desk/people").status_code == 400
    assert post(ada, "/desk/people/ada/role", "/desk/people", role="reader").status_code == 400
    assert post(ada, "/desk/people", "/desk/people", name="zoe", role="king").status_code == 400
    assert [a[1:] for a in desk.logged()] == [
        ("account.add", "zoe"), ("account.password", "zoe"), ("account.role", "zoe"),
        ("account.disable", "zoe"),
    ]  # fmt: skip
    log = ada.get("/desk/log?action=account&who=ada").text
    assert 'name="who" value="ada"' in log
    assert "account.disable" in log
    assert "sign-in" not in re.sub(r"<select.*?</select>", "", log, flags=re.S)
