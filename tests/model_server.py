"""A server of the OpenAI chat protocol on this machine, which streams what a test tells it to."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from answer.chat import ChatServer


class Server(BaseHTTPRequestHandler):
    """Speaks the protocol with what the test set on its server."""

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.server.seen.append((self.path, self.headers, json.loads(self.rfile.read(length))))  # type: ignore[attr-defined]
        status, pieces = self.server.plan(self.server.seen[-1][2])  # type: ignore[attr-defined]
        self.send_response(status)
        self.end_headers()
        for piece in pieces:
            try:
                self.wfile.write(piece)
                self.wfile.flush()
            except OSError:
                return

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def stream(*texts: str) -> list[bytes]:
    rows = [{"choices": [{"delta": {"role": "assistant"}}]}]
    rows += [{"choices": [{"delta": {"content": text}}]} for text in texts]
    return [b"data: " + json.dumps(row).encode() + b"\n\n" for row in rows] + [b"data: [DONE]\n\n"]


@contextmanager
def model_server() -> Iterator[Any]:
    """Run a server; its ``plan`` makes status and pieces of a request's body, ``seen`` holds requests."""
    made = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    made.seen, made.plan = [], lambda body: (200, stream("Hel", "lo"))
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.shutdown()
        made.server_close()
        thread.join()


def chat_with(server: Any, **changes: Any) -> ChatServer:
    base = ChatServer(f"http://127.0.0.1:{server.server_port}", "tiny", "secret", 5.0)
    return replace(base, **changes)


def citing(body: Any) -> tuple[int, list[bytes]]:
    key = body["messages"][3]["content"].split("[")[1].split("]")[0]
    return 200, stream("Taping often eases pain at once [", key, "]. Surgery is best [", key, "].")
