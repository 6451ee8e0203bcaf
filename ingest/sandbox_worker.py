"""The process in which files are read: it takes jobs on standard input and answers on standard output.

Hostile files meet the parsers here, under limits on memory, open files and writing; the process
that started it holds the clock. It imports no model and no index.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from pathlib import Path
from typing import IO, Any

from corpus.errors import Broken, PatellaError, TooLarge
from ingest import language, wire
from ingest.pieces import CountTokens
from ingest.reading import MEMORY_HINT, read_job

MOST_IN = 1_000_000_000
"""Bytes of one frame of a job; the limits on files are far below."""
OPEN_FILES = 64
MOST_WRITTEN = 200_000_000
"""Bytes of one file that is written: text recognition puts pages into temporary files."""
FIRST_WORDS = (
    "The knee is the joint between the thigh and the shin, and the kneecap is in front. " * 5
)


def main() -> None:
    """Answer jobs until there are no more. The first frame is the setup."""
    jobs, answers = sys.stdin.buffer, _take_output()
    setup = wire.load(wire.receive(jobs, most=MOST_IN))
    count_tokens = _counter(setup["counter"], setup["argument"])
    count_tokens(["ready"])
    # its model is loaded here once, not within the limits of the first file
    language.detect(FIRST_WORDS)
    _limit(int(setup["megabytes"]))
    wire.send(answers, wire.dump({"ready": os.getpid()}))
    while True:
        try:
            frames = [wire.receive(jobs, most=MOST_IN) for _ in range(3)]
        except EOFError:
            return
        except MemoryError:
            wire.send(answers, wire.ENDS, wire.dump_error(_too_much()))
            return
        _limit_cpu(float(setup["seconds"]))
        answer, exhausted = _answer(frames, count_tokens, int(setup["limit"]))
        del frames
        wire.send(answers, wire.ENDS if exhausted else wire.GOES_ON, answer)
        if exhausted:
            # what is left of a full heap is in pieces: a fresh process takes the next file
            return


def _take_output() -> IO[bytes]:
    """Return standard output, and let what libraries print go nowhere."""
    answers = os.fdopen(os.dup(1), "wb")
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    return answers


def _counter(place: str, argument: str) -> CountTokens:
    module, _, name = place.partition(":")
    made: Any = getattr(importlib.import_module(module), name)
    counter: CountTokens = made(argument)
    return counter


def _answer(frames: list[bytes], count_tokens: CountTokens, limit: int) -> tuple[bytes, bool]:
    """Return an answer, and whether memory ran out."""
    try:
        told, data, beside = frames
        job = wire.load_job(told, data, beside)
        return wire.dump_made(read_job(job, count_tokens=count_tokens, limit=limit)), False
    except PatellaError as error:
        return wire.dump_error(error), isinstance(error.__cause__, MemoryError)
    except MemoryError:
        return wire.dump_error(_too_much()), True
    except Exception as error:  # noqa: BLE001  (a fault of a reader must cost this file only)
        return wire.dump_error(
            Broken(
                f"The reader failed on this file ({type(error).__name__}).",
                hint="Open it in another program and save it again; please report the file.",
            )
        ), False


def _too_much() -> TooLarge:
    return TooLarge("Reading it takes more memory than a file is given.", hint=MEMORY_HINT)


def _limit(megabytes: int) -> None:
    """Set the limits that hold for the life of the process, as far as this system has them."""
    with contextlib.suppress(ImportError):
        import resource  # noqa: PLC0415  (not on every system)

        for what, most in (
            (resource.RLIMIT_AS, megabytes * 1_000_000),
            (resource.RLIMIT_NOFILE, OPEN_FILES),
            (resource.RLIMIT_FSIZE, MOST_WRITTEN),
            (resource.RLIMIT_CORE, 0),
        ):
            with contextlib.suppress(OSError, ValueError):
                resource.setrlimit(what, (most, most))


def _limit_cpu(seconds: float) -> None:
    """End this process some time after its time is up, should nobody be left to do that."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource  # noqa: PLC0415

        used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (int(used + seconds) + 10, hard))


if __name__ == "__main__":
    main()
