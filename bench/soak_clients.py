"""Clients of a running server: those who ask, and those who connect and keep it waiting."""

from __future__ import annotations

import contextlib
import hashlib
import json
import random
import re
import socket
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.crash_work import DOCUMENTS, editions_of
from corpus.store import Store

_OF_EDITIONS = re.compile(r"(?:exercise|extra)-\d+")
"""Ids of the documents that the writer changes."""
QUESTIONS = (
    "why does sitting hurt my knee",
    "can I run with runner's knee",
    "how long does recovery take",
    "should I use a brace",
    "does taping help",
    "is swelling normal after running",
    "what exercise strengthens the hip",
    "can I mix ibuprofen and naproxen",
    "how do I keep bees",
    "stairs hurt more going down",
)


@dataclass(slots=True)
class Asked:
    """What a client met: statuses, seconds of good answers, and what was wrong in words."""

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    quotes: int = 0
    misquoted: int = 0
    """Answers in which a quote was not what is stored."""
    wrong: list[str] = field(default_factory=list)
    retry_missing: int = 0


class Client(threading.Thread):
    """Asks one thing after the other until it is told to stop, and checks each quote."""

    def __init__(
        self, address: str, data: Path, ended: threading.Event, *, seed: int, pause: float = 0.0
    ) -> None:
        super().__init__(daemon=True)
        self._address = address
        self._data = data
        self._ended = ended
        self._chance = random.Random(seed)
        self._pause = pause
        self.asked = Asked()

    def run(self) -> None:
        self._store = Store(self._data / "library.db")
        try:
            while not self._ended.is_set():
                self._once()
                time.sleep(self._pause)
        finally:
            self._store.close()

    def _once(self) -> None:
        number = self._chance.randrange(60)
        question = self._chance.choice(
            [
                *QUESTIONS,
                *[f"how often should I do edition {number} of exercise {number % DOCUMENTS}"] * 10,
            ]
        )
        q = urllib.parse.quote(question)
        path = self._chance.choice(
            [*[f"/api/v1/ask?q={q}"] * 5, f"/api/v1/search?q={q}", f"/?q={q}", "POST", "/library"]
        )
        begun = time.monotonic()
        try:
            status, body = self._send(path, question)
        except OSError as error:
            self.asked.wrong.append(f"{path[:30]}: {type(error).__name__}: {error}")
            return
        self.asked.statuses[status] += 1
        if status != 200:
            return
        self.asked.seconds.append(time.monotonic() - begun)
        if path == "POST" or path.startswith("/api/"):
            try:
                self._check(json.loads(body))
            except (AssertionError, KeyError, ValueError) as error:
                self.asked.misquoted += 1
                self.asked.wrong.append(f"{path[:30]}: {type(error).__name__}: {error}")

    def _send(self, path: str, question: str) -> tuple[int, bytes]:
        request = urllib.request.Request(f"{self._address}{path}")  # noqa: S310  (our own server)
        if path == "POST":
            request = urllib.request.Request(  # noqa: S310
                f"{self._address}/api/v1/ask",
                data=json.dumps({"q": question}).encode(),
                headers={"Content-Type": "application/json"},
            )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            if error.code in (429, 503) and not error.headers.get("Retry-After"):
                self.asked.retry_missing += 1
            if error.code == 503 and b"at this moment" not in (body := error.read()):
                self.asked.wrong.append(f"503: {body[:200]!r}")
            error.close()
            return error.code, b""

    def _check(self, answer: dict[str, Any]) -> None:
        """Hold each quote against the stored version, and the words of editions against their files."""
        quotes = [*answer.get("quotes", []), *answer.get("related", [])]
        written = []
        for quote in quotes:
            text, document = quote["text"], quote["document"]
            stored = self._store.span(document["version_id"], quote["start"], quote["end"])
            assert stored == text, f"{text!r} is not what is stored"
            assert hashlib.sha256(text.encode()).hexdigest() == quote["sha256"], "another hash"
            # the shipped library has an article on exercise as well
            if _OF_EDITIONS.fullmatch(document["id"]):
                written.append(text)
        editions_of(written)
        self.asked.quotes += len(quotes)


class Nuisances:
    """Connections that say nothing, half of something, or a byte now and then; made again when closed."""

    def __init__(self, address: str, count: int, ended: threading.Event) -> None:
        host, port = address.removeprefix("http://").split(":")
        self._place = (host, int(port))
        self._count = count
        self._ended = ended
        self.opened = 0
        self.open_now = 0
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        held: list[tuple[int, socket.socket]] = []
        while not self._ended.is_set():
            held = [(n, one) for n, one in held if self._speak(n, one)]
            while len(held) < self._count:
                one = socket.create_connection(self._place, timeout=10)
                one.setblocking(False)
                held.append((self.opened % 3, one))
                self.opened += 1
            self.open_now = len(held)
            time.sleep(2)
        for _, one in held:
            one.close()

    def _speak(self, kind: int, one: socket.socket) -> bool:
        """Go on with one connection; tell whether it is still open."""
        try:
            with contextlib.suppress(BlockingIOError):
                if one.recv(4096) == b"":
                    one.close()
                    return False
            if kind == 1:
                one.send(
                    b"GET /api/v1/ask?q=knee HTTP/1.1\r\nHost: x\r\nX-A: "[: 1 + self.opened % 40]
                )
            elif kind == 2:
                one.send(b"G" if self.opened % 2 else b"\r")
        except OSError:
            one.close()
            return False
        return True
