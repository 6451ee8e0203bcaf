"""Fetching from real servers: redirects, limits, conditions, pinning, robots.txt, and patience."""

from __future__ import annotations

import datetime as dt
import gzip
import ssl
import threading
import time

import pytest

from corpus.errors import Broken, Missing, Refused, TooLarge, Unreachable
from ingest.web import connect
from ingest.web.robots import Robots
from tests.web_helpers import Reply, Site, a_site, fetcher


@pytest.fixture
def site():
    with a_site() as found:
        yield found


def redirect(where: str, status: int = 302) -> Reply:
    return Reply(status=status, headers={"Location": where})


def test_a_page_comes_with_what_marks_it(site: Site) -> None:
    site.html("/knee?a=b", "<p>Rest.</p>", etag='"v1"')
    found = fetcher(site.host).get(site.url("/knee?a=b#top"))
    assert b"Rest." in found.data
    assert (found.address, found.etag, found.content_type) == (
        site.url("/knee?a=b"), '"v1"', "text/html; charset=utf-8",
    )  # fmt: skip
    assert site.asked[0].headers["User-Agent"] == "Patella/0.1 (test)"
    assert site.asked[0].headers["Host"] == site.host


def test_an_unchanged_page_costs_a_304(site: Site) -> None:
    site.html("/a", "x", etag='"v1"')
    site.pages["/b"] = Reply(b"text", headers={"Last-Modified": "Mon, 05 Jan 2026 10:00:00 GMT"})
    web = fetcher(site.host)
    for path in ("/a", "/b"):
        first = web.get(site.url(path))
        again = web.get(site.url(path), etag=first.etag, last_modified=first.last_modified)
        assert (again.unchanged, again.data) == (True, b"")
    site.html("/a", "y", etag='"v2"')
    assert web.get(site.url("/a"), etag='"v1"').data


def test_a_304_that_was_not_asked_for_is_no_page(site: Site) -> None:
    site.pages["/a"] = Reply(status=304)
    with pytest.raises(Unreachable, match="304"):
        fetcher(site.host).get(site.url("/a"))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed(site: Site, status: int) -> None:
    site.pages["/old"] = redirect("new?x=1", status)
    site.pages["/new?x=1"] = Reply(b"here")
    found = fetcher(site.host).get(site.url("/old"))
    assert (found.address, found.data) == (site.url("/new?x=1"), b"here")


def test_redirects_end_somewhere(site: Site) -> None:
    site.pages["/a"] = redirect("/b")
    site.pages["/b"] = redirect("/a")
    with pytest.raises(Unreachable, match="more than 5 times"):
        fetcher(site.host).get(site.url("/a"))
    assert len(site.paths()) == 6
    site.pages["/c"] = Reply(status=302)
    with pytest.raises(Unreachable, match="nowhere"):
        fetcher(site.host).get(site.url("/c"))


@pytest.mark.parametrize(
    "where",
    """http://10.0.0.1/ http://169.254.169.254/latest/meta-data http://[::1]/ http://2130706433/
    http://localhost:1/ file:///etc/passwd ftp://example.org/ //127.0.0.2/ http://user:p@example.org/
    http://[::ffff:127.0.0.1]/ http://0x7f.1/ http://inside.test/ https://inside.test/ http://[bad/
    http://example.org:22/""".split(),
)
def test_every_redirect_is_checked(site: Site, where: str) -> None:
    site.pages["/a"] = redirect(where)
    web = fetcher(site.host, resolver=lambda host, port: ["192.168.1.1"])
    with pytest.raises(Refused):
        web.get(site.url("/a"))
    assert len(site.asked) == 1


def test_the_connection_goes_to_the_address_that_was_checked(site: Site, monkeypatch) -> None:
    """A name that is public when checked and private a moment later (DNS rebinding)."""
    answers = iter([["93.184.215.14"], ["127.0.0.1"], ["127.0.0.1"]])
    asked: list[str] = []
    tried: list[tuple[str, int]] = []

    def resolver(host: str, port: int) -> list[str]:
        asked.append(host)
        return next(answers)

    def no_network(where: tuple[str, int], timeout: float) -> None:
        tried.append(where)
        raise OSError("no network here")

    monkeypatch.setattr(connect.socket, "create_connection", no_network)
    web = fetcher(resolver=resolver)
    with pytest.raises(Unreachable):
        web.get("http://rebinding.test/")
    assert (asked, tried) == (["rebinding.test"], [("93.184.215.14", 80)])
    with pytest.raises(Refused):
        web.get("http://rebinding.test/")
    assert len(tried) == 1


