"""The client of another server, and ``patella --server``: the same output as for one's own library."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from click.testing import CliRunner, Result
from werkzeug.serving import make_server

from corpus.errors import NotFound, QuestionError, RemoteError, UsageError
from corpus.filters import NO_FILTERS, Filters
from corpus.records import Disagreement, FacetCount, Place, Written, WrittenSentence
from patella import terminal
from patella.cli import main
from patella.client import Client, refusal
from patella.remote import Remote
from tests.webapp_fake import ANSWERED, HITS, TAPING, URGENT, FakeService
from webapp.app import create_app
from webapp.present import answer_json, search_json
from webapp.settings import WebSettings

FULL = replace(
    URGENT,
    disagreements=(Disagreement("number", ANSWERED.quotes[0], ANSWERED.quotes[2]),),
    carried=("knee",),
    suggestion="Does taping help?",
    warnings=("A warning.",),
    generated=Written("made-up", (WrittenSentence("Tape helps.", (1, 2)),), 1, 2, "None."),
)
FOLDED = replace(HITS[0], also_in=(Place(HITS[1].passage, HITS[1].document),))


class Served(FakeService):
    """Also folds, and counts facets, as the engine does."""

    def search(self, question: str, **options: Any) -> Any:
        found = super().search(question, **options)
        facets = (FacetCount("topic", "taping", 2), FacetCount("kind", "guideline", 1))
        hits = (FOLDED, *found.hits[1:])[: options["k"]]
        filters = options["filters"].pairs()
        return replace(found, hits=hits, facets=facets, filters=filters)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    listening = make_server("127.0.0.1", 0, create_app(Served(answer=FULL)), threaded=True)
    thread = threading.Thread(target=listening.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{listening.server_port}"
    listening.shutdown()
    thread.join()
    listening.server_close()


def run(*args: str, **options: Any) -> Result:
    return CliRunner().invoke(main, args, **options)


# -- the client


def test_the_client(server: str) -> None:
    with Client(server + "/") as client:
        answer = client.ask("How long does taping help?", without=["patella"])
        assert answer["quotes"][0]["text"] == "Taping often eases pain at once [1]."
        assert answer["added"] == []
        found = client.search("taping", k=1, filters={"kind": ["guideline"]}, page=2)
        assert [hit["document"]["id"] for hit in found["hits"]] == ["guide"]
        assert found["filters"] == {"kind": ["guideline"]}
        assert [held["id"] for held in client.documents()] == [
            "guide", "taping", "leaflet", "red-flags", "odd",
        ]  # fmt: skip
        assert client.text("taping")["text"] == TAPING.text
        with pytest.raises(NotFound, match="There is no document 'nope'"):
            client.text("nope")
        with pytest.raises(QuestionError, match="There is no question here yet"):
            client.ask(" ")
        with pytest.raises(UsageError, match=r"kind\.0 is no kind of evidence"):
            client.ask("x", filters={"kind": ["rumour"]})


def test_all_of_an_answer_comes_through(server: str) -> None:
    with Client(server) as client:
        answer = Remote(client).ask("taping", filters=Filters(topic=("taping",)))
        found, _ = Remote(client).search("taping", k=3, filters=NO_FILTERS)
    service = Served(answer=FULL)
    filters = Filters(topic=("taping",))
    assert answer_json(answer) == answer_json(service.ask("taping", filters=filters))
    expected = search_json(service.search("taping", k=3, filters=NO_FILTERS))
    assert search_json(found) == expected


def test_an_address_that_is_none() -> None:
    with pytest.raises(UsageError, match="'localhost:8000' is no address"):
        Client("localhost:8000")


# -- the command line


def test_ask_prints_what_it_prints_of_ones_own_library(server: str) -> None:
    remote = run("--server", server, "ask", "taping")
    assert remote.exit_code == 0, remote.output
    with terminal.out.capture() as caught:
        terminal.print_answer(FULL)
    assert remote.output == caught.get()
    assert "Taping often eases pain at once [1]." in remote.output
    told = json.loads(run("--server", server, "ask", "taping", "--json").output)
    assert set(told) == set(answer_json(FULL))


def test_search_with_why_and_filters(server: str) -> None:
    shown = run("--server", server, "search", "taping", "-k", "2", "--why", "--topic", "taping")
    assert shown.exit_code == 0, shown.output
    assert "Only from documents that pass: topic taping" in shown.output
    assert "also in Best practice for pain around the kneecap" in shown.output
    assert "BM25 2.50: Taping 2.50" in shown.output
    told = json.loads(run("--server", server, "search", "taping", "-k", "2", "--json").output)
    assert [hit["passage_id"] for hit in told["hits"]] == [1, 1]
    assert "next" not in told


def test_a_server_that_cannot_be_reached() -> None:
    failed = run("--server", "http://127.0.0.1:9", "ask", "taping")
    assert failed.exit_code == 3
    assert "http://127.0.0.1:9 cannot be reached (ConnectError" in failed.output
    assert "whether patella serve is running there" in failed.output


def test_a_server_of_another_kind() -> None:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)

    def other(environ: Any, start: Any) -> list[bytes]:
        start("200 OK", [("Content-Type", "text/html")])
        return [b"<h1>A shop</h1>"]

    listening = make_server("127.0.0.1", 0, other)
    thread = threading.Thread(target=listening.serve_forever)
    thread.start()
    try:
        with (
            Client(f"http://127.0.0.1:{listening.server_port}") as client,
            pytest.raises(RemoteError, match="does not answer like a Patella server"),
        ):
            client.ask("x")
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()


def test_what_the_server_refuses(server: str) -> None:
    failed = run("--server", server, "ask", " ")
    assert failed.exit_code == 2
    assert "There is no question here yet." in failed.output
    assert run("--server", "nowhere", "ask", "x").exit_code == 2


def test_other_commands_do_not_go_over_the_network(server: str) -> None:
    for command in (["list"], ["status"], ["serve"], ["remove", "x"]):
        failed = run("--server", server, *command)
        assert failed.exit_code == 2
        assert "works on the library of this machine" in failed.output


def test_over_the_limit() -> None:
    app = create_app(FakeService(), settings=WebSettings(api_limits="1 per minute"))

    def far(environ: Any, start: Any) -> Any:
        environ["REMOTE_ADDR"] = "203.0.113.7"
        return app(environ, start)

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    listening = make_server("127.0.0.1", 0, far)
    thread = threading.Thread(target=listening.serve_forever)
    thread.start()
    try:
        with Client(f"http://127.0.0.1:{listening.server_port}") as client:
            client.ask("x")
            with pytest.raises(RemoteError) as caught:
                client.ask("x")
            assert caught.value.hint.startswith("Try again in ")
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()


def test_where_a_token_is_needed() -> None:
    said = {"detail": "Sign in.", "type": "/api#sign-in"}
    error = refusal(said, httpx2.Response(401))
    assert (str(error), error.hint) == (
        "Sign in.",
        "Send a token: --token, or PATELLA_TOKEN in the environment.",
    )
