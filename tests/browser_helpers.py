"""A real Chromium for tests, and a web server for it on this machine."""

from __future__ import annotations

import logging
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
NEEDS_BROWSER = [
    pytest.mark.browser,
    pytest.mark.skipif(
        CHROMIUM is None and not os.environ.get("PATELLA_REQUIRE_BROWSER"),
        reason="no Chromium is installed",
    ),
    # the driver leaves a socket to the collector when it stops
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
"""What a module of browser tests sets as its ``pytestmark``."""


@contextmanager
def chromium() -> Iterator[Any]:
    """Run a browser. One at a time: the driver keeps this thread's event loop while it runs."""
    from playwright.sync_api import sync_playwright

    arguments = ["--disable-gpu", "--disable-background-networking"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield opened
        opened.close()


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """Serve ``app`` on a free port; yields its address, without a slash at the end."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class Visitor:
    """Opens pages, and holds what they asked for and what failed in them."""

    def __init__(self, browser: Any, base: str) -> None:
        self.browser = browser
        self.base = base
        self.contexts: list[Any] = []
        self.seen: list[str] = []
        self.faults: list[str] = []

    def __call__(self, path: str, **options: Any) -> Any:
        """Open ``path`` in a context of its own; ``options`` are the context's."""
        context = self.browser.new_context(**({"reduced_motion": "reduce"} | options))
        self.contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: self.seen.append(request.url))
        page.on("console", self._told)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.goto(self.base + path)
        return page

    def _told(self, said: Any) -> None:
        # the browser itself notes a page that answers 400 or 404
        if said.type == "error" and "Failed to load resource" not in said.text:
            self.faults.append(said.text)

    def close(self) -> None:
        """Check that no cookie was set, nothing asked of another host, and nothing failed."""
        for context in self.contexts:
            assert context.cookies() == []
            context.close()
        assert [url for url in self.seen if not url.startswith(self.base)] == []
        assert self.faults == []
