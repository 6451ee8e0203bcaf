"""Whether a request comes from this very machine, and not by way of a proxy on it."""

from __future__ import annotations

import ipaddress

from flask import Request

_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via")


def is_local(request: Request) -> bool:
    """Return whether the asker is on the loopback address and nothing says that it asks for another."""
    if any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
