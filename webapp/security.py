"""The headers on every response, and the check of the Host header."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Flask, Response, request
from werkzeug.exceptions import BadRequest
from werkzeug.sansio.utils import host_is_trusted

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
DOWNLOAD_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; sandbox"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": (
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
        "magnetometer=(), microphone=(), midi=(), payment=(), usb=(), browsing-topics=()"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class UntrustedHost(BadRequest):
    """The request names a host that this library is not served at."""

    description = "This library is not served under that address."


def guard(app: Flask, *, trusted_hosts: Sequence[str]) -> None:
    """Put the headers on every response, and refuse hosts other than those trusted, if any."""

    @app.before_request
    def check_host() -> None:
        if trusted_hosts and not _is_trusted(request.host, trusted_hosts):
            raise UntrustedHost

    @app.after_request
    def add_headers(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response


def _is_trusted(host: str, trusted: Sequence[str]) -> bool:
    if host.startswith("["):
        # an IPv6 address, which the function for names does not take apart
        return host[1:].partition("]")[0] in trusted
    return host_is_trusted(host, list(trusted))
