"""The writing API over the real workbench, engine and accounts: a program's whole path, by its token."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator
from typing import Any

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


class Program:
    """A client with a token."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self.client, self.head = client, {"Authorization": f"Bearer {token}"}

    def __call__(self, method: str, path: str, **sent: Any) -> TestResponse:
        headers = self.head | sent.pop("headers", {})
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, **sent)

    def done(self, begun: TestResponse) -> dict[str, Any]:
        """Follow a job to its end by its events; return it."""
        assert begun.status_code == 202, begun.text
        path = f"/jobs/{begun.json['id']}"
        assert begun.headers["Location"] == f"/api/v1{path}"
        told = self("GET", f"{path}/events", headers={"Accept": "text/event-stream"}, buffered=True)
        assert told.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        assert told.text.endswith("event: end\ndata: {}\n\n")
        job: dict[str, Any] = self("GET", path).json
        assert job["over"]
        return job

    def add(self, *files: tuple[str, str], key: str = "", **fields: str) -> TestResponse:
        sent = [(io.BytesIO(text.encode()), name) for name, text in files]
        headers = {"Idempotency-Key": key} if key else {}
        return self("POST", "/documents", data={"files": sent, **fields}, headers=headers)


@pytest.fixture(scope="module")
def patched() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        read_in_process(patch)
        patch.setattr(jobs_module, "POLL_SECONDS", 0.05)
        yield


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, patched: None) -> Iterator[Any]:
    root = tmp_path_factory.mktemp("api")
    engine = make_engine(root / "data", publish="review", keep_questions=True)
    office, bench = Office(root), PatellaWorkbench(engine)
    bench.start()
    app = create_app(engine, settings=WebSettings(), accounts=office.desk, workbench=bench)
    small = WebSettings(upload_limit=100_000)
    smaller = create_app(engine, settings=small, accounts=office.desk, workbench=bench)
    yield app, office, smaller
    bench.stop()
    engine.close()
    office.accounts.close()


@pytest.fixture
def client(library: Any) -> FlaskClient:
    return library[0].test_client()


@pytest.fixture
def eve(library: Any, client: FlaskClient) -> Program:
    return Program(client, library[1].token("eve", "write"))


def test_adding_looking_publishing_asking_rolling_back(eve: Program, client: FlaskClient) -> None:
    job = eve.done(eve.add(("stairs.md", STAIRS), ("sitting.md", SITTING), publisher="Clinic"))
    assert (job["kind"], job["state"], job["by"]) == ("add", "ready", "eve")
    assert job["counts"] == {"added": 2}
    assert [file["document"] for file in job["files"]] == ["sitting", "stairs"]
    assert client.get("/api/v1/generation").status_code == 503

    rows = eve("GET", "/library?state=new").json
    assert {row["id"] for row in rows["rows"]} == {"stairs", "sitting"}
    assert rows["states"]["new"] == 2
    assert rows["rows"][0]["publisher"] == "Clinic"

    difference = eve("GET", "/difference").json
    assert [one["id"] for one in difference["added"]] == ["sitting", "stairs"]
    outdated = eve("POST", "/generations", json={"digest": "another"})
    assert (outdated.status_code, outdated.json["type"]) == (409, "/api#outdated")
    job = eve.done(eve("POST", "/generations", json={"digest": difference["digest"]}))
    assert (job["state"], job["generation"]) == ("published", 1)
    assert eve("GET", "/difference").json["empty"]
    again = eve("POST", "/generations", json={})
    assert (again.status_code, again.json["type"]) == (409, "/api#conflict")

    answer = client.post("/api/v1/ask", json={"q": QUESTION}).json
    assert _search(client, "stairs")[0]["document"]["id"] == "stairs"
    assert answer["generation"] == 1

    eve.done(eve("POST", "/texts", json={"title": "Bees", "text": BEES, "topics": ["bees"]}))
    eve.done(eve("PUT", "/documents/sitting/hidden"))
    eve.done(eve("DELETE", "/documents/stairs"))
    difference = eve("GET", "/difference").json
    assert [one["id"] for one in difference["added"]] == ["bees"]
    assert [(one["id"], one["hidden"]) for one in difference["removed"]] == [
        ("sitting", True),
        ("stairs", False),
    ]
    assert eve.done(eve("POST", "/generations", json={}))["generation"] == 2
    assert _documents(client) == ["bees"]

    kept = eve("GET", "/generations").json["generations"]
    assert [(one["number"], one["served"]) for one in kept] == [(2, True), (1, False)]
    job = eve.done(eve("POST", "/generations/1/serve"))
    assert job["kind"] == "roll_back"
    assert _documents(client) == ["sitting", "stairs"]
    assert eve("POST", "/generations/9/serve").status_code == 404
    moves = eve("GET", "/history?per_page=3").json["moves"]
    assert (moves[0]["action"], moves[0]["by"]) == ("roll_back", "eve")


