"""Reading one file, from its bytes to its passages: a pure function, wherever it runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Protocol

from corpus.errors import Broken, NoText, PatellaError
from corpus.records import Extract, PassageDraft
from ingest.chunk import chunk
from ingest.languages import language_notes
from ingest.overlay import overlaid
from ingest.pieces import CountTokens
from ingest.questions import listed_questions, place_questions
from ingest.read import read_bytes
from ingest.sidecar import NOTHING, Beside, parse_sidecar
from ingest.worker import too_much


@dataclass(frozen=True, slots=True)
class Job:
    """A file to read: its bytes, the name that chooses its reader, and what stands beside it."""

    data: bytes
    name: str
    url: str = ""
    """The canonical address of a page of the web."""
    beside: Beside = NOTHING
    model: str = ""
    """The name of the model that will embed it."""
    charset: str = ""
    """The encoding that the server of a page of the web states."""


@dataclass(frozen=True, slots=True)
class Made:
    """What a file says, and the passages that it is cut into: at least one."""

    extract: Extract
    passages: tuple[PassageDraft, ...]
    seconds: float = field(default=0.0, compare=False)
    """What the reading took, which may be before the file's turn."""


class Reading(Protocol):
    """Reads files, maybe several at a time. A future raises ReadError for a file that can't be read."""

    @property
    def ahead(self) -> int:
        """How many files are worth handing in before the first is done."""

    @property
    def notices(self) -> tuple[str, ...]:
        """What a person should know of how files were read."""

    def submit(self, job: Job) -> Future[Made]: ...


class InProcess:
    """Reads in this process, when asked for: nothing stands between a hostile file and the library."""

    ahead = 1
    notices = ()
    """It was asked for: no process was wanted and could not be had."""

    def __init__(self, count_tokens: CountTokens, limit: int) -> None:
        self._count_tokens = count_tokens
        self._limit = limit

    def submit(self, job: Job) -> Future[Made]:
        return done(lambda: read_job(job, count_tokens=self._count_tokens, limit=self._limit))


def done(work: Callable[[], Made]) -> Future[Made]:
    """Do the work now, and return it as a future."""
    future: Future[Made] = Future()
    try:
        future.set_result(work())
    except PatellaError as error:
        future.set_exception(error)
    return future


def read_job(job: Job, *, count_tokens: CountTokens, limit: int) -> Made:
    """Read a file and cut it; ``limit`` is the encoder's, in tokens.

    Raises ReadError for whatever the file is to blame for.
    """
    begun = time.perf_counter()
    try:
        made = _read(job, count_tokens, limit)
        return replace(made, seconds=time.perf_counter() - begun)
    except MemoryError as error:
        raise too_much() from error
    except RecursionError as error:
        raise Broken(
            "The file is nested too deeply to be read.",
            hint="Open it in another program and save it again.",
        ) from error


def _read(job: Job, count_tokens: CountTokens, limit: int) -> Made:
    extract = read_bytes(job.data, name=job.name, charset=job.charset)
    notes = language_notes(extract.metadata.language, model=job.model)
    extract = replace(extract, warnings=extract.warnings + notes)
    if job.url:
        extract = replace(extract, metadata=replace(extract.metadata, url=job.url))
    sidecar = parse_sidecar(job.beside)
    metadata, stated = overlaid(extract.metadata, sidecar.fields, name=sidecar.name)
    extract = replace(extract, metadata=metadata)
    passages = chunk(extract, title=extract.metadata.title, count_tokens=count_tokens, limit=limit)
    if not passages:
        raise NoText("There is nothing in it to quote.", hint="Check that the file has text in it.")
    listed, warnings = listed_questions(sidecar.fields)
    passages, told = place_questions(passages, extract.questions + listed)
    extract = replace(
        extract, warnings=extract.warnings + sidecar.warnings + stated + warnings + told
    )
    return Made(extract, tuple(passages))