def test_a_pinned_connection_keeps_the_hosts_name(site: Site) -> None:
    site.pages["/a"] = Reply(b"by name")
    name = f"guidance.test:{site.port}"
    web = fetcher(name, resolver=lambda host, port: ["127.0.0.1"])
    assert web.get(f"http://{name}/a").data == b"by name"
    assert site.asked[0].headers["Host"] == name


def test_a_second_address_is_tried_where_the_first_does_not_answer(site: Site) -> None:
    site.pages["/a"] = Reply(b"by name")
    name = f"guidance.test:{site.port}"
    web = fetcher(name, resolver=lambda host, port: ["127.0.0.9", "::1", "127.0.0.1"])
    assert web.get(f"http://{name}/a").data == b"by name"


def test_no_proxy_of_the_environment_is_used(site: Site, monkeypatch) -> None:
    with a_site() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://{proxy.host}")
        site.pages["/a"] = Reply(b"direct")
        assert fetcher(site.host).get(site.url("/a")).data == b"direct"
        assert proxy.asked == []


def test_pages_over_the_limit_are_not_taken(site: Site) -> None:
    site.pages["/big"] = Reply(b"x" * 5000)
    site.pages["/bomb"] = Reply(
        gzip.compress(bytes(5_000_000)), headers={"Content-Encoding": "gzip"}
    )
    site.pages["/fine"] = Reply(gzip.compress(b"knee " * 100), headers={"Content-Encoding": "gzip"})
    web = fetcher(site.host, size=4000)
    for path in ("/big", "/bomb"):
        with pytest.raises(TooLarge):
            web.get(site.url(path))
    assert web.get(site.url("/fine")).data == b"knee " * 100
    with pytest.raises(TooLarge):  # within the limit of size, and still a bomb
        fetcher(site.host, size=10_000_000).get(site.url("/bomb"))


def test_damaged_or_unasked_packing_is_broken(site: Site) -> None:
    packed = gzip.compress(b"knee " * 1000)
    for number, (body, name) in enumerate(
        [(packed[:-20], "gzip"), (b"not packed", "gzip"), (b"??", "br")]
    ):
        site.pages[f"/{number}"] = Reply(body, headers={"Content-Encoding": name})
        with pytest.raises(Broken):
            fetcher(site.host).get(site.url(f"/{number}"))


