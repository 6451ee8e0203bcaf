"""Whether a request that changes something comes from this site's own pages, and how often one asks.

Sharing an answer takes no account, so a forged request can take nobody's rights; what is held off is
another site making people's browsers fill the library. What needs an account is checked further, in
``webapp/access.py``.
"""

from __future__ import annotations

import hashlib
import ipaddress
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from flask import Request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from corpus.errors import Forbidden, TooMany
from webapp.shared_counts import SharedCounts

TOKEN_SECONDS = 12 * 3600
"""How long a form may stay open before it is sent."""
PER_ADDRESS = 20
"""Receipts that one address may make in an hour."""
PER_SERVER = 300
"""Receipts that all together may make in an hour."""
HOUR = 3600.0
_MOST_ADDRESSES = 10_000

_REFUSED = "This form was not sent from a page of this library."
_HINT = "Open the answer here again, and press the button on its page."


def check_origin(request: Request) -> None:
    """Refuse what a browser says comes from another site. Raises Forbidden.

    Browsers tell by ``Sec-Fetch-Site`` (only over HTTPS or to localhost), else by ``Origin``. One
    that tells neither, or ``null``, is left to the form's token.
    """
    fetched = request.headers.get("Sec-Fetch-Site")
    if fetched is not None:
        if fetched not in {"same-origin", "none"}:
            raise Forbidden(_REFUSED, hint=_HINT)
        return
    origin = request.headers.get("Origin")
    if origin is None or origin == "null":
        return
    if urlsplit(origin).netloc.casefold() != request.host.casefold():
        raise Forbidden(_REFUSED, hint=_HINT)


class FormTokens:
    """Signs what a form refers to, for the browser and address that the form was given to."""

    def __init__(self, secret: Callable[[], bytes]) -> None:
        self._secret = secret

    def make(self, request: Request, subject: str) -> str:
        """Return a token for ``subject``."""
        return str(self._signer().dumps([subject, _client(request)]))

    def read(self, request: Request, token: str) -> str:
        """Return the subject of a token. Raises Forbidden where it is forged, old, or another's."""
        try:
            subject, client = self._signer().loads(token, max_age=TOKEN_SECONDS)
        except (BadSignature, ValueError, TypeError) as error:
            raise Forbidden(_REFUSED, hint=_HINT) from error
        if client != _client(request):
            raise Forbidden(_REFUSED, hint=_HINT)
        return str(subject)

    def _signer(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(
            self._secret(), salt="patella-form", signer_kwargs={"digest_method": hashlib.sha256}
        )


def _client(request: Request) -> str:
    told = f"{request.remote_addr}\n{request.headers.get('User-Agent', '')}"
    return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:32]


class Limiter:
    """Counts what addresses do in an hour. Addresses are kept in memory alone, and for an hour.

    Where several processes serve, they count together, in their ``shared`` folder, hashes of addresses.
    """

    def __init__(
        self,
        *,
        per_address: int = PER_ADDRESS,
        per_server: int = PER_SERVER,
        clock: Callable[[], float] = time.monotonic,
        shared: Path | None = None,
    ) -> None:
        self._shared = SharedCounts(shared / "shares") if shared else None
        self._per_address, self._per_server, self._clock = per_address, per_server, clock
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()
        self._all: deque[float] = deque()
        self._lock = threading.Lock()

    def count(self, address: str | None) -> None:
        """Count one for an address. Raises TooMany over a limit."""
        if self._shared:
            if not (
                self._shared.acquire(network(address), limit=self._per_address, seconds=int(HOUR))
                and self._shared.acquire("all", limit=self._per_server, seconds=int(HOUR))
            ):
                raise _too_many()
            return
        now = self._clock()
        with self._lock:
            self._forget(now)
            mine = self._seen.setdefault(network(address), deque())
            if len(mine) >= self._per_address or len(self._all) >= self._per_server:
                raise _too_many()
            mine.append(now)
            self._all.append(now)
            while len(self._seen) > _MOST_ADDRESSES:
                self._seen.popitem(last=False)

    def _forget(self, now: float) -> None:
        while self._all and now - self._all[0] >= HOUR:
            self._all.popleft()
        for address in list(self._seen):
            held = self._seen[address]
            while held and now - held[0] >= HOUR:
                held.popleft()
            if not held:
                del self._seen[address]


def _too_many() -> TooMany:
    return TooMany(
        "Too many answers were shared in the last hour.",
        hint="Wait a while, or copy the answer's address instead.",
    )


def network(address: str | None) -> str:
    """Return an address, of IPv6 the /64 that one household has."""
    try:
        found = ipaddress.ip_address(address or "")
    except ValueError:
        return ""
    if found.version == 6:
        return str(ipaddress.ip_network(f"{found}/64", strict=False))
    return str(found)
