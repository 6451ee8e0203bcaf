"""Passages found, grouped by document at the command line, in its JSON and in the API."""

from __future__ import annotations

from dataclasses import replace

import pytest

from corpus.records import SearchResult
from patella.terminal import print_hits
from tests.webapp_fake import ANSWERED, FakeService
from webapp.app import create_app
from webapp.present import search_json


@pytest.fixture
def found() -> SearchResult:
    """Three passages, the first and the last of one document."""
    one, two = ANSWERED.hits[:2]
    assert one.document.id != two.document.id
    last = replace(one, score=0.1, passage=replace(one.passage, id=99, heading=("Later",)))
    return SearchResult("taping", (one, two, last), 1, 1.0)


def test_in_words(found: SearchResult, capsys: pytest.CaptureFixture[str]) -> None:
    print_hits(found)
    shown = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    titles = [line for line in shown if line[:2] in {"1.", "2."}]
    assert titles == [f"1. {found.hits[0].document.title}", f"2. {found.hits[1].document.title}"]
    assert shown.index("   Later · 0.100") < shown.index(titles[1])


def test_in_json(found: SearchResult) -> None:
    told = search_json(found)
    one, two = found.hits[:2]
    assert [(d["id"], d["score"], d["passages"]) for d in told["documents"]] == [
        (one.document.id, one.score, [one.passage.id, 99]),
        (two.document.id, two.score, [two.passage.id]),
    ]
    assert [hit["passage_id"] for hit in told["hits"]] == [one.passage.id, two.passage.id, 99]


def test_a_page_of_the_api_groups_its_own_passages() -> None:
    told = create_app(FakeService()).test_client().get("/api/v1/search?q=taping&k=3&page=2").json
    assert told is not None
    assert [d["id"] for d in told["documents"]] == ["leaflet"]