def _search(client: FlaskClient, question: str) -> list[Any]:
    return client.post("/api/v1/search", json={"q": question}).json["hits"]


def _documents(client: FlaskClient) -> list[str]:
    end = time.monotonic() + 5
    while True:
        found = sorted(one["id"] for one in client.get("/api/v1/documents").json["documents"])
        if found or time.monotonic() > end:
            return found


def test_the_same_key_is_the_same_job(eve: Program) -> None:
    first = eve.add(("twice.md", "# Twice\n\nA text that is sent twice.\n"), key="k-1")
    second = eve.add(("twice.md", "# Twice\n\nA text that is sent twice.\n"), key="k-1")
    assert (first.status_code, second.json["id"]) == (202, first.json["id"])
    other = eve.add(("other.md", "# Other\n\nAnother text.\n"), key="k-1")
    assert (other.status_code, other.json["type"]) == (409, "/api#conflict")
    eve.done(first)
    unfit = eve.add(("x.md", "x"), key="é")
    assert unfit.status_code == 400


def test_replacing_and_editing(eve: Program) -> None:
    eve.done(eve.add(("gait.md", "# Gait\n\nShort steps spare the knee.\n")))
    new = (io.BytesIO(b"# Gait\n\nShort quick steps spare the knee.\n"), "new.md")
    job = eve.done(eve("PUT", "/documents/gait/original", data={"file": new}))
    assert [(file["document"], file["state"]) for file in job["files"]] == [("gait", "changed")]
    eve.done(
        eve("PATCH", "/documents/gait", json={"kind": "guideline", "topics": ["gait", "steps"]})
    )
    row = next(r for r in eve("GET", "/library?q=gait").json["rows"] if r["id"] == "gait")
    assert (row["kind"], row["topics"]) == ("guideline", ["gait", "steps"])
    assert eve("PATCH", "/documents/nope", json={"title": "x"}).status_code == 404
    unfit = eve("PATCH", "/documents/gait", json={"titel": "x", "reviewed": "soon"})
    assert [fault["where"] for fault in unfit.json["errors"]] == ["reviewed", "titel"]
    assert eve("PUT", "/documents/gait/original", data={"file": "text"}).status_code == 400


def test_events_without_a_stream_and_cancelling(eve: Program) -> None:
    job = eve.done(eve("POST", "/reindex", json={}))
    told = eve("GET", f"/jobs/{job['id']}/events").json
    assert told["over"]
    assert [event["number"] for event in told["events"]] == list(range(1, len(told["events"]) + 1))
    last = told["events"][-1]["number"]
    assert eve("GET", f"/jobs/{job['id']}/events?after={last}").json["events"] == []
    assert eve("POST", f"/jobs/{job['id']}/cancel").status_code == 409
    assert eve("GET", "/jobs/nope").status_code == 404
    listed = eve("GET", "/jobs?per_page=1").json
    assert [one["id"] for one in listed["jobs"]] == [job["id"]]
    assert listed["next"] == "/api/v1/jobs?per_page=1&page=2"


def test_saved_questions_feedback_gaps_and_evaluation(eve: Program, library: Any) -> None:
    eve.done(eve.add(("stairs.md", STAIRS)))
    published = eve("POST", "/generations", json={})
    if published.status_code != 409:  # served already
        eve.done(published)
    made = eve("POST", "/questions", json={"text": QUESTION})
    assert made.status_code == 201
    assert eve("GET", "/questions").json["questions"][0]["text"] == QUESTION
    told = eve("POST", "/evaluate", json={}).json
    assert (told["asked"], told["as_expected"]) == (1, 1.0)
    told = eve(
        "POST",
        "/evaluate",
        json={
            "questions": [
                {"q": "stairs load the knee", "document": "stairs"},
                {"q": "sitting with a bent knee", "document": "nope"},
            ]
        },
    ).json
    assert [one["rank"] for one in told["questions"]] == [1, None]
    assert (told["success_at_1"], told["reciprocal_rank_at_10"]) == (0.5, 0.5)
    assert eve("DELETE", f"/questions/{made.json['id']}").status_code == 204
    assert eve("DELETE", f"/questions/{made.json['id']}").status_code == 404

    open_client = library[0].test_client()
    said = {"question": "Do bees sting?", "helpful": False, "state": "none", "reason": "Nothing."}
    assert open_client.post("/api/v1/feedback", json=said).status_code == 204
    cross = {"Origin": "https://evil.example"}
    assert open_client.post("/api/v1/feedback", json=said, headers=cross).status_code == 403
    gaps = eve("GET", "/gaps").json
    assert gaps["keeps_questions"]
    assert "Do bees sting?" in [gap["text"] for gap in gaps["gaps"]]
    assert eve("DELETE", "/gaps").status_code == 403
    ada = Program(open_client, library[1].token("ada", "admin"))
    assert ada("DELETE", "/gaps").json["forgotten"] >= 1
    assert eve("GET", "/gaps").json["gaps"] == []


