"""Hostile texts by the thousand for all that is parsed outside the readers of files.

Usage: python -m bench.fuzz_inputs [--count 5000] [--seed 1]

Made texts, and sound ones that were mutated, go through the reading of questions, filters, front
matter, sidecars, web addresses, sitemaps and feeds, manifests and kept receipts. An error in the
project's own words is what is asked for; any other is a fault. Exit code 1 on any fault.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import tempfile
import unicodedata
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

from answer.followup import follow_up
from corpus.errors import PatellaError
from corpus.filters import condition, read_filters
from corpus.receipts import KeptAnswer, KeptQuote, read_body
from index import generation
from index.generation import FORMAT, MANIFEST, read_manifest
from index.phrases import read_query
from ingest.formats.front_matter import split_front_matter
from ingest.metadata import from_mapping
from ingest.sidecar import Beside, parse_sidecar
from ingest.web.guard import Guard
from ingest.web.listing import kind_of, read_feed, read_sitemap
from patella.asking import normalise

PIECES = (
    "\x00", "\x1b[2J", "\u202e", "\u200b", "\ufeff", "\ud800", "🦵🏽", "é", "ﬁ", '"', "'", "“", "”", "(", ")",
    "[", "]", "{", "}", ":", ";", "-", "--", "---", "&a", "*a", "<<: *a", "!!binary x", "=", "=1+1", "@", "|",
    "!!python/object/apply:os.system [id]", ">", "#", "%", "\n", "\t", "\r\n", "knee", "10 mg", "0x7f",
    "Why does sitting hurt?", "1e999", "-0", "NaN", "null", "true", "2026-13-45", "<script>", "&a;",
    "<!DOCTYPE x [<!ENTITY a 'b'>]>", "<urlset>", "<rss>", "http://", "127.1", "[::1]", "file:///etc/passwd",
    "../", "' OR 1=1 --", "{{7*7}}", "a" * 300, "topic", "since",
)  # fmt: skip
FRONT = (
    "---\ntitle: Knees\nauthors: [A, B]\nreviewed: 2026-01-02\nreferences:\n  - title: x\n---\n"
    "# A\n\nText.\n"
)
SITEMAP = (
    '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    "<url><loc>https://a.example/b</loc></url></urlset>"
)
FEED = (
    "<rss version='2.0'><channel><title>x</title>"
    "<item><link>https://a.example/</link></item></channel></rss>"
)
RECEIPT = json.dumps(
    asdict(
        KeptAnswer(
            "Why?", "answered", 3, "d" * 64,
            (KeptQuote("quote", "sitting", 1, 0, 9, "e" * 64, ("A",), 1, "1", "Sitting", "Sitting."),),
        )
    )
)  # fmt: skip
INDEX = json.dumps(
    {"format": FORMAT, "generation": 1, "model": "m", "dimension": 4, "passages": 1, "digest": "d"}
    | {"lexical_deleted": 0, "stemmers": ["en"], "segments": [["seg", 1, 0]], "files": []}
)


@dataclass
class Tally:
    """How many texts a reader was given, how many it took, and what went wrong."""

    tried: int = 0
    taken: int = 0
    faults: int = 0
    first: str = ""


def question(text: str) -> None:
    """Read a question as the engine does before it searches."""
    taken = follow_up(normalise(text[:600]), normalise("Why does my knee hurt on stairs?"))
    query = read_query(taken.text)
    if any(unicodedata.category(c) in {"Cc", "Cs"} for c in query.text):
        raise AssertionError("a control character came through")


def filters(text: str) -> None:
    """Read filters, and make their condition; all values must be bound."""
    values = text.split("\n")
    names = ("topic", "kind", "publisher", "since", "until", "language", "format", "document")
    wanted, bound = condition(read_filters(dict.fromkeys(names, values)))
    if any(len(value) > 8 and value in wanted for value in bound.values()):
        raise AssertionError("a value stands in the statement")


def front_matter(text: str) -> None:
    """Read what an article says of itself."""
    from_mapping(split_front_matter(text)[0])


def sidecar(text: str) -> None:
    """Read an editor's file beside a document."""
    from_mapping(parse_sidecar(Beside("x.meta.yaml", "0" * 64, "", _bytes(text))).fields)


def address(text: str) -> None:
    """Check a web address; whatever is let through leads to a public one."""
    guard = Guard(resolver=lambda host, port: ["93.184.215.14"])
    guard.resolve(guard.check(text))


def listing(text: str) -> None:
    """Read a sitemap or a feed."""
    data = _bytes(text)
    kind = kind_of(data)
    if kind != "page":
        (read_sitemap if kind == "sitemap" else read_feed)(data, base="https://a.example/")


def manifest(text: str) -> None:
    """Read the manifest of an index, with the sum that it would have if it had been written so."""
    with contextlib.suppress(ValueError, RecursionError):
        body = json.loads(text)
        if isinstance(body, dict):
            body.pop("sum", None)
            text = json.dumps(body | {"sum": generation._sum(body)})
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / MANIFEST).write_bytes(_bytes(text))
        read_manifest(Path(folder))


def receipt(text: str) -> None:
    """Read a shared answer as it is kept."""
    read_body(text)


TARGETS: dict[str, tuple[Callable[[str], None], str]] = {
    "questions": (question, 'Why does "sitting down" hurt my knee?'),
    "filters": (filters, "running\n2024-06"),
    "front matter": (front_matter, FRONT),
    "sidecars": (sidecar, "title: Knees\nquestions:\n  - ask: Why?\n    heading: A\n"),
    "web addresses": (address, "https://user@example.org:443/a?b=c#d"),
    "sitemaps and feeds": (listing, SITEMAP),
    "feeds": (listing, FEED),
    "manifests": (manifest, INDEX),
    "receipts": (receipt, RECEIPT),
}


def made(sound: str, random: Random) -> str:
    """Return a text: put together from odd pieces, or the sound one with some of it changed."""
    if random.random() < 0.4:
        return "".join(random.choices(PIECES, k=random.randint(0, 30)))
    text = sound
    for _ in range(random.randint(1, 4)):
        at = random.randint(0, len(text))
        end = min(len(text), at + random.choice((0, 0, 1, 1, 5, 40)))
        text = text[:at] + random.choice((*PIECES, "")) + text[end:]
    return text


def run(count: int, seed: int) -> dict[str, Tally]:
    """Give every reader so many texts."""
    tallies = {name: Tally() for name in TARGETS}
    for name, (read, sound) in TARGETS.items():
        tally = tallies[name]
        for number in range(count):
            text = made(sound, Random(f"{name} {seed} {number}"))
            tally.tried += 1
            try:
                read(text)
                tally.taken += 1
            except PatellaError:
                pass
            except Exception as error:  # noqa: BLE001  (a fault is what is looked for)
                tally.faults += 1
                tally.first = tally.first or f"{type(error).__name__}: {error} at {text!r}"[:400]
    return tallies


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def main() -> int:
    """Run, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=5_000, help="texts for each reader")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    tallies = run(chosen.count, chosen.seed)
    print(f"{'input':22}{'tried':>8}{'taken':>8}{'refused':>9}{'lost':>6}")
    for name, one in tallies.items():
        refused = one.tried - one.taken - one.faults
        print(f"{name:22}{one.tried:8}{one.taken:8}{refused:9}{one.faults:6}")
        if one.first:
            print(f"  {one.first}")
    return int(any(one.faults for one in tallies.values()))


if __name__ == "__main__":
    sys.exit(main())
