"""How often one address or token may ask the API or the search page; counted, and told."""

from __future__ import annotations

import contextlib
import hashlib
import math
import time
from pathlib import Path

from flask import Flask, Response, request
from flask_limiter import Limiter
from limits import parse_many

from corpus.errors import SignInNeeded, UsageError
from webapp.access import principal
from webapp.limit_storage import SCHEME
from webapp.local import is_local
from webapp.same_site import network

LIMITED = ("/api/v1/", "/search")
"""Paths that cost: programs' requests, and the page that answers."""
_NONE = frozenset({"", "none", "off"})


def read_limits(told: str) -> str:
    """Return limits as they are fit to be used. Raises UsageError."""
    try:
        parsed = [] if told.strip().lower() in _NONE else parse_many(told)
    except ValueError as error:
        raise UsageError(
            f"The limits of the API cannot be {told!r}.",
            hint="Write them as: 120 per minute; 3000 per hour",
        ) from error
    return "; ".join(str(one) for one in parsed)


def limit(app: Flask, limits: str, *, shared: Path | None = None) -> None:
    """Hold requests that cost to ``limits``, each address or token by itself; this machine is free.

    Counted in memory, or in the folder that the server's processes share.

    The state is told by the fields ``RateLimit`` and ``RateLimit-Policy`` of the IETF's draft
    (draft-ietf-httpapi-ratelimit-headers), and over the limit by ``Retry-After``.
    """
    limits = read_limits(limits)
    if not limits:
        return
    limiter = Limiter(
        who,
        app=app,
        application_limits=[limits],
        application_limits_exempt_when=lambda: (
            not request.path.startswith(LIMITED) or is_local(request)
        ),
        storage_uri=f"{SCHEME}:{shared / 'limits'}" if shared else "memory://",
        strategy="sliding-window-counter" if shared else "moving-window",
    )

    @app.after_request
    def tell(response: Response) -> Response:
        states = limiter.current_limits
        if not request.path.startswith(LIMITED) or not states:
            return response
        now = time.time()
        least = min(states, key=lambda state: (state.remaining, -state.reset_at))
        left = min(max(0, math.ceil(least.reset_at - now)), least.limit.get_expiry())
        response.headers["RateLimit-Policy"] = ", ".join(
            f'"{_name(s.limit.get_expiry())}";q={s.limit.amount};w={s.limit.get_expiry()}'
            for s in states
        )
        name = _name(least.limit.get_expiry())
        response.headers["RateLimit"] = f'"{name}";r={max(0, least.remaining)};t={left}'
        if response.status_code == 429:
            response.headers["Retry-After"] = str(max(1, left))
        return response


def who() -> str:
    """Return whose requests are counted together, as a hash: no address or token is kept.

    A token counts only if it is one of this library; others would each have a count of their own.
    """
    with contextlib.suppress(SignInNeeded):
        asker = principal()
        if asker and asker.means == "token":
            return hashlib.sha256(request.headers["Authorization"].encode()).hexdigest()
    return hashlib.sha256(network(request.remote_addr).encode()).hexdigest()


def _name(seconds: int) -> str:
    return {1: "second", 60: "minute", 3600: "hour", 86400: "day"}.get(seconds, f"{seconds}s")
