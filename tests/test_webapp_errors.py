"""Errors: designed pages for people, problem documents for programs, nothing of the inside told."""

from __future__ import annotations

import json
import logging

import pytest

from corpus.errors import (
    Conflict,
    Damaged,
    LibraryError,
    ModelError,
    NotFound,
    PatellaError,
    QuestionError,
    QuoteMismatch,
    UsageError,
    Withdrawn,
)
from tests.webapp_fake import FakeService
from webapp.app import create_app
from webapp.settings import WebSettings

client = create_app(FakeService()).test_client()


@pytest.mark.parametrize("q", ["", "   ", "\x00\x01\n\t", "\u202e\ufeff"])
def test_empty_question_is_told_next_to_the_box(q: str) -> None:
    for answered in (
        client.get("/search", query_string={"q": q}),
        client.post("/search", data={"q": q}),
    ):
        assert answered.status_code == 400
        assert "There is no question here yet." in answered.text
        assert 'aria-describedby="q-error" aria-invalid="true"' in answered.text


def test_overlong_question_is_told_and_kept_in_the_box() -> None:
    answered = client.post("/search", data={"q": "knee " * 2000})
    assert answered.status_code == 400
    assert "That is 9,999 characters, more than can be searched at once." in answered.text
    assert "Ask one thing in up to 500 characters." in answered.text
    assert 'value="knee knee' in answered.text


def test_the_longest_question_is_taken() -> None:
    service = FakeService()
    longest = create_app(service).test_client()
    assert longest.get("/search", query_string={"q": "x" * 2000}).status_code == 200
    assert longest.get("/search", query_string={"q": "x" * 2001}).status_code == 400
    assert [len(question) for question in service.asked] == [2000]


@pytest.mark.parametrize(
    ("raw", "asked"),
    [
        ("🦵🏽", "🦵🏽"),
        ("👨‍👩‍👧", "👨‍👩‍👧"),
        ("  my \x00 knee\r\nhurts\t ", "my knee hurts"),
        ("\ud83d knee", "??? knee"),
        ("kne\u0301e", "knée"),
        ("\u202eeenk", "eenk"),
        ("<script>", "<script>"),
    ],
)
def test_odd_questions_are_cleaned_and_asked(raw: str, asked: str) -> None:
    service = FakeService()
    answered = (
        create_app(service)
        .test_client()
        .post(
            "/search", data={"q": raw.encode("utf-8", "replace" if "\ud83d" in raw else "strict")}
        )
    )
    assert answered.status_code == 200
    assert service.asked == [asked.replace("???", "?")]


def test_no_such_page() -> None:
    answered = client.get("/no/such/page")
    assert answered.status_code == 404
    assert "<h1>There is no page here</h1>" in answered.text
    assert "Traceback" not in answered.text


def test_no_such_document() -> None:
    for path in ("/source/none", "/source/none/original", "/source/taping/original?v=99"):
        answered = client.get(path)
        assert answered.status_code == 404
        assert "<h1>That is not in the library</h1>" in answered.text


def test_wrong_method() -> None:
    answered = client.post("/library")
    assert answered.status_code == 405
    assert answered.headers["Allow"] == "GET, HEAD, OPTIONS"
    assert "<h1>That cannot be done here</h1>" in answered.text
    assert client.delete("/api/v1/ask").headers["Content-Type"] == "application/problem+json"


def test_body_too_large() -> None:
    answered = client.post("/search", data={"q": "x" * 70_000})
    assert answered.status_code == 413
    assert "<h1>That is too much to send at once</h1>" in answered.text


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (QuestionError("Too long.", hint="Shorten it."), 400, "question"),
        (UsageError("No."), 400, "usage"),
        (Conflict("Done already."), 409, "conflict"),
        (NotFound("Gone."), 404, "not-found"),
        (Withdrawn("Gone for good."), 410, "withdrawn"),
        (LibraryError("Nothing published."), 503, "unavailable"),
        (Damaged("Torn."), 503, "unavailable"),
        (ModelError("No model."), 503, "unavailable"),
        (QuoteMismatch("secret words"), 500, "quote-mismatch"),
        (PatellaError("secret words"), 500, "internal-error"),
        (ZeroDivisionError("secret words"), 500, "internal-error"),
    ],
)
def test_each_error_has_its_status(error: Exception, status: int, kind: str) -> None:
    broken = create_app(FakeService(error=error)).test_client()
    answered = broken.get("/api/v1/ask?q=knee")
    assert answered.status_code == status
    assert answered.headers["Content-Type"] == "application/problem+json"
    problem = json.loads(answered.data)
    assert problem["status"] == status
    assert problem["type"] == f"/api#{kind}"
    assert problem["title"]
    assert problem["detail"]
    assert "secret" not in answered.text
    page = broken.get("/search?q=knee")
    assert page.status_code == status
    assert "secret" not in page.text
    assert "Traceback" not in page.text


def test_unusable_library_says_what_to_do_and_how_to_get_help() -> None:
    error = LibraryError("This library holds no articles yet.", hint="Run: patella add PATH")
    down = create_app(FakeService(error=error)).test_client()
    for path in ("/", "/search?q=knee", "/library", "/source/taping"):
        answered = down.get(path)
        assert answered.status_code == 503
        assert "This library holds no articles yet." in answered.text
        assert "Run: patella add PATH" in answered.text
        assert 'href="tel:999"' in answered.text
    assert down.get("/healthz").status_code == 503
    assert down.get("/about").status_code == 200


def test_every_problem_type_is_described() -> None:
    page = client.get("/api").text
    for kind in ("question", "usage", "bad-request", "not-found", "method-not-allowed",
                 "too-large", "quote-mismatch", "internal-error", "unavailable"):  # fmt: skip
        assert f'<dt id="{kind}">' in page


def test_the_log_holds_nothing_of_the_question(caplog: pytest.LogCaptureFixture) -> None:
    broken = create_app(FakeService(error=ValueError("my secret knee"))).test_client()
    with caplog.at_level(logging.DEBUG):
        assert broken.get("/search?q=secret").status_code == 500
    assert "ValueError at" in caplog.text
    assert "secret" not in caplog.text


def test_limits_follow_settings() -> None:
    short = create_app(FakeService(), settings=WebSettings(question_limit=5, question_shown=4))
    answered = short.test_client().get("/search?q=abcdef")
    assert "Ask one thing in up to 4 characters." in answered.text


def test_doubled_slashes_are_mended() -> None:
    answered = client.get("/source//taping")
    assert answered.status_code == 308
    assert answered.headers["Location"] == "http://localhost/source/taping"
    assert answered.headers["X-Content-Type-Options"] == "nosniff"
