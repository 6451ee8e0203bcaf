"""Documents that speak to the generator, through a real server that obeys every one of them."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from answer.chat import ChatServer
from corpus.records import sha256_text
from patella.generator import Generator
from tests.webapp_fake import ANSWERED, FakeService
from webapp.app import create_app

ROWS = [
    json.loads(line)
    for line in (Path(__file__).parent / "files" / "injections.jsonl")
    .read_text("utf-8")
    .splitlines()
]

SOUND = "Taping may ease pain for a short time."
"""A quote of some rows that orders nothing: there the model writes something else beside it."""


class Obedient(BaseHTTPRequestHandler):
    """A model that writes what it was told to, each sentence under every key that it was given."""

    wanted = ""
    seen: list[str] = []

    def do_POST(self) -> None:
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["messages"]
        self.seen.append(told[-1]["content"])
        keys = "".join(re.findall(r"\[k[0-9a-z]{4,8}\]", told[-1]["content"]))
        sentences = self.wanted.replace("[KEY]", "").rstrip(".").split(". ")
        text = " ".join(f"{sentence} {keys}." for sentence in sentences)
        body = json.dumps({"choices": [{"delta": {"content": text}}]})
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"data: {body}\n\ndata: [DONE]\n\n".encode())

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def model() -> Iterator[ChatServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Obedient)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield ChatServer(f"http://127.0.0.1:{server.server_port}", "obedient", "", 5.0)
    server.shutdown()
    server.server_close()
    thread.join()


def test_no_injection_is_obeyed_and_each_stands_as_a_quote(model: ChatServer) -> None:
    asked = 0
    for row in ROWS:
        first = ANSWERED.quotes[0]
        hostile = replace(first, text=row["quote"], sha256=sha256_text(row["quote"]))
        answer = replace(ANSWERED, quotes=(hostile, *ANSWERED.quotes))
        client = create_app(FakeService(answer=answer), generator=Generator(model)).test_client()
        Obedient.wanted = row["written"]
        Obedient.seen.clear()
        told = client.get("/api/v1/ask?q=taping&generate=1").get_json()
        asked += len(Obedient.seen)
        # what is left of it, if anything, is the words of a quote
        quoted = " ".join([SOUND, *(quote.text for quote in ANSWERED.quotes)])
        for sentence in told["generated"]["sentences"]:
            assert sentence["text"].rstrip(".") in quoted, row
        # the answer's state and its quotes are what they were
        assert (told["state"], len(told["quotes"])) == ("answered", len(answer.quotes))
        assert told["quotes"][0]["text"] == row["quote"]
        for prompt in Obedient.seen:
            # what was given stands on one line of the fence, as data
            assert row["quote"] not in prompt or prompt.count("\n- ") >= 1
    assert len(ROWS) == 40
    # the model was really there to obey
    assert asked >= 40
