"""Frames: what is said between this process and one of its own that hostile files are given to.

A frame is its length in eight bytes, then so many bytes. What is asked is one or more frames. An
answer is two: whether the process goes on after it, and what was made, or why not. Nothing in a
frame could run.
"""

from __future__ import annotations

import json
import struct
from typing import IO, Any

from corpus import errors
from corpus.errors import PatellaError, ReadError

GOES_ON = b"+"
ENDS = b"-"
_LENGTH = struct.Struct(">Q")


def send(pipe: IO[bytes], *frames: bytes) -> None:
    """Write frames. Raises OSError where the other side has gone."""
    for frame in frames:
        pipe.write(_LENGTH.pack(len(frame)))
        pipe.write(frame)
    pipe.flush()


def receive(pipe: IO[bytes], *, most: int) -> bytes:
    """Read a frame of at most ``most`` bytes. Raises EOFError if there is none, or OverflowError."""
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    length: int = _LENGTH.unpack(head)[0]
    if length > most:
        raise OverflowError(f"{length} bytes are more than {most}")
    body = pipe.read(length)
    if len(body) < length:
        raise EOFError
    return body


def dump(value: object) -> bytes:
    """Return JSON; half characters (lone surrogates), which some files hold, go through."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "surrogatepass"
    )


def load(body: bytes) -> Any:
    """Return what ``dump`` wrote. Raises ValueError."""
    return json.loads(body.decode("utf-8", "surrogatepass"))


def dump_error(error: PatellaError) -> bytes:
    """Return an answer: why nothing was made."""
    return dump({"error": [type(error).__name__, str(error), error.hint]})


def raise_error(raw: Any, *, kinds: tuple[type[PatellaError], ...] = (ReadError,)) -> None:
    """Raise the error that an answer holds, if it holds one: of ``kinds`` alone.

    So a process that was taken over cannot say that the library is at fault, and end a run. Raises
    ValueError, TypeError, LookupError or AttributeError for what is no answer.
    """
    if isinstance(raw, dict) and "error" in raw:
        name, message, hint = raw["error"]
        kind = getattr(errors, name)
        if not issubclass(kind, kinds):
            raise TypeError(name)
        raise kind(str(message), hint=str(hint))