def test_an_admin_withdraws_for_good(library: Any, eve: Program, client: FlaskClient) -> None:
    eve.done(eve("POST", "/texts", json={"title": "Wasps", "text": "Wasps sting in late summer."}))
    eve.done(eve("POST", "/generations", json={}))
    refused = eve("POST", "/documents/wasps/withdraw", json={"reason": "Recalled."})
    assert refused.status_code == 403
    ada = Program(client, library[1].token("ada", "admin"))
    assert ada("POST", "/documents/nothing/withdraw", json={}).status_code == 404
    job = ada.done(ada("POST", "/documents/wasps/withdraw", json={"reason": "Recalled."}))
    assert (job["kind"], job["state"], job["by"]) == ("withdraw", "published", "ada")
    gone = client.get("/api/v1/documents/wasps")
    assert (gone.status_code, gone.json["type"]) == (410, "/api#withdrawn")
    assert gone.json["detail"].endswith("Recalled.")
    moves = eve("GET", "/history?per_page=2").json["moves"]
    assert (moves[0]["action"], moves[0]["by"]) == ("withdraw", "ada")
    entry = library[1].desk.log()[0]
    assert (entry.who, entry.action, entry.subject) == ("ada", "document.withdraw", "wasps")


WRITING = (
    ("POST", "/documents"), ("POST", "/web-pages"), ("POST", "/texts"), ("POST", "/reindex"),
    ("PUT", "/documents/stairs/original"), ("PATCH", "/documents/stairs"),
    ("DELETE", "/documents/stairs"), ("POST", "/documents/stairs/withdraw"),
    ("PUT", "/documents/stairs/hidden"), ("GET", "/library"),
    ("GET", "/jobs"), ("GET", "/difference"), ("GET", "/generations"), ("POST", "/generations"),
    ("POST", "/generations/1/serve"), ("GET", "/history"), ("GET", "/questions"),
    ("POST", "/questions"), ("GET", "/gaps"), ("DELETE", "/gaps"), ("POST", "/evaluate"),
)  # fmt: skip


@pytest.mark.parametrize(("method", "path"), WRITING)
def test_nothing_is_written_without_the_right(
    library: Any, client: FlaskClient, method: str, path: str
) -> None:
    bare = client.open(f"/api/v1{path}", method=method)
    assert bare.status_code == 401
    assert bare.headers["Content-Type"] == "application/problem+json"
    assert bare.headers["WWW-Authenticate"] == 'Bearer realm="patella"'
    reader = Program(client, library[1].token("rob", "read"))
    assert reader(method, path).status_code == 403
    made_up = Program(client, "patella_nope")
    assert made_up(method, path).status_code == 401


def test_a_large_body_is_not_read_before_the_right_is_shown(library: Any) -> None:
    app, office, smaller = library
    token = office.token("eve", "write")

    def send(client: FlaskClient, **more: Any) -> int:
        sent = {"files": (io.BytesIO(b"x" * 300_000), "x.bin")}
        return client.post("/api/v1/documents", data=sent, **more).status_code

    head = {"Authorization": f"Bearer {token}"}
    assert send(app.test_client()) == 401
    assert send(app.test_client(), headers=head) == 202
    assert send(smaller.test_client(), headers=head) == 413


def test_a_session_needs_the_forms_token(library: Any) -> None:
    client = library[0].test_client()
    sign_in(client, "eve")
    assert client.post("/api/v1/reindex", json={}).status_code == 403
    token = csrf(client.get("/account").text)
    sent = client.post("/api/v1/reindex", json={}, headers={"X-CSRFToken": token})
    assert sent.status_code == 202
    cross = {"X-CSRFToken": token, "Origin": "https://evil.example"}
    assert client.post("/api/v1/reindex", json={}, headers=cross).status_code == 403


def test_what_was_done_is_in_the_audit_log(library: Any, eve: Program) -> None:
    eve.done(eve("POST", "/reindex", json={"documents": []}))
    entry = next(e for e in library[1].accounts.audit.list() if e.action == "document.reindex")
    assert (entry.means, entry.subject) == ("token", "all")
    assert "eve" in entry.who or entry.who == "test"


def test_the_description_says_what_needs_a_token(client: FlaskClient) -> None:
    told = json.loads(client.get("/api/v1/openapi.json").data)
    ways = told["paths"]["/api/v1/documents"]
    assert "security" not in ways["get"]
    assert ways["post"]["security"] == [{"token": []}]
    files = told["components"]["schemas"]["FilesForm"]["properties"]["files"]
    assert files["items"] == {"format": "binary", "type": "string"}
    assert {p["name"] for p in ways["post"]["parameters"]} == {"Idempotency-Key"}
