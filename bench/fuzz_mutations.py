"""Mutations that know the form of what they mutate, so that most get past a file's container."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

RAW_SHARE = 0.12
"""Of all mutations, those that damage bytes anywhere, container and all."""
LONG = 3_000
"""Repeats, at most, of one token."""

MOST_BYTES = 2_000_000
"""Bytes of a mutated part, so that the mutation itself stays small."""

_XML_TOKENS = re.compile(rb"<[^>]*>|[^<]+")
_WORD_TOKENS = re.compile(rb"\w+|\s+|[^\w\s]+")
_RTF_TOKENS = re.compile(rb"\\[a-z]+-?\d* ?|\\'[0-9a-f]{2}|[{}]|[^\\{}]+|\\.", re.DOTALL)
_PDF_TOKENS = re.compile(
    rb"\((?:[^()\\]|\\.)*\)|<[0-9A-Fa-f\s]*>|/?[^\s()<>\[\]/]+|\s+|.", re.DOTALL
)
_OBJECT = re.compile(rb"(\d+) (\d+) obj\b(.*?)\bendobj", re.DOTALL)
_STREAM = re.compile(rb"^(.*?)\bstream\r?\n(.*?)\r?\nendstream\s*$", re.DOTALL)

_COMMON = (
    b"",
    b" ",
    b"\0",
    b"\xff\xfe",
    b"\n\n",
    b"-1",
    b"99999999999",
    b"1e400",
    b"\xe2\x80\xae",
    b"\xed\xa0\x80",
)
_ADDED: dict[str, tuple[bytes, ...]] = {
    "xml": (
        b"<w:p>", b"</w:p>", b"<w:tbl><w:tr><w:tc>", b"<text:p>", b"</text:list>", b"<a:t>", b"<p>",
        b"<!--", b"]]>", b"<![CDATA[", b"&lt;", b"&#x0;", b"&undefined;", b"<?x?>", b"<!DOCTYPE a>",
    ),
    "html": (
        b"<div>", b"</div>", b"<table><tr><td>", b"<li>", b"<script>", b"<style>", b"<!--", b"&#0;",
        b"<h1>", b"<main>", b"<article>", b"<template>", b"<svg><p>", b"<title>",
    ),
    "markdown": (
        b"# ", b"- ", b"    ", b"```", b"|a|b|\n|-|-|\n", b"[1]", b"[^1]: ", b"> ", b"---\n", b"***",
        b"1. ", b"![](", b"<b>", b"\n***\n", b"title: [", b"&amp;",
    ),
    "text": (b"\r", b"\x0c", b"\t", b"* ", b"1) ", b"====\n", b"\x1b[0m", b"\xc3", b"\xa0"),
    "rtf": (
        b"{\\*\\unknown ", b"\\par ", b"{", b"}", b"\\bin9999 ", b"\\u-10179?", b"\\uc9 ", b"\\'ff",
        b"\\trowd\\cell\\row ", b"{\\footnote ", b"\\v ", b"\\ansicpg99999 ", b"{\\fonttbl ",
    ),
    "pdf": (
        b" BT ", b" ET ", b" q ", b" Q ", b" Tj ", b" [", b"] TJ ", b" 0 Tf ", b" 1e9 Tm ", b" Do ",
        b"<<", b">>", b" 1 0 R ", b" 999 0 R ", b" null ", b"/Rotate 17 ", b"/Kids[1 0 R]", b" -1 ",
        b"/Differences[0/fi/ff]", b" BI ID EI ",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seed:
    """A real file, and the kind that it is read as."""

    name: str
    kind: str
    data: bytes


def mutate(seed: Seed, random: Random) -> bytes:
    """Return a damaged copy of a file; the same seed and state of ``random`` give the same bytes."""
    if random.random() < RAW_SHARE:
        return _raw(seed.data, random)
    return _BY_KIND.get(seed.kind, _package)(seed, random)


def _raw(data: bytes, random: Random) -> bytes:
    """Flip bytes, cut, or double a stretch, with no regard to form."""
    made = bytearray(data)
    what = random.randrange(4)
    if what == 0:
        return bytes(made[: random.randrange(len(made))])
    if what == 1:
        start = random.randrange(len(made))
        return bytes(made[:start] + made[start : start + random.randrange(2000)] + made[start:])
    for _ in range(random.choice((1, 2, 8, 64))):
        made[random.randrange(len(made))] = random.randrange(256)
    return bytes(made)


def _tokens(
    data: bytes, pattern: re.Pattern[bytes], added: tuple[bytes, ...], random: Random
) -> bytes:
    """Drop, double, swap, change or add tokens."""
    tokens = pattern.findall(data) or [b""]
    for _ in range(random.choice((1, 1, 2, 4, 12))):
        place = random.randrange(len(tokens))
        other = random.randrange(len(tokens))
        match random.randrange(8):
            case 0:
                tokens[place] = b""
            case 1:
                times = random.choice((2, 2, 50, LONG))
                tokens[place] *= max(1, min(times, MOST_BYTES // (len(tokens[place]) + 1)))
            case 2:
                tokens[place], tokens[other] = tokens[other], tokens[place]
            case 3:
                tokens[place] += random.choice(added + _COMMON)
            case 4:
                tokens[place] = random.choice(added) * random.choice((1, 3, 300))
            case 5:
                first, last = sorted((place, min(other, place + 40)))
                tokens[place] += b"".join(tokens[first:last])
            case 6:
                token = bytearray(tokens[place] or b"x")
                token[random.randrange(len(token))] = random.randrange(256)
                tokens[place] = bytes(token)
            case _:
                tokens[place] = re.sub(
                    rb"\d+",
                    lambda _: random.choice((b"0", b"-7", b"65536", b"4294967296")),
                    tokens[place],
                )
    return b"".join(tokens)[:MOST_BYTES]


def _plain(pattern: re.Pattern[bytes]) -> Callable[[Seed, Random], bytes]:
    def made(seed: Seed, random: Random) -> bytes:
        return _tokens(seed.data, pattern, _ADDED[seed.kind], random)

    return made


def _rtf(seed: Seed, random: Random) -> bytes:
    return b"{\\rtf1" + _tokens(seed.data[6:], _RTF_TOKENS, _ADDED["rtf"], random)


def _package(seed: Seed, random: Random) -> bytes:
    """Mutate one or two members of a ZIP file, and pack it again as a sound one."""
    with zipfile.ZipFile(io.BytesIO(seed.data)) as held:
        members = {info.filename: held.read(info) for info in held.infolist()}
    marked = [
        name
        for name in members
        if name.endswith((".xml", ".rels", ".xhtml", ".html", ".opf", ".ncx"))
    ]
    # What holds the words is hit most, and what holds the container together seldom.
    weights = [1 if "rels" in name or "container" in name or "[" in name else 8 for name in marked]
    for name in random.choices(marked, weights, k=random.choice((1, 1, 2))):
        if random.random() < 0.03:
            members.pop(name, None)
        elif name in members:
            members[name] = _tokens(members[name], _XML_TOKENS, _ADDED["xml"], random)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, content in members.items():
            made.writestr(zipfile.ZipInfo(name), content)
    return out.getvalue()


def _pdf(seed: Seed, random: Random) -> bytes:
    """Mutate objects and the streams in them, compress those again, and write a right table of them."""
    objects = {int(n): body for n, _, body in _OBJECT.findall(seed.data)}
    if not objects:
        return _raw(seed.data, random)
    for number in random.sample(sorted(objects), k=min(len(objects), random.choice((1, 1, 2, 3)))):
        objects[number] = _pdf_object(objects[number], random)
    trailer = seed.data[seed.data.rfind(b"trailer") :]
    root = re.search(rb"/Root (\d+ \d+ R)", trailer)
    out = bytearray(b"%PDF-1.4\n")
    places: dict[int, int] = {}
    for number, body in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj%s endobj\n" % (number, body)
    start = len(out)
    size = max(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % size
    for number in range(1, size):
        out += b"%010d 00000 n \n" % places.get(number, 0)
    named = root.group(1) if root else b"1 0 R"
    out += b"trailer\n<</Size %d/Root %s>>\nstartxref\n%d\n%%%%EOF\n" % (size, named, start)
    return bytes(out)


def _pdf_object(body: bytes, random: Random) -> bytes:
    found = _STREAM.match(body)
    if found is None:
        return _tokens(body, _PDF_TOKENS, _ADDED["pdf"], random)
    head, stream = found.groups()
    if b"/ASCII85Decode" not in head and b"/FlateDecode" in head:
        try:
            stream = zlib.decompress(stream)
        except zlib.error:
            return body
        stream = zlib.compress(_tokens(stream, _PDF_TOKENS, _ADDED["pdf"], random), 1)
    elif b"/FlateDecode" not in head:
        stream = _tokens(stream, _PDF_TOKENS, _ADDED["pdf"], random)
    if random.random() < 0.1:
        head = _tokens(head, _PDF_TOKENS, _ADDED["pdf"], random)
    head = re.sub(rb"/Length \d+(?: \d+ R)?", b"/Length %d" % len(stream), head)
    return head + b"stream\n" + stream + b"\nendstream"


_BY_KIND: dict[str, Callable[[Seed, Random], bytes]] = {
    "pdf": _pdf,
    "rtf": _rtf,
    "html": _plain(_XML_TOKENS),
    "markdown": _plain(_WORD_TOKENS),
    "text": _plain(_WORD_TOKENS),
}
