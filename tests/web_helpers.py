"""A real web site on this machine, for tests: pages that a test sets, and a record of what was asked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from ingest.web.fetch import Fetcher, Limits
from ingest.web.guard import Guard, Rules


@dataclass
class Reply:
    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    write: Callable[[BaseHTTPRequestHandler], None] | None = None
    """Writes to the connection itself, for servers that misbehave."""


@dataclass
class Asked:
    path: str
    headers: Mapping[str, str]


class Site:
    """``site.pages["/x"] = Reply(...)``; with an ETag set, a page is served conditionally."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.port = server.server_address[1]
        self.pages: dict[str, Reply] = {}
        self.asked: list[Asked] = []

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str, *, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def html(self, path: str, body: str, *, title: str = "", head: str = "", etag: str = "") -> str:
        page = f"<!doctype html><html lang=en><head><title>{title}</title>{head}</head>"
        headers = {"Content-Type": "text/html; charset=utf-8"} | ({"ETag": etag} if etag else {})
        self.pages[path] = Reply(
            f"{page}<body><main>{body}</main></body></html>".encode(), headers=headers
        )
        return self.url(path)

    def paths(self) -> list[str]:
        """Return what was asked since this was last called, without robots.txt."""
        asked, self.asked = self.asked, []
        return [each.path for each in asked if each.path != "/robots.txt"]


@contextmanager
def a_site() -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            site.asked.append(Asked(self.path, dict(self.headers.items())))
            reply = site.pages.get(self.path, Reply(b"not here", 404))
            if reply.write:
                self.close_connection = True
                reply.write(self)
                return
            etag = reply.headers.get("ETag")
            modified = reply.headers.get("Last-Modified")
            if (etag and self.headers.get("If-None-Match") == etag) or (
                modified and not etag and self.headers.get("If-Modified-Since") == modified
            ):
                self.send_response(304)
                self.end_headers()
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if "Content-Length" not in reply.headers:
                self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, *_: object) -> None:
            pass

        def handle(self) -> None:
            # the client may have gone, as some tests mean it to
            with suppress(OSError):
                super().handle()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    site = Site(server)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def fetcher(*allowed: str, resolver=None, sleep=None, context=None, **limits) -> Fetcher:
    """Make a fetcher that may go to the hosts named, and waits for nothing unless told to."""
    return Fetcher(
        Guard(Rules(allowed_hosts=allowed), resolver=resolver),
        user_agent="Patella/0.1 (test)",
        limits=Limits(**({"delay": 0.0, "seconds": 5.0} | limits)),
        context=context,
        **({"sleep": sleep} if sleep else {}),
    )
