"""The guard: addresses that are refused, however they are written and wherever their names lead."""

from __future__ import annotations

import ipaddress

import pytest

from corpus.errors import Refused, Unreachable
from ingest.web.guard import Guard, Rules, fault, parse

PUBLIC = "93.184.215.14"

PRIVATE = """
127.0.0.1 127.255.255.254 10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.255 192.168.0.1
192.168.255.255 169.254.0.1 169.254.169.254 169.254.170.2 100.64.0.1 100.100.100.200 100.127.255.255
0.0.0.0 0.1.2.3 192.0.0.1 192.0.0.192 192.0.2.1 192.88.99.1 198.18.0.1 198.19.255.255 198.51.100.1
203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 168.63.129.16
::1 :: ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:0:127.0.0.1
fe80::1 fec0::1 fc00::1 fd00::1 fd00:ec2::254 ff02::1 2001:db8::1 3fff::1 5f00::1 100::1
64:ff9b::127.0.0.1 64:ff9b::10.0.0.1 64:ff9b::169.254.169.254 64:ff9b:1::1
2002:7f00:1:: 2002:a00:1::1 2002:c0a8:101::1 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2
2606:4700::5efe:7f00:1 2606:4700::200:5efe:a00:1 4000::1
""".split()

LOCAL_URLS = """
http://localhost.internal/ http://2130706433/ http://0x7f000001/ http://0x7f.1/ http://0177.0.0.1/
http://0177.1/ http://127.1/ http://127.0.1/ http://017700000001/ http://0/ http://127.0.0.1./
http://[::1]/ http://[::ffff:7f00:1]/ http://[0:0:0:0:0:ffff:127.0.0.1]/ http://[fe80::1%25eth0]/
http://[fe80::1%eth0]/ http://1.1.1.1.1/ http://0x/ http://①②⑦.⓪.⓪.①/ http://127。0。0。1/
http://[::ffff:169.254.169.254]/latest/meta-data http://169.254.169.254/latest/meta-data
http://user@example.org/ http://user:secret@example.org/ http://example.org@127.0.0.1/ http://@example.org/
ftp://example.org/ file:///etc/passwd gopher://example.org/ data:text/html,x javascript:alert(1)
//example.org/ example.org /etc/passwd http:///path http:// https://:443/
http://example.org:22/ http://example.org:6379/ http://example.org:0/ http://example.org:99999/
http://example.org:8o/ http://[::1/ http://exa_mple..org/ http://ex%61mple.org/ http://-/
http://example.org\\@127.0.0.1/
""".split()


def to(*addresses: str):
    return lambda host, port: list(addresses)


@pytest.mark.parametrize("address", PRIVATE)
def test_no_address_but_a_public_one_is_fetched_from(address: str) -> None:
    assert fault(ipaddress.ip_address(address)).endswith("is not a public address")
    guard = Guard(resolver=to(address))
    with pytest.raises(Refused, match="not a public address"):
        guard.resolve(guard.check("http://innocent.example/"))
    # the same among public ones
    guard = Guard(resolver=to(PUBLIC, address))
    with pytest.raises(Refused):
        guard.resolve(guard.check("https://innocent.example/"))


@pytest.mark.parametrize(
    "address", [PUBLIC, "8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"]
)
def test_public_addresses_are_fetched_from(address: str) -> None:
    assert fault(ipaddress.ip_address(address)) == ""
    guard = Guard(resolver=to(address))
    assert guard.resolve(guard.check("http://example.org/a")) == (address,)


@pytest.mark.parametrize("url", LOCAL_URLS)
def test_addresses_that_lead_inside_are_refused_in_words(url: str) -> None:
    guard = Guard(resolver=to("127.0.0.1"))
    with pytest.raises(Refused) as error:
        guard.resolve(guard.check(url))
    assert str(error.value).endswith(".")


@pytest.mark.parametrize(
    "url", ["http://a b.org/", "http://a.org/\nHost: b", "http://a.org/\tx", "http://" + "a" * 3000]
)
def test_addresses_with_what_no_address_has_are_refused(url: str) -> None:
    with pytest.raises(Refused):
        parse(url)


def test_there_are_enough_of_them() -> None:
    assert len(PRIVATE) + len(LOCAL_URLS) >= 100


@pytest.mark.parametrize(
    ("url", "means"),
    [
        ("HTTP://Example.ORG", "http://example.org/"),
        ("https://example.org:443/a?b=c#d", "https://example.org/a?b=c"),
        ("http://example.org.:80/a b".replace(" ", "%20"), "http://example.org/a%20b"),
        ("http://bücher.example/ä?ö=ü", "http://xn--bcher-kva.example/%C3%A4?%C3%B6=%C3%BC"),
        ("http://example.org//evil.example/x", "http://example.org/evil.example/x"),
        ("http://[2606:4700:0:0::1111]/", "http://[2606:4700::1111]/"),
    ],
)
def test_an_address_is_taken_apart_and_put_together_by_us(url: str, means: str) -> None:
    assert str(parse(url)) == means


def test_the_operator_may_allow_hosts_and_ports() -> None:
    guard = Guard(
        Rules(("intranet.example", "wiki.example:8080", "127.0.0.1:99")), resolver=to("10.0.0.7")
    )
    assert guard.resolve(guard.check("http://intranet.example/")) == ("10.0.0.7",)
    assert guard.resolve(guard.check("http://wiki.example:8080/")) == ("10.0.0.7",)
    assert guard.resolve(guard.check("http://127.0.0.1:99/")) == ("127.0.0.1",)
    for url in (
        "http://intranet.example:8080/",
        "http://wiki.example:8081/",
        "http://127.0.0.1:98/",
    ):
        with pytest.raises(Refused, match="Port"):
            guard.check(url)
    for url in ("http://wiki.example/", "http://sub.intranet.example/"):
        with pytest.raises(Refused, match="not a public address"):
            guard.resolve(guard.check(url))
    open_port = Guard(Rules((), (80, 443, 8443)), resolver=to(PUBLIC))
    assert open_port.check("https://example.org:8443/").port == 8443


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "fd00:ec2::254",
        "::ffff:169.254.169.254",
        "100.100.100.200",
        "168.63.129.16",
    ],
)
def test_a_name_that_is_allowed_still_never_leads_to_a_metadata_service(address: str) -> None:
    guard = Guard(Rules(("intranet.example",)), resolver=to(address))
    with pytest.raises(Refused):
        guard.resolve(guard.check("http://intranet.example/"))


def test_a_name_that_cannot_be_found_is_unreachable() -> None:
    def nothing(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    for resolver in (nothing, to()):
        guard = Guard(resolver=resolver)
        with pytest.raises(Unreachable):
            guard.resolve(guard.check("http://nowhere.example/"))
