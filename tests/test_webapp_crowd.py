"""More requests than can be answered are turned away at once, in words, and told when to come back."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from patella.serve import Crowd
from tests.webapp_fake import FakeService
from webapp.app import create_app


@pytest.fixture
def crowd() -> dict[str, bool]:
    return {"now": True}


@pytest.fixture
def client(crowd: dict[str, bool]) -> FlaskClient:
    return create_app(FakeService(), crowded=lambda: crowd["now"]).test_client()


def test_a_page_says_it_in_words(client: FlaskClient) -> None:
    answer = client.get("/?q=knee")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "2"
    assert "Many people ask at this moment" in answer.text
    assert "Wait a moment, then ask again." in answer.text


def test_a_program_is_told_when_to_come_back(client: FlaskClient) -> None:
    answer = client.get("/api/v1/ask?q=knee")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert answer.json["type"] == "/api#busy"
    assert answer.json["hint"] == "Wait for as long as Retry-After tells, then ask again."


def test_health_and_the_looks_of_a_page_are_still_given(client: FlaskClient) -> None:
    assert client.get("/healthz").status_code == 200
    assert client.get("/static/nothing.css").status_code == 404


def test_when_it_is_over_everything_is_as_before(
    client: FlaskClient, crowd: dict[str, bool]
) -> None:
    crowd["now"] = False
    answer = client.get("/?q=knee")
    assert answer.status_code == 200
    assert "Retry-After" not in answer.headers


def test_a_crowd_is_more_than_so_many_that_wait() -> None:
    class Server:
        class task_dispatcher:
            queue = [1, 2, 3]

    crowd = Crowd(most=3)
    assert not crowd.waits()
    crowd.server = Server
    assert not crowd.waits()
    Server.task_dispatcher.queue.append(4)
    assert crowd.waits()
