"""The guard: which web addresses may be fetched, told from the address and from what its name resolves to."""

from __future__ import annotations

import ipaddress
import re
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

import idna

from corpus.errors import Refused, Unreachable

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], Sequence[str]]
"""Gives the addresses of a host name and port, as text. Raises OSError."""

PORTS = {"http": 80, "https": 443}
LONGEST = 2_000
"""Characters of an address."""
RESOLVE_SECONDS = 10.0
ALLOW_HINT = "If it is yours and you mean it, name the host in the setting allowed_hosts."

_SAFE_PATH = "/%:@!$&'()*+,;=~-._"
_SAFE_QUERY = _SAFE_PATH + "?[]"
_ODD = re.compile(r"[\x00-\x20\x7f\\\u00a0\u2028\u2029\ud800-\udfff]")
# By the URL standard (https://url.spec.whatwg.org/#ends-in-a-number-checker) such a host is an
# IPv4 address, in whatever base it is written.
_NUMBER = re.compile(r"(?:^|\.)(?:[0-9]+|0[xX][0-9a-fA-F]*)$")

# https://www.iana.org/assignments/iana-ipv4-special-registry, and the same for IPv6.
_NO_V4 = tuple(
    ipaddress.IPv4Network(block)
    for block in (
        "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24"
        " 192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16"
        " 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4"
        # the cloud's own services at Azure, on an address that looks public
        " 168.63.129.16/32"
    ).split()
)
_NO_V6 = tuple(
    ipaddress.IPv6Network(block)
    for block in (
        "::/96 64:ff9b:1::/48 100::/64 100:0:0:1::/64 2001::/23 2001:db8::/32 2002::/16"
        " 2620:4f:8000::/48 3fff::/20 5f00::/16 fc00::/7 fe80::/10 fec0::/10 ff00::/8"
    ).split()
)
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# What a cloud tells its own machines is never behind a name, whoever allowed the name.
_METADATA = (
    ipaddress.IPv4Network("169.254.0.0/16"),
    ipaddress.IPv4Network("168.63.129.16/32"),
    ipaddress.IPv4Network("100.100.100.200/32"),
    ipaddress.IPv4Network("192.0.0.192/32"),
    ipaddress.IPv6Network("fe80::/10"),
    ipaddress.IPv6Network("fd00:ec2::254/128"),
    ipaddress.IPv6Network("fd20:ce::254/128"),
)


@dataclass(frozen=True, slots=True)
class Address:
    """A web address taken apart; ``host`` is ASCII, lower case, an IPv6 address without brackets."""

    scheme: str
    host: str
    port: int
    path: str
    """With the query, as it is asked for."""

    @property
    def authority(self) -> str:
        """Host and port as the Host header has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.authority}"

    def __str__(self) -> str:
        return self.origin + self.path


@dataclass(frozen=True, slots=True)
class Rules:
    """What an operator allows beyond the public web."""

    allowed_hosts: tuple[str, ...] = ()
    """``host`` or ``host:port``: fetched wherever the name leads, but for metadata services."""
    allowed_ports: tuple[int, ...] = (80, 443)


def parse(words: str) -> Address:
    """Take a web address apart; the fragment is dropped. Raises Refused in words.

    What is asked for is put together from these parts, so no second parser can read it otherwise.
    """
    text = words.strip()
    if len(text) > LONGEST:
        raise Refused(f"The address has more than {LONGEST:,} characters.")
    if _ODD.search(text):
        raise Refused("The address has spaces, control characters or backslashes in it.")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise Refused("This is not a web address.", hint="Check how it is written.") from error
    scheme = parts.scheme.lower()
    if scheme not in PORTS:
        raise Refused(f"Only http and https are fetched, not {scheme or 'no scheme'}.")
    if "@" in parts.netloc:
        raise Refused(
            "The address has a user name or password in it.",
            hint="Leave it out; pages behind a password are not fetched.",
        )
    path = quote(parts.path or "/", safe=_SAFE_PATH)
    query = quote(parts.query, safe=_SAFE_QUERY)
    where = urlunsplit(("", "", path, query, ""))
    # a path of two slashes would be read as a host by the next one who parses it
    where = "/" + where.lstrip("/")
    return Address(scheme, _host(host), PORTS[scheme] if port is None else port, where)


def _host(host: str) -> str:
    if not host:
        raise Refused("The address names no host.", hint="Check how it is written.")
    if ":" in host:
        try:
            return str(ipaddress.IPv6Address(host if "%" not in host else ""))
        except ValueError as error:
            raise Refused("The host is no IPv6 address that can be read.") from error
    try:
        plain = host if host.isascii() else idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise Refused("The host's name cannot be written in ASCII.") from error
    plain = plain.lower().removesuffix(".")
    if _NUMBER.search(plain):
        try:
            return str(ipaddress.IPv4Address(plain))
        except ValueError as error:
            raise Refused(
                "The host is a number, and not an IP address in its usual form.",
                hint="Write it as four numbers, such as 192.0.2.1, or use its name.",
            ) from error
    if not re.fullmatch(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?", plain) or ".." in plain:
        raise Refused("The host's name has characters that no name has.")
    return plain


def fault(address: IPAddress) -> str:
    """Return why an IP address is not fetched from, or an empty string for a public one."""
    if isinstance(address, ipaddress.IPv4Address):
        inside = any(address in block for block in _NO_V4) or not address.is_global
        return f"{address} is not a public address" if inside else ""
    if address.ipv4_mapped is not None:
        return fault(address.ipv4_mapped)
    if address in _NAT64:
        return fault(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    if (
        address.scope_id
        or address not in _GLOBAL_V6
        or any(address in block for block in _NO_V6)
        or not address.is_global
        or _is_isatap(address)
    ):
        return f"{address} is not a public address"
    return ""


def _is_isatap(address: ipaddress.IPv6Address) -> bool:
    """An address that carries an IPv4 one in its interface part (RFC 5214) is a tunnel's."""
    return (int(address) >> 32) & 0xFDFFFFFF == 0x5EFE


