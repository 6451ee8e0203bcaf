"""The MCP server over HTTP: who may reach it, and under which names."""

from __future__ import annotations

import json
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import uvicorn
from mcp.server import MCPServer
from mcp.server.transport_security import TransportSecuritySettings

from corpus.accounts import Accounts
from corpus.errors import ServeError, UsageError
from patella.opening import open_accounts
from patella.settings import Settings

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Scope]]
Send = Callable[[Scope], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
PATH = "/mcp"
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def read_address(told: str) -> tuple[str, int]:
    """Read ``HOST:PORT``. Raises UsageError."""
    host, _, port = told.rpartition(":")
    host = host.strip("[]")
    if not host or not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise UsageError(f"{told!r} is no address to listen on.", hint="Write it as 127.0.0.1:8100")
    return host, int(port)


def run_http(
    server: MCPServer, settings: Settings, address: str, said: Callable[[str], None]
) -> None:
    """Serve until interrupted; ``said`` is told where. Raises ServeError, UsageError."""
    host, port = read_address(address)
    app: App = server.streamable_http_app(
        streamable_http_path=PATH,
        stateless_http=True,
        host=host,
        transport_security=_names(host, settings),
    )
    accounts = None
    if settings.search_access == "signed-in":
        accounts = open_accounts(settings)
        app = _Gate(app, accounts)
    try:
        listening = socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET
        )
    except OSError as error:
        raise ServeError(
            f"Cannot listen on {host}:{port}: {error.strerror}.", hint="Choose another port."
        ) from error
    said(f"http://{host}:{listening.getsockname()[1]}{PATH}")
    config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False)
    try:
        uvicorn.Server(config).run(sockets=[listening])
    finally:
        listening.close()
        if accounts:
            accounts.close()


def _names(host: str, settings: Settings) -> TransportSecuritySettings | None:
    """Return the names that the server answers to: pages of the web must not reach it by a name of theirs.

    None has the SDK decide, which holds a loopback address to its own names.
    """
    if not settings.trusted_hosts:
        return None
    names = [name for host_name in settings.trusted_hosts for name in (host_name, f"{host_name}:*")]
    if host in _LOOPBACK:
        names += ["localhost:*", "127.0.0.1:*", "[::1]:*"]
    origins = [f"{scheme}://{name}" for name in names for scheme in ("http", "https")]
    return TransportSecuritySettings(allowed_hosts=names, allowed_origins=origins)


class _Gate:
    """Lets through only who sends a token of the library."""

    def __init__(self, app: App, accounts: Accounts) -> None:
        self._app, self._accounts = app, accounts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._may(scope):
            await self._app(scope, receive, send)
            return
        told = {
            "type": "/api#sign-in",
            "title": "Sign in first",
            "status": 401,
            "detail": "This library is for those who sign in.",
            "hint": "Send a token as Authorization: Bearer patella_…",
        }
        head = [
            (b"content-type", b"application/problem+json"),
            (b"www-authenticate", b'Bearer realm="patella"'),
        ]
        await send({"type": "http.response.start", "status": 401, "headers": head})
        await send({"type": "http.response.body", "body": json.dumps(told).encode()})

    def _may(self, scope: Scope) -> bool:
        sent = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
        scheme, _, secret = sent.partition(" ")
        if scheme.lower() != "bearer":
            return False
        found = self._accounts.tokens.find(secret.strip())
        return found is not None and found.may("read")
