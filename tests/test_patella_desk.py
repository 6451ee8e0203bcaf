"""The desk's pages over the real workbench and engine: one editor's whole path, without a browser."""

from __future__ import annotations

import html
import io
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from patella import jobs as jobs_module
from patella.workbench import PatellaWorkbench
from tests.accounts_helpers import Office, csrf, sign_in
from tests.workbench_helpers import BEES, SITTING, STAIRS, make_engine, read_in_process
from webapp.app import create_app
from webapp.settings import WebSettings

QUESTION = "Does going down stairs load the knee more than going up?"


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskClient]:
    read_in_process(monkeypatch)
    monkeypatch.setattr(jobs_module, "POLL_SECONDS", 0.05)
    engine = make_engine(tmp_path / "data", publish="review", keep_questions=True)
    office, bench = Office(tmp_path), PatellaWorkbench(engine)
    bench.start()
    app = create_app(engine, settings=WebSettings(), accounts=office.desk, workbench=bench)
    opened = app.test_client()
    sign_in(opened, "ada")
    yield opened
    bench.stop()
    engine.close()
    office.accounts.close()


def post(client: FlaskClient, path: str, page: str, **fields) -> TestResponse:
    return client.post(path, data={"csrf_token": csrf(client.get(page).text)} | fields)


def report(client: FlaskClient, sent: TestResponse) -> str:
    """Follow a job to its end; return its page in plain words."""
    assert sent.status_code == 303, sent.text
    end = time.monotonic() + 20
    while time.monotonic() < end:
        page = client.get(sent.headers["Location"]).text
        state = client.get(f"{sent.headers['Location']}/events", buffered=True).text
        if re.search(r"published|ready|failed|cancelled", state):
            return words(client.get(sent.headers["Location"]).text)
        time.sleep(0.05)
    raise AssertionError(page)


def words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def publish(client: FlaskClient) -> str:
    end = time.monotonic() + 20
    while "data-asking" in (page := client.get("/desk/publish/part").text):
        assert time.monotonic() < end
        time.sleep(0.05)
    found = re.search(r'name="digest" value="([0-9a-f]{64})"', page)
    assert found, page
    report(client, post(client, "/desk/publish", "/desk/publish", digest=found.group(1)))
    return words(page)


def test_an_editor_takes_a_library_through_its_life(client: FlaskClient) -> None:
    files = [(io.BytesIO(STAIRS.encode()), "stairs.md"), (io.BytesIO(BEES.encode()), "bees.md")]
    told = report(client, post(client, "/desk/add/files", "/desk/add", files=files))
    assert "stairs.md" in told
    publish(client)
    assert client.post("/search", data={"q": QUESTION}).status_code == 200

    post(client, "/desk/questions", "/desk/questions", text=QUESTION)
    assert QUESTION in words(client.get("/desk/questions").text)

    edit = {"title": "Down stairs", "kind": "guideline", "reviewed": "2026-11"}
    report(client, post(client, "/desk/library/stairs", "/desk/library/stairs", **edit))
    text = {"title": "Sitting", "text": SITTING}
    report(client, post(client, "/desk/add/text", "/desk/add", **text))
    chosen = {"id": "bees", "act": "hide"}
    report(client, post(client, "/desk/library", "/desk/library", **chosen))
    difference = publish(client)
    for title in ("Sitting", "Down stairs", "Bees"):
        assert title in difference
    library = words(client.get("/library").text)
    assert ("Down stairs" in library, "Sitting" in library, "Bees" in library) == (
        True,
        True,
        False,
    )

    client.post("/search", data={"q": "how deep is the sea"})
    gaps = words(client.get("/desk/gaps").text)
    assert "how deep is the sea" in gaps

    back = report(client, post(client, "/desk/history/1", "/desk/history/1"))
    assert "Generation 1" in back
    assert "Bees" in words(client.get("/library").text)
    history = words(client.get("/desk/history").text)
    assert history.count("ada") >= 3

    for page in ("", "/library", "/jobs", "/publish", "/history", "/questions", "/health", "/gaps"):
        assert client.get(f"/desk{page}", follow_redirects=True).status_code == 200, page
    post(client, "/desk/gaps/forget", "/desk/gaps/forget")
    assert "how deep is the sea" not in words(client.get("/desk/gaps").text)
