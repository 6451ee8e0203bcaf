"""Connections: one HTTP request to the very IP address that was checked, within a time that is kept."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType

import certifi

from corpus.errors import Broken, TooLarge, Unreachable
from ingest.web.guard import Address

CONNECT_SECONDS = 10.0
MOST_TRIED = 4
"""IP addresses of one host that are tried in turn."""
CHUNK = 65_536
RATIO = 200
"""A compressed answer may unpack to so many times its size, above a megabyte."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered to one request; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    data: bytes


def trust() -> ssl.SSLContext:
    """Return how servers are verified: by the system's authorities and by certifi's."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


class _Deadline:
    """Shuts a socket down when the time is over, however slowly its bytes drip."""

    def __init__(self, seconds: float) -> None:
        self.ends = time.monotonic() + seconds
        self.passed = False
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> _Deadline:
        self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()

    @property
    def left(self) -> float:
        return max(0.1, self.ends - time.monotonic())

    def hold(self, held: socket.socket) -> None:
        self._socket = held
        if self.passed:
            self._end()

    def _end(self) -> None:
        self.passed = True
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)


class _Pinned(http.client.HTTPConnection):
    """Connects to the IP addresses that it is given, whatever the host's name says by now."""

    def __init__(
        self,
        address: Address,
        ips: Sequence[str],
        deadline: _Deadline,
        context: ssl.SSLContext,
    ) -> None:
        super().__init__(address.host, address.port)
        self._address = address
        self._ips = ips
        self._deadline = deadline
        self._context = context

    def connect(self) -> None:
        plain = self._open()
        self._deadline.hold(plain)
        if self._address.scheme == "https":
            # the name, not the IP address, is what the certificate must be for
            self.sock = self._context.wrap_socket(plain, server_hostname=self._address.host)
            self._deadline.hold(self.sock)
        else:
            self.sock = plain

    def _open(self) -> socket.socket:
        last: OSError = OSError("no address")
        for ip in self._ips[:MOST_TRIED]:
            try:
                return socket.create_connection(
                    (ip, self._address.port), timeout=min(CONNECT_SECONDS, self._deadline.left)
                )
            except OSError as error:
                last = error
        raise last


def request(
    address: Address,
    ips: Sequence[str],
    *,
    headers: Mapping[str, str],
    seconds: float,
    limit: int,
    context: ssl.SSLContext,
) -> Reply:
    """Ask for a page once. No proxy of the environment is used, and no redirect is followed.

    ``seconds`` holds for all of it, ``limit`` for the bytes after unpacking. Raises Unreachable,
    TooLarge, Broken.
    """
    with _Deadline(seconds) as deadline:
        connection = _Pinned(address, ips, deadline, context)
        try:
            connection.putrequest("GET", address.path, skip_host=True, skip_accept_encoding=True)
            connection.putheader("Host", address.authority)
            for name, value in headers.items():
                connection.putheader(name, value)
            connection.endheaders()
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            if response.status in (204, 304) or 300 <= response.status < 400:
                return Reply(response.status, found, b"")
            data = b"".join(_bounded(_body(response), found.get("content-encoding", ""), limit))
            if deadline.passed:
                raise TimeoutError
            return Reply(response.status, found, data)
        except (OSError, http.client.HTTPException) as error:
            raise _in_words(error, address, deadline.passed, seconds) from error
        finally:
            connection.close()


def _body(response: http.client.HTTPResponse) -> Iterator[bytes]:
    expected = response.length
    received = 0
    while piece := response.read1(CHUNK):
        received += len(piece)
        yield piece
    if expected is not None and received < expected:
        raise http.client.IncompleteRead(b"", expected - received)


def _bounded(pieces: Iterator[bytes], encoding: str, limit: int) -> Iterator[bytes]:
    """Unpack what a server sent, and stop where it grows too large."""
    name = encoding.strip().lower()
    unpacker = None
    if name in ("gzip", "x-gzip", "deflate"):
        unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    elif name not in ("", "identity"):
        raise Broken(f"The server sent it packed as {name[:40]}, which was not asked for.")
    total = packed = 0
    for piece in pieces:
        packed += len(piece)
        try:
            plain = unpacker.decompress(piece, limit - total + 1) if unpacker else piece
        except zlib.error as error:
            raise Broken("The server sent it packed, and the packing is damaged.") from error
        total += len(plain)
        if total > limit or (total > 1_000_000 and total > RATIO * packed):
            raise TooLarge(
                f"The page is over the limit of {limit / 1e6:.0f} MB, or unpacks to far more than"
                " was sent.",
                hint="The limit is the setting web_megabytes.",
            )
        yield plain
    if unpacker and not unpacker.eof:
        raise Broken("The server sent it packed, and the end is missing.")


def _in_words(error: Exception, address: Address, late: bool, seconds: float) -> Unreachable:
    hint = "It is tried again at the next run."
    if late or isinstance(error, TimeoutError):
        return Unreachable(
            f"{address.host} did not send the page within {seconds:.0f} seconds.", hint=hint
        )
    if isinstance(error, ssl.SSLCertVerificationError):
        return Unreachable(
            f"The certificate of {address.host} is not valid for it: {error.verify_message}.",
            hint="Tell whoever runs the site; pages are not taken from it until it is mended.",
        )
    if isinstance(error, ssl.SSLError):
        return Unreachable(f"No secure connection to {address.host} could be made.", hint=hint)
    if isinstance(error, http.client.IncompleteRead):
        return Unreachable(f"{address.host} broke off in the middle of the page.", hint=hint)
    if isinstance(error, http.client.HTTPException):
        return Unreachable(f"{address.host} sent an answer that is not HTTP.", hint=hint)
    words = getattr(error, "strerror", "") or "no connection"
    return Unreachable(f"{address.host} cannot be reached: {words}.", hint=hint)