def _is_metadata(address: IPAddress) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return _is_metadata(address.ipv4_mapped)
        if address in _NAT64:
            return _is_metadata(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return any(address in block for block in _METADATA if block.version == address.version)


class Guard:
    """Decides what may be fetched, and gives the very IP addresses that a connection may go to."""

    def __init__(self, rules: Rules | None = None, *, resolver: Resolver | None = None) -> None:
        self._rules = rules or Rules()
        self._allowed = frozenset(map(_allowed, self._rules.allowed_hosts))
        self._resolve = resolver or system_resolver

    def check(self, words: str | Address) -> Address:
        """Return the address taken apart, where its form and its port are allowed. Raises Refused."""
        address = words if isinstance(words, Address) else parse(words)
        if (address.host, address.port) in self._allowed:
            return address
        if address.port not in self._rules.allowed_ports:
            ports = ", ".join(map(str, self._rules.allowed_ports))
            raise Refused(
                f"Port {address.port} is not one of those that are fetched from ({ports}).",
                hint="If you mean it, name host:port in allowed_hosts, or the port in allowed_ports.",
            )
        literal = _literal(address.host)
        if literal is not None and (found := fault(literal)) and not self.is_allowed(address):
            raise Refused(f"The address is not fetched: {found}.", hint=ALLOW_HINT)
        return address

    def is_allowed(self, address: Address) -> bool:
        """Tell whether the operator named this host."""
        return bool({(address.host, None), (address.host, address.port)} & self._allowed)

    def resolve(self, address: Address) -> tuple[str, ...]:
        """Resolve a checked address once; a connection must go to one of these and nowhere else.

        If any of a name's addresses is refused, the name is. Raises Refused, Unreachable.
        """
        literal = _literal(address.host)
        found = (str(literal),) if literal else self._look_up(address)
        allowed = self.is_allowed(address)
        for text in found:
            ip = ipaddress.ip_address(text)
            if allowed and (literal or not _is_metadata(ip)):
                continue
            if why := fault(ip) or (_is_metadata(ip) and f"{ip} is a metadata service"):
                raise Refused(
                    f"The host {address.host} is not fetched from: {why}.", hint=ALLOW_HINT
                )
        return found

    def _look_up(self, address: Address) -> tuple[str, ...]:
        try:
            found = tuple(dict.fromkeys(self._resolve(address.host, address.port)))
        except (OSError, UnicodeError) as error:
            raise Unreachable(
                f"The host {address.host} cannot be found.",
                hint="Check the address and your connection.",
            ) from error
        if not found:
            raise Unreachable(f"The host {address.host} has no address.")
        return found


def _literal(host: str) -> IPAddress | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _allowed(entry: str) -> tuple[str, int | None]:
    """Read an entry of ``allowed_hosts``. Raises Refused where it cannot be a host."""
    bare = entry.strip()
    if bare.count(":") > 1 and not bare.startswith("["):
        bare = f"[{bare}]"
    try:
        parts = urlsplit(f"//{bare}")
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise Refused(f"{entry!r} in allowed_hosts is no host.") from error
    return _host(host), port


def system_resolver(host: str, port: int) -> Sequence[str]:
    """Ask the system, for at most RESOLVE_SECONDS. Raises OSError."""
    found: list[str] = []
    errors: list[BaseException] = []

    def ask() -> None:
        try:
            for *_, where in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
                found.append(str(where[0]))
        except (OSError, UnicodeError) as error:
            errors.append(error)

    # getaddrinfo knows no time limit; a thread that never ends holds nothing
    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(RESOLVE_SECONDS)
    if asking.is_alive():
        raise TimeoutError("The name was not resolved in time.")
    if errors:
        raise OSError(str(errors[0])) from errors[0]
    return list(found)
