"""The process in which files are read. It imports no model and no index."""

from __future__ import annotations

import importlib
from typing import Any

from ingest import language, wire
from ingest.pieces import CountTokens
from ingest.read import readers
from ingest.reading import read_job
from ingest.worker import Answer, serve

MOST_WRITTEN = 200_000_000
"""Bytes of one file that is written: text recognition puts pages into temporary files."""
FIRST_WORDS = (
    "The knee is the joint between the thigh and the shin, and the kneecap is in front. " * 5
)


def main() -> None:
    """Answer jobs until there are no more."""
    serve(_prepare, asked=wire.JOB_FRAMES, written=MOST_WRITTEN)


def _prepare(setup: dict[str, Any]) -> Answer:
    count_tokens = _counter(setup["counter"], setup["argument"])
    limit = int(setup["limit"])
    count_tokens(["ready"])
    # what is large is loaded here once, not within the limits of the first file
    language.detect(FIRST_WORDS)
    readers()

    def answer(asked: list[bytes]) -> bytes:
        job = wire.load_job(*asked)
        return wire.dump_made(read_job(job, count_tokens=count_tokens, limit=limit))

    return answer


def _counter(place: str, argument: str) -> CountTokens:
    module, _, name = place.partition(":")
    made: Any = getattr(importlib.import_module(module), name)
    counter: CountTokens = made(argument)
    return counter
