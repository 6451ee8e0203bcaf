"""The process in which archives are opened and listings of the web are parsed; only JSON and bytes leave it.

What is asked is two frames: what to do, as JSON, and the bytes to do it with. The answer is JSON, or
for the file of an archive its bytes behind ``RAW``.
"""

from __future__ import annotations

from dataclasses import astuple
from typing import Any

from corpus.errors import Unsupported
from ingest import frames
from ingest.archive import MEMBER_LIMIT, contents, open_archive
from ingest.formats.package import Package
from ingest.web import listing, page
from ingest.worker import Answer, serve

FRAMES = 2
RAW = b"="
"""Before bytes that are answered as they are; JSON never begins so."""


def main() -> None:
    """Answer until nothing more is asked."""
    serve(lambda _: answering(), asked=FRAMES)


def answering() -> Answer:
    """Return what answers, which holds the archive that was opened last. Raises ReadError."""
    held: list[Package | None] = [None]

    def answer(asked: list[bytes]) -> bytes:
        what, *told = frames.load(asked[0])
        data = asked[1]
        if what == "open":
            held[0] = None
            held[0] = open_archive(data)
            return frames.dump(astuple(contents(held[0])) if held[0] else None)
        if what == "member":
            if held[0] is None:
                raise Unsupported("It is no archive any more.", hint="Add it again.")
            return RAW + held[0].read(told[0], limit=MEMBER_LIMIT)
        return frames.dump(_of_the_web(what, told, data))

    return answer


def _of_the_web(what: str, told: list[Any], data: bytes) -> object:
    if what == "kind":
        return listing.kind_of(data)
    if what == "named":
        return sorted(page.named(data))
    read = {"sitemap": listing.read_sitemap, "feed": listing.read_feed}[what]
    found = read(data, base=str(told[0]))
    return [[(entry.address, entry.modified) for entry in found.entries], found.sitemaps]
