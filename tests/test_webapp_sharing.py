"""Sharing an answer: made by its button alone, opened later against the library, and deleted."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from corpus.errors import TooMany
from patella.engine import Engine
from patella.receipts import ReceiptDesk
from patella.settings import Settings
from patella.writer import Writer
from webapp.app import create_app
from webapp.same_site import Limiter

SITTING = """---
title: Sitting
kind: patient-information
publisher: Knee Press
reviewed: 2026-11-24
---
## Why sitting hurts the knee
{words} A bent knee presses the kneecap on the thigh bone. Getting up now and then helps.
"""
WORDS = "Sitting hurts the knee because the kneecap is pressed for a long time."
Q = "Why does sitting hurt the knee?"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, encoder):
    root = tmp_path_factory.mktemp("shared")
    held = Engine(Settings(root / "data"), encoder=encoder)
    yield held
    held.close()


@pytest.fixture
def folder(engine: Engine) -> Path:
    inside = engine.settings.data_dir.with_name("leaflets")
    inside.mkdir(exist_ok=True)
    (inside / "sitting.md").write_text(SITTING.format(words=WORDS), "utf-8")
    (inside / "bees.md").write_text("---\ntitle: Bees\n---\nBees make honey in spring.", "utf-8")
    Writer(engine).add([inside])
    Writer(engine).index(rehash=True)
    return inside


@pytest.fixture
def client(engine: Engine, folder: Path):
    return create_app(engine, receipts=ReceiptDesk(engine)).test_client()


def form(client, question: str = Q) -> dict[str, str]:
    page = client.get("/search", query_string={"q": question}).text
    token = re.search(r'name="token" value="([^"]+)"', page)
    assert token
    return {"q": question, "token": token.group(1)}


def share(client) -> tuple[str, str]:
    page = client.post("/share", data=form(client), headers={"Sec-Fetch-Site": "same-origin"})
    assert page.status_code == 200, page.text
    found = re.search(r"/a/(\w+)/delete\?key=(\w+)", page.text)
    assert found
    return found.group(1), found.group(2)


def test_asking_keeps_nothing(engine: Engine, client) -> None:
    before = len(engine.store.receipts.list())
    form(client)
    assert len(engine.store.receipts.list()) == before


def test_a_shared_answer_opens_with_its_words_and_is_not_listed(client) -> None:
    receipt_id, _ = share(client)
    page = client.get(f"/a/{receipt_id}")
    assert Q in page.text
    assert WORDS in page.text
    assert "Unchanged: every quote stands in the library as it was shared" in page.text
    assert page.headers["X-Robots-Tag"] == "noindex, nofollow, noarchive"
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert '<meta name="robots" content="noindex">' in page.text
    assert client.get("/a/" + "0" * 36).status_code == 404


def test_where_the_source_is_changed_and_still_has_the_words(client, engine, folder) -> None:
    receipt_id, _ = share(client)
    text = "---\ntitle: Sitting\n---\n## New\nFirst of all, some news.\n\n" + WORDS
    (folder / "sitting.md").write_text(text, "utf-8")
    Writer(engine).index(rehash=True)
    told = client.get(f"/api/v1/receipts/{receipt_id}").get_json()
    assert told["standing"] == "updated"
    first = told["quotes"][0]
    assert first["text"].startswith(WORDS)
    assert (first["standing"], first["now"]["version_id"] > first["version_id"]) == (
        "updated", True,
    )  # fmt: skip
    page = client.get(f"/a/{receipt_id}").text
    assert "Source updated since this was shared" in page


def test_where_the_words_are_gone_and_where_they_stand_now(client, engine, folder) -> None:
    receipt_id, _ = share(client)
    quoted = client.get(f"/api/v1/receipts/{receipt_id}").get_json()["quotes"][0]
    (folder / "sitting.md").write_text(
        f"---\ntitle: Sitting\n---\nNews.\n\n{quoted['text']}", "utf-8"
    )
    Writer(engine).index(rehash=True)
    now = client.get(f"/api/v1/receipts/{receipt_id}").get_json()["quotes"][0]["now"]
    assert now["same_words"] is True
    assert engine.open_source("sitting").text[now["start"] : now["end"]] == quoted["text"]
    assert "still has these words" in client.get(f"/a/{receipt_id}").text
    (folder / "sitting.md").write_text("---\ntitle: Sitting\n---\nAll is other.", "utf-8")
    Writer(engine).index(rehash=True)
    now = client.get(f"/api/v1/receipts/{receipt_id}").get_json()["quotes"][0]["now"]
    assert now["same_words"] is False
    page = client.get(f"/a/{receipt_id}").text
    assert "no longer has these words" in page
    assert quoted["text"][:40] in page


def test_where_the_source_is_withdrawn_its_words_are_not_shown(client, engine, folder) -> None:
    receipt_id, _ = share(client)
    Writer(engine).remove(["sitting"])
    page = client.get(f"/a/{receipt_id}").text
    assert "A source of this answer was withdrawn" in page
    assert "The library holds this source no more, so its words are not shown." in page
    assert "kneecap" not in page
    told = client.get(f"/api/v1/receipts/{receipt_id}").get_json()
    assert {q["text"] for q in told["quotes"] if q["document_id"] == "sitting"} == {None}
    Writer(engine).add([folder])


def test_words_that_differ_from_their_hash_are_not_shown(client, engine) -> None:
    receipt_id, _ = share(client)
    kept = engine.store.receipts.get(receipt_id).answer.quotes[0]
    with engine.store.transaction() as db:
        before = db.execute("SELECT text FROM versions WHERE id = ?", (kept.version_id,)).fetchone()
        db.execute(
            "UPDATE versions SET text = replace(text, 'hurts', 'heals') WHERE id = ?",
            (kept.version_id,),
        )
    page = client.get(f"/a/{receipt_id}").text
    with engine.store.transaction() as db:
        db.execute("UPDATE versions SET text = ? WHERE id = ?", (before[0], kept.version_id))
    assert "The words kept here are not those that were shared" in page
    assert "heals" not in page


def test_deleting(client) -> None:
    receipt_id, key = share(client)
    asked = client.get(f"/a/{receipt_id}/delete?key={key}")
    assert "Delete this shared answer?" in asked.text
    assert client.get(f"/a/{receipt_id}").status_code == 200
    wrong = client.post(f"/a/{receipt_id}/delete", data={"key": "no"})
    assert wrong.status_code == 403
    assert client.post(f"/a/{receipt_id}/delete", data={"key": key}).status_code == 200
    assert client.get(f"/a/{receipt_id}").status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.test"},
        {"Origin": "http://localhost.evil.test"},
    ],
)
def test_another_site_cannot_share(client, engine, headers) -> None:
    before = len(engine.store.receipts.list())
    data = form(client)
    assert client.post("/share", data=data, headers=headers).status_code == 403
    body = {"q": Q}
    assert client.post("/api/v1/receipts", json=body, headers=headers).status_code == 403
    assert len(engine.store.receipts.list()) == before


def test_a_form_without_its_token_or_with_anothers_is_refused(client) -> None:
    data = form(client)
    null = {"Origin": "null"}
    assert client.post("/share", data=data, headers=null).status_code == 200
    here = {"Origin": "http://localhost"}
    assert client.post("/share", data=data, headers=here).status_code == 200
    assert client.post("/share", data={"q": Q}).status_code == 403
    assert client.post("/share", data=data | {"token": data["token"] + "x"}).status_code == 403
    elsewhere = {"environ_base": {"REMOTE_ADDR": "203.0.113.9"}}
    assert client.post("/share", data=data, headers=null, **elsewhere).status_code == 403
    other = client.post("/share", data=data | {"q": "What do bees make in spring?"})
    assert other.status_code == 409
    assert client.get("/share").status_code == 405


def test_programs(client) -> None:
    made = client.post("/api/v1/receipts", json={"q": Q, "without": ["x"], "after": ""})
    assert made.status_code == 201
    body = made.get_json()
    assert body["url"] == f"http://localhost/a/{body['id']}"
    path = f"/api/v1/receipts/{body['id']}"
    told = client.get(path).get_json()
    assert (told["standing"], told["state"], told["question"]) == ("unchanged", "answered", Q)
    assert told["quotes"][0]["sha256"]
    assert "key" not in told
    assert client.delete(path).status_code == 401
    assert client.delete(path, headers={"Authorization": "Bearer nope"}).status_code == 403
    good = {"Authorization": f"Bearer {body['key']}"}
    assert client.delete(path, headers=good).status_code == 204
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("body", [{}, {"q": 3}, {"q": "x", "without": "y"}, [1], {"q": " "}])
def test_what_a_program_cannot_share(client, body) -> None:
    assert client.post("/api/v1/receipts", json=body).status_code == 400


def test_a_form_posted_at_the_api_is_not_taken(client) -> None:
    assert client.post("/api/v1/receipts", data={"q": Q}).status_code == 415


def test_without_receipts_there_is_no_button_and_no_address(engine, folder) -> None:
    client = create_app(engine).test_client()
    assert "Share this answer" not in client.get("/search", query_string={"q": Q}).text
    assert client.post("/share", data={"q": Q}).status_code == 404
    assert client.get("/a/x").status_code == 404


def test_an_hours_limit() -> None:
    clock = [0.0]
    limiter = Limiter(per_address=2, per_server=4, clock=lambda: clock[0])
    for address in ("10.0.0.1", "10.0.0.1", "2001:db8::1", "2001:db8::ffff"):
        limiter.count(address)
    for address in ("10.0.0.1", "2001:db8::2", "10.9.9.9"):
        with pytest.raises(TooMany):
            limiter.count(address)
    clock[0] = 3601.0
    limiter.count("10.0.0.1")


def test_one_not_opened_for_the_settings_days_ends(engine: Engine, client) -> None:
    receipt_id, _ = share(client)
    with engine.store.transaction() as db:
        db.execute(
            "UPDATE receipts SET opened_at = '2020-01-01T00:00:00Z' WHERE id = ?", (receipt_id,)
        )
    ReceiptDesk(replace_days(engine, 0)).open(receipt_id)
    with engine.store.transaction() as db:
        db.execute(
            "UPDATE receipts SET opened_at = '2020-01-01T00:00:00Z' WHERE id = ?", (receipt_id,)
        )
    assert client.get(f"/a/{receipt_id}").status_code == 404


def replace_days(engine: Engine, days: int) -> Engine:
    """Return the engine with another setting."""
    settings = replace(engine.settings, receipt_days=days)
    return type("Set", (), {"settings": settings, "store": engine.store, "generation": engine.generation})()  # type: ignore[return-value]  # fmt: skip