def test_a_page_cut_short_is_not_taken(site: Site) -> None:
    site.pages["/a"] = Reply(b"half", headers={"Content-Length": "400", "Connection": "close"})

    def cut(handler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\nhalf")

    site.pages["/a"].write = cut
    with pytest.raises(Unreachable, match="broke off"):
        fetcher(site.host).get(site.url("/a"))


@pytest.mark.parametrize(
    "start", [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"]
)
def test_a_server_that_drips_is_left(site: Site, start: bytes) -> None:
    stop = threading.Event()

    def drip(handler) -> None:
        handler.wfile.write(start)
        while not stop.wait(0.05):
            handler.wfile.write(b"a")

    site.pages["/a"] = Reply(write=drip)
    begun = time.monotonic()
    with pytest.raises(Unreachable, match="within 1 seconds"):
        fetcher(site.host, seconds=0.6).get(site.url("/a"))
    stop.set()
    assert time.monotonic() - begun < 3


def test_what_is_not_http_is_told_in_words(site: Site) -> None:
    site.pages["/a"] = Reply(write=lambda handler: handler.wfile.write(b"SSH-2.0-OpenSSH\r\n"))
    with pytest.raises(Unreachable, match="not HTTP"):
        fetcher(site.host).get(site.url("/a"))


@pytest.mark.parametrize(("status", "kind", "says"), [
    (404, Missing, "no such page"), (410, Missing, "gone for good"), (403, Unreachable, "does not let"),
    (429, Unreachable, "left alone"), (500, Unreachable, "a fault"), (503, Unreachable, "a fault"),
    (418, Unreachable, "418"),
])  # fmt: skip
def test_statuses_are_told_in_words(site: Site, status: int, kind: type, says: str) -> None:
    site.pages["/a"] = Reply(b"", status)
    with pytest.raises(kind, match=says) as error:
        fetcher(site.host).get(site.url("/a"))
    assert error.value.hint and error.value.status == status


def test_one_host_is_asked_slowly(site: Site) -> None:
    waited: list[float] = []
    site.pages["/a"] = Reply(b"x")
    web = fetcher(site.host, delay=1.0, sleep=waited.append)
    web.get(site.url("/a"))
    assert waited == []
    web.get(site.url("/a"))
    assert 0.5 < waited[0] <= 1.0


ROBOTS = b"""User-agent: *
Disallow: /private
Crawl-delay: 7

User-agent: Patella
Disallow: /no
Allow: /no/but
Crawl-delay: 3
"""


def test_robots_txt_is_kept_to(site: Site) -> None:
    waited: list[float] = []
    site.pages |= {
        "/robots.txt": Reply(ROBOTS), "/private": Reply(b"x"), "/no/but": Reply(b"x"), "/no": Reply(b"x"),
        "/a": redirect("/no"),
    }  # fmt: skip
    web = fetcher(site.host, sleep=waited.append)
    robots = Robots(web)
    for path in ("/private", "/no/but"):
        assert web.get(site.url(path), permit=robots.permit).data == b"x"
    for path in ("/no", "/a"):
        with pytest.raises(Unreachable, match=r"robots\.txt of 127\.0\.0\.1 does not let Patella"):
            web.get(site.url(path), permit=robots.permit)
    assert [each.path for each in site.asked].count("/robots.txt") == 1
    assert "/no" not in site.paths()
    assert 2.5 < max(waited) <= 3.0


@pytest.mark.parametrize(
    ("status", "allowed"),
    [(404, True), (403, True), (401, True), (500, False), (503, False), (429, False)],
)
def test_a_robots_txt_that_cannot_be_read(site: Site, status: int, allowed: bool) -> None:
    site.pages |= {"/robots.txt": Reply(b"", status), "/a": Reply(b"x")}
    web = fetcher(site.host)
    if allowed:
        assert web.get(site.url("/a"), permit=Robots(web).permit).data == b"x"
    else:
        with pytest.raises(Unreachable, match=r"robots\.txt of .* could not be read"):
            web.get(site.url("/a"), permit=Robots(web).permit)


# -- TLS


def certificate(tmp_path, name: str) -> tuple[str, str]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = tmp_path / "cert.pem"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret = tmp_path / "key.pem"
    secret.write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ))  # fmt: skip
    return str(pem), str(secret)


def test_a_certificate_is_checked_for_the_name_and_not_for_the_address(tmp_path) -> None:
    from http.server import BaseHTTPRequestHandler, HTTPServer

    seen: list[str | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "6")
            self.end_headers()
            self.wfile.write(b"secure")

        def log_message(self, *_: object) -> None:
            pass

    pem, secret = certificate(tmp_path, "guidance.test")
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(pem, secret)
    served.sni_callback = lambda _socket, name, _context: seen.append(name)
    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None
    server.socket = served.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        port = server.server_address[1]
        context = ssl.create_default_context(cafile=pem)
        allowed = (f"guidance.test:{port}", f"other.test:{port}")
        web = fetcher(*allowed, resolver=lambda host, _: ["127.0.0.1"], context=context)
        assert web.get(f"https://guidance.test:{port}/").data == b"secure"
        assert seen == ["guidance.test"]
        with pytest.raises(Unreachable, match=r"certificate of other\.test is not valid"):
            web.get(f"https://other.test:{port}/")
        strangers = fetcher(*allowed, resolver=lambda host, _: ["127.0.0.1"])
        with pytest.raises(Unreachable, match="certificate"):
            strangers.get(f"https://guidance.test:{port}/")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
