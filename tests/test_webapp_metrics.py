"""Figures for Prometheus, and the log: what they hold, and above all what they don't."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from corpus.errors import Damaged
from tests.accounts_helpers import Office
from tests.webapp_fake import URGENT, FakeService
from tests.workbench_fake import FakeWorkbench
from webapp.app import create_app
from webapp.logs import JsonLines
from webapp.settings import WebSettings

FAR = {"REMOTE_ADDR": "203.0.113.7"}
SECRET = "swollenknee"


def figures(client) -> dict[tuple[str, ...], float]:
    answered = client.get("/metrics")
    assert answered.status_code == 200
    assert answered.headers["Content-Type"].startswith("text/plain; version=")
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answered.text)
        for sample in family.samples
    }


def test_what_is_counted() -> None:
    client = create_app(FakeService()).test_client()
    client.get("/search?q=taping")
    client.post("/api/v1/ask", json={"q": "chest pain"})
    client.get("/api/v1/ask?q=football")
    client.get("/source/taping")
    client.get("/source/guide?view=text")
    client.get(f"/{SECRET}")
    client.open("/", method="BREW")
    found = figures(client)
    assert found[("patella_requests_total", "GET", "/search", "200")] == 1
    assert found[("patella_requests_total", "POST", "/api/v1/ask", "200")] == 1
    assert found[("patella_requests_total", "GET", "/source/<document_id>", "200")] == 2
    assert found[("patella_requests_total", "GET", "none", "404")] == 1
    assert found[("patella_requests_total", "other", "none", "405")] == 1
    assert found[("patella_request_seconds_count", "/search")] == 1
    assert found[("patella_answers_total", "answered")] == 2
    assert found[("patella_answers_total", "none")] == 1
    assert found[("patella_red_flags_total", "emergency")] == 1
    assert found[("patella_up",)] == 1
    assert found[("patella_generation",)] == 4
    assert found[("patella_documents",)] == 5


def test_they_hold_nothing_that_was_asked() -> None:
    client = create_app(FakeService()).test_client()
    for path in (f"/search?q={SECRET}", f"/{SECRET}", f"/source/{SECRET}", f"/a/{SECRET}"):
        client.get(path)
    assert SECRET not in client.get("/metrics").text


def test_a_library_that_cannot_be_used_is_down() -> None:
    client = create_app(FakeService(error=Damaged("torn"))).test_client()
    assert figures(client)[("patella_up",)] == 0


def test_who_may_read_them() -> None:
    client = create_app(FakeService()).test_client()
    assert client.get("/metrics", environ_base=FAR).status_code == 401
    assert client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.7"}).status_code == 401
    shown = create_app(FakeService(), settings=WebSettings(metrics="open")).test_client()
    assert shown.get("/metrics", environ_base=FAR).status_code == 200
    gone = create_app(FakeService(), settings=WebSettings(metrics="off")).test_client()
    assert gone.get("/metrics").status_code == 404


def test_an_admins_token_and_a_library_for_those_who_sign_in(tmp_path: Path) -> None:
    office = Office(tmp_path)
    closed = WebSettings(search_access="signed-in")
    client = create_app(FakeService(), settings=closed, accounts=office.desk).test_client()
    assert client.get("/metrics").status_code == 200
    for scope, status in (("write", 403), ("admin", 200)):
        token = {"Authorization": f"Bearer {office.token('ada', scope)}"}
        assert client.get("/metrics", headers=token, environ_base=FAR).status_code == status
    assert client.get("/api/v1/ask?q=x").status_code == 401
    assert client.get("/api/v1/openapi.json").json["security"] == [{"token": []}]
    office.accounts.close()


def test_each_token_has_a_limit_of_its_own(tmp_path: Path) -> None:
    office = Office(tmp_path)
    settings = WebSettings(api_limits="1 per minute")
    client = create_app(FakeService(), settings=settings, accounts=office.desk).test_client()
    for token in (office.token("ada", "read"), office.token("eve", "read")):
        for status in (200, 429):
            sent = {"Authorization": f"Bearer {token}"}
            made = client.get("/api/v1/generation", headers=sent, environ_base=FAR)
            assert made.status_code == status
    # made-up tokens are counted together, under their address
    for status in (200, 429):
        sent = {"Authorization": f"Bearer patella_{status}"}
        made = client.get("/api/v1/generation", headers=sent, environ_base=FAR)
        assert made.status_code == status
    office.accounts.close()


# -- the log


class Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonLines())
        self.lines: list[dict] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(json.loads(self.format(record)))


@pytest.fixture
def kept() -> Iterator[Kept]:
    handler, root = Kept(), logging.getLogger()
    requests = logging.getLogger("webapp.requests")
    root.addHandler(handler)
    requests.setLevel(logging.INFO)
    yield handler
    requests.setLevel(logging.NOTSET)
    root.removeHandler(handler)


def test_a_line_for_each_request(kept: Kept) -> None:
    client = create_app(FakeService()).test_client()
    client.get(f"/search?q={SECRET}+chest", headers={"X-Request-ID": "trace-1"})
    client.get(f"/{SECRET}")
    first, second = kept.lines
    assert first.pop("time").endswith("+00:00")
    assert first.pop("ms") >= 0
    assert first == {
        "level": "info",
        "logger": "webapp.requests",
        "message": "request",
        "request_id": "trace-1",
        "method": "GET",
        "route": "/search",
        "status": 200,
        "state": "answered",
        "help": "emergency",
    }
    assert (second["route"], second["status"]) == ("", 404)
    assert SECRET not in json.dumps(kept.lines)


def test_questions_are_written_where_the_operator_says_so(kept: Kept) -> None:
    client = create_app(FakeService(), settings=WebSettings(log_questions=True)).test_client()
    client.get("/search?q=taping&kind=trial")
    client.post("/api/v1/ask", json={"q": "taping at night"})
    first, second = kept.lines
    assert (first["asked"], first["query"]) == ("taping", "q=taping&kind=trial")
    assert second["asked"] == "taping at night"
    assert "query" not in second


def test_an_error_is_named_by_kind_and_place(kept: Kept) -> None:
    client = create_app(FakeService(error=RuntimeError(f"about {SECRET}"))).test_client()
    client.get(f"/search?q={SECRET}", headers={"X-Request-ID": "trace-2"})
    told = next(line for line in kept.lines if line["level"] == "error")
    assert told["request_id"] == "trace-2"
    assert told["message"].startswith("RuntimeError at ")
    try:
        raise ValueError(SECRET)
    except ValueError:
        logging.getLogger("other").exception("It failed.")
    assert kept.lines[-1]["error"] == "ValueError"
    assert kept.lines[-1]["at"].startswith("test_webapp_metrics.py:")
    assert SECRET not in json.dumps(kept.lines)


def test_a_question_that_a_card_answers_is_no_gap() -> None:
    bench = FakeWorkbench()
    assert URGENT.safety and URGENT.safety.quotes
    unanswered = replace(URGENT, state="none", quotes=(), related=())
    bare = replace(unanswered, safety=replace(URGENT.safety, quotes=()))
    for answer in (unanswered, bare):
        client = create_app(FakeService(answer=answer), workbench=bench).test_client()
        client.post("/search", data={"q": "chest pain"})
        client.post("/api/v1/ask", json={"q": "chest pain"})
    states = [call[2] for call in bench.calls if call[0] == "heard"]
    assert states == ["answered", "answered", "none", "none"]
