"""Fetching: pages of the public web, through the guard at every redirect, politely and within limits."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urljoin

from corpus.errors import Missing, Refused, Unreachable
from ingest.web.connect import Reply, request, trust
from ingest.web.guard import Address, Guard

MOST_REDIRECTS = 5
REDIRECTS = (301, 302, 303, 307, 308)
LONGEST_DELAY = 60.0
"""Seconds; a robots.txt that asks for a longer delay between pages gets this one."""
LONGEST_TAG = 500
ACCEPT = "text/html,application/xhtml+xml,application/pdf,text/markdown,text/plain,*/*;q=0.5"

Permit = Callable[[Address], None]
"""Raises Unreachable where an address may not be asked for."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is taken, and how slowly."""

    seconds: float = 30.0
    """For one request, from the first byte sent to the last received."""
    size: int = 50_000_000
    """Bytes of a page, unpacked."""
    delay: float = 1.0
    """Seconds between two requests to one host."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page as a server gave it; ``data`` is empty where it is unchanged."""

    address: str
    """Where it was in the end, behind all redirects."""
    data: bytes
    content_type: str = ""
    etag: str = ""
    last_modified: str = ""
    unchanged: bool = False


class Fetcher:
    """Fetches one page at a time; each host is left alone for a while between two requests."""

    def __init__(
        self,
        guard: Guard,
        *,
        user_agent: str,
        limits: Limits | None = None,
        context: ssl.SSLContext | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.user_agent = user_agent
        self._guard = guard
        self._limits = limits or Limits()
        self._context = context
        self._sleep = sleep
        self._free: dict[str, float] = {}
        self._delays: dict[str, float] = {}

    def slow_down(self, address: Address, seconds: float) -> None:
        """Leave a host alone for longer than usual between two requests."""
        self._delays[address.origin] = min(max(seconds, self._limits.delay), LONGEST_DELAY)

    def get(
        self,
        words: str,
        *,
        etag: str = "",
        last_modified: str = "",
        permit: Permit | None = None,
        limit: int | None = None,
    ) -> Fetched:
        """Fetch a page; with what it was marked by before, an unchanged one costs no bytes.

        Every address on the way is checked by the guard and by ``permit``. Raises Refused,
        Unreachable, Missing, TooLarge, Broken.
        """
        conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        conditions = {name: value for name, value in conditions.items() if value}
        address = self._guard.check(words)
        for _ in range(MOST_REDIRECTS + 1):
            if permit:
                permit(address)
            reply = self._ask(address, conditions, limit)
            if reply.status not in REDIRECTS:
                return self._fetched(address, reply, bool(conditions))
            address = self._next(address, reply)
        raise Unreachable(
            f"The page redirects more than {MOST_REDIRECTS} times.", hint="Add where it leads to."
        )

    def _ask(self, address: Address, conditions: dict[str, str], limit: int | None) -> Reply:
        ips = self._guard.resolve(address)
        self._wait(address)
        headers = {
            "User-Agent": self.user_agent,
            "Accept": ACCEPT,
            "Accept-Encoding": "gzip",
            "Connection": "close",
        }
        if self._context is None:
            self._context = trust()
        try:
            return request(
                address,
                ips,
                headers=headers | conditions,
                seconds=self._limits.seconds,
                limit=min(limit or self._limits.size, self._limits.size),
                context=self._context,
            )
        finally:
            delay = self._delays.get(address.origin, self._limits.delay)
            self._free[address.origin] = time.monotonic() + delay

    def _wait(self, address: Address) -> None:
        left = self._free.get(address.origin, 0.0) - time.monotonic()
        if left > 0:
            self._sleep(left)

    def _next(self, address: Address, reply: Reply) -> Address:
        where = reply.headers.get("location", "")
        if not where:
            raise Unreachable(f"{address} redirects to nowhere.")
        try:
            following = self._guard.check(urljoin(str(address), where.strip()))
        except (Refused, ValueError) as error:
            hint = error.hint if isinstance(error, Refused) else ""
            raise Refused(
                f"It redirects to an address that is refused. {error}", hint=hint
            ) from error
        if (address.scheme, following.scheme) == ("https", "http") and not self._guard.is_allowed(
            following
        ):
            raise Refused(
                "It redirects from https to http, where anybody on the way could alter it.",
                hint=f"If that is fine, add {following}",
            )
        return following

    def _fetched(self, address: Address, reply: Reply, conditional: bool) -> Fetched:
        if reply.status == 304 and conditional:
            return Fetched(str(address), b"", unchanged=True)
        if reply.status != 200:
            raise status_error(reply.status)
        return Fetched(
            str(address),
            reply.data,
            content_type=reply.headers.get("content-type", "")[:LONGEST_TAG],
            etag=_tag(reply.headers.get("etag", "")),
            last_modified=_tag(reply.headers.get("last-modified", "")),
        )


def _tag(value: str) -> str:
    """A tag is sent back as it came; one too long, or with odd characters, is not."""
    return value if len(value) <= LONGEST_TAG and value.isascii() and value.isprintable() else ""


def status_error(status: int) -> Unreachable:
    """Return what a status says, in words."""
    again = "It is tried again at the next run."
    if status == 410:
        return Missing(
            "The server says that the page is gone for good (410).",
            hint="Look for where it is now, and add that.",
            status=410,
        )
    if status == 404:
        return Missing("The server has no such page (404).", hint="Check the address.", status=404)
    if status in (401, 403, 407):
        return Unreachable(
            f"The server does not let the page be fetched ({status}).",
            hint="Save the page in a browser, and add the file.",
            status=status,
        )
    if status == 429:
        return Unreachable(
            "The server asks to be left alone for a while (429).", hint=again, status=status
        )
    if status >= 500:
        return Unreachable(f"The server has a fault ({status}).", hint=again, status=status)
    return Unreachable(
        f"The server gave no page ({status}).", hint="Check the address.", status=status
    )
