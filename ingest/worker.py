"""The life of a process that hostile files are given to: set up, limited, then asked until it ends.

The process that started it holds the clock (``ingest/child.py``).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from corpus.errors import Broken, PatellaError, TooLarge
from ingest import frames, limits

MOST_IN = 1_000_000_000
"""Bytes of one frame that is asked; the limits on files are far below."""
MEMORY_HINT = "Split it into smaller files, or raise the setting read_megabytes."

Answer = Callable[[list[bytes]], bytes]
"""Makes an answer of the frames that are asked. Raises PatellaError, which is sent back."""


def serve(prepare: Callable[[dict[str, Any]], Answer], *, asked: int, written: int = 0) -> None:
    """Answer on standard output what is asked on standard input, ``asked`` frames at a time.

    The first frame is the setup, with ``megabytes`` of memory and ``seconds`` for each answer;
    ``prepare`` loads what is needed before the limits hold. ``written`` is the size in bytes of a
    file that may be written.
    """
    questions, answers = sys.stdin.buffer, limits.take_output()
    setup = frames.load(frames.receive(questions, most=MOST_IN))
    answer = prepare(setup)
    limits.limit(memory=int(setup["megabytes"]) * 1_000_000, written=written)
    frames.send(answers, frames.dump({"ready": os.getpid()}))
    while True:
        try:
            found = [frames.receive(questions, most=MOST_IN) for _ in range(asked)]
        except EOFError:
            return
        except MemoryError:
            frames.send(answers, frames.ENDS, frames.dump_error(too_much()))
            return
        limits.limit_cpu(float(setup["seconds"]))
        made, exhausted = _made(answer, found)
        del found
        frames.send(answers, frames.ENDS if exhausted else frames.GOES_ON, made)
        if exhausted:
            # what is left of a full heap is in pieces: a fresh process takes the next file
            return


def _made(answer: Answer, asked: list[bytes]) -> tuple[bytes, bool]:
    """Return an answer, and whether memory ran out."""
    try:
        return answer(asked), False
    except PatellaError as error:
        return frames.dump_error(error), isinstance(error.__cause__, MemoryError)
    except MemoryError:
        return frames.dump_error(too_much()), True
    except Exception as error:  # noqa: BLE001  (a fault of a reader must cost this file only)
        return frames.dump_error(
            Broken(
                f"The reader failed on this file ({type(error).__name__}).",
                hint="Open it in another program and save it again; please report the file.",
            )
        ), False


def too_much() -> TooLarge:
    return TooLarge("Reading it takes more memory than a file is given.", hint=MEMORY_HINT)
