"""``patella serve`` as a process of its own: first start, a new generation, a port in use."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.served import Server

ARTICLE = """---
title: Keeping bees
---
A swarm of bees leaves the hive in May when the colony has grown too large for its box.
"""


class Asked(Server):
    """A server, and its answers."""

    def get(self, path: str, **query: str) -> str:
        url = f"{self.address}{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310  (our own server)
            return answer.read().decode()

    def ask(self, question: str) -> dict:
        return json.loads(self.get("/api/v1/ask", q=question))


PATELLA = [sys.executable, "-m", "patella"]


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[Asked]:
    running = Asked(tmp_path_factory.mktemp("served"), PATELLA_LOG="text")
    yield running
    assert running.stop(signal.SIGINT) == 0


def patella(server: Asked, *args: str | Path) -> subprocess.CompletedProcess[str]:
    command = [*PATELLA, "--data-dir", server.data, *args]
    return subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120, check=False)


def test_an_empty_library_is_filled_with_the_shipped_one(server) -> None:
    health = json.loads(server.get("/healthz"))
    assert (health["status"], health["generation"]) == ("ok", 1)
    assert health["documents"] >= 10


def test_the_first_question_is_answered_and_lands_on_the_quote(server) -> None:
    answer = server.ask("why does sitting hurt my knee")
    assert answer["state"] == "answered"
    first = answer["quotes"][0]
    assert re.search(r"kneecap|thigh bone|bent", first["text"])
    document = first["document"]["id"]
    page = server.get(f"/source/{document}", start=str(first["start"]), end=str(first["end"]))
    assert 'id="quote"' in page


def test_the_page_shows_the_same_quotes_as_the_api(server) -> None:
    from html import unescape

    question = "why does sitting hurt my knee"
    page = unescape(server.get("/search", q=question))
    flat = " ".join(re.sub(r"<[^>]+>", "", page).split())
    for quote in server.ask(question)["quotes"]:
        assert " ".join(quote["text"].split()) in flat


def test_a_running_server_takes_up_a_new_generation_within_two_seconds(server, tmp_path) -> None:
    question = "when does a swarm of bees leave the hive"
    assert server.ask(question)["state"] == "none"
    article = tmp_path / "bees.md"
    article.write_text(ARTICLE, "utf-8")
    assert patella(server, "add", article).returncode == 0
    published = time.monotonic()
    while server.ask(question)["state"] != "answered":
        assert time.monotonic() - published < 2.0
        time.sleep(0.05)
    assert patella(server, "remove", "bees").returncode == 0
    time.sleep(0.6)
    assert server.ask(question)["state"] == "none"


def test_searches_go_on_while_articles_are_added(server, tmp_path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for i in range(30):
        (folder / f"note-{i}.md").write_text(
            f"# Note {i}\n\nBee hive number {i} is painted.", "utf-8"
        )
    states: list[str] = []
    done = threading.Event()

    def reader() -> None:
        while not done.is_set():
            states.append(server.ask("why does sitting hurt my knee")["state"])

    threads = [threading.Thread(target=reader) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert patella(server, "add", folder).returncode == 0
    assert patella(server, "remove", folder).returncode == 0
    done.set()
    for thread in threads:
        thread.join()
    assert len(states) > 3 and set(states) == {"answered"}


def test_a_second_start_indexes_nothing_again(server) -> None:
    from patella.engine import Engine
    from patella.serve import prepare
    from patella.settings import load

    engine = Engine(load(server.data))
    before = engine.generation().id
    report = prepare(engine, quiet=True)
    assert report is not None
    assert (report.published, report.embedded, set(report.counts())) == (False, 0, {"unchanged"})
    assert engine.generation().id == before
    engine.close()


def test_no_line_of_the_log_holds_what_was_asked(server) -> None:
    server.get("/search", q="quinquagenarian knee")
    server.ask("quinquagenarian knee")
    with pytest.raises(urllib.error.HTTPError) as refused:
        server.get("/quinquagenarian", q="quinquagenarian")
    refused.value.close()
    begun = time.monotonic()
    while not any(" /api/v1/ask 200 " in line for line in server.said):
        assert time.monotonic() - begun < 5, server.said
        time.sleep(0.02)
    assert any(" GET /search 200 " in line for line in server.said)
    assert "quinquagenarian" not in "".join(server.said)


def _refused(server: Asked, path: str, *fields: str) -> tuple[int, str, str]:
    """Announce a body that is far too large; return the status, the kind and the words of the answer."""
    host, port = server.address.removeprefix("http://").split(":")
    head = [f"POST {path} HTTP/1.1", f"Host: {host}", "Content-Length: 9000000000", *fields, "", ""]
    with socket.create_connection((host, int(port)), timeout=10) as sent:
        sent.sendall("\r\n".join(head).encode())
        came = b""
        while more := sent.recv(65536):
            came += more
    fields_came, _, body = came.decode().partition("\r\n\r\n")
    kind = re.search(r"(?i)content-type: ([^;\r]+)", fields_came)
    assert "Content-Security-Policy" in fields_came
    return int(came[9:12]), kind[1] if kind else "", body


def test_what_the_server_itself_refuses_is_told_in_words(server) -> None:
    status, kind, page = _refused(server, "/desk/add/files")
    assert (status, kind) == (413, "text/html")
    assert "<h1>That is too much to send at once</h1>" in page
    assert "Send fewer or smaller files" in page
    status, _, page = _refused(server, "/search", "Accept-Language: de")
    assert status == 413
    assert "<h1>Das ist zu viel für eine Sendung</h1>" in page and "kurze Frage" in page
    status, kind, problem = _refused(server, "/api/v1/documents")
    assert (status, kind) == (413, "application/problem+json")
    assert json.loads(problem)["hint"].startswith("Send fewer or smaller files")


def test_a_port_in_use_is_an_error_in_words(server) -> None:
    port = server.address.rsplit(":", 1)[1]
    result = patella(server, "serve", "--port", port)
    assert result.returncode == 3
    assert f"Cannot listen on 127.0.0.1:{port}" in result.stderr
    assert "Choose another port" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_folder_of_ones_own_is_served_without_the_shipped_library(tmp_path) -> None:
    (tmp_path / "bees.md").write_text(ARTICLE, "utf-8")
    data = tmp_path / "data"
    command = [*PATELLA, "--data-dir", data, "add", tmp_path / "bees.md"]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    running = Asked(data, PATELLA_LOG="text")
    try:
        assert json.loads(running.get("/healthz"))["documents"] == 1
        with pytest.raises(urllib.error.HTTPError) as refused:
            running.get("/api/v1/ask", q="")
        with refused.value as error:
            assert error.code == 400
    finally:
        assert running.stop(signal.SIGTERM) == 0
