"""The words between the library and a reading process: JSON in frames, and nothing that could run.

A frame is its length in eight bytes, then so many bytes. A job is three frames: what is told of it,
its bytes, and those of the file beside it. An answer is two: whether the process goes on after it, and
what was read or why not.
"""

from __future__ import annotations

import json
import struct
from dataclasses import asdict
from typing import IO, Any

from corpus import coding, errors
from corpus.errors import PatellaError
from corpus.records import Extract, ListedQuestion, PassageDraft
from ingest.reading import Job, Made
from ingest.sidecar import Beside

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


def dump_job(job: Job) -> tuple[bytes, bytes, bytes]:
    """Return the three frames of a job."""
    beside = asdict(job.beside)
    data = beside.pop("data")
    told = {"name": job.name, "url": job.url, "model": job.model, "charset": job.charset}
    return dump(told | {"beside": beside}), job.data, data


def load_job(told: bytes, data: bytes, beside: bytes) -> Job:
    """Return the job of three frames."""
    raw = load(told)
    beside_it = Beside(data=beside, **raw["beside"])
    return Job(data, raw["name"], raw["url"], beside_it, raw["model"], raw["charset"])


def dump_made(made: Made) -> bytes:
    """Return an answer: what was read. The words of passages are not sent, as they are the text's."""
    extract = made.extract
    return dump(
        {
            "text": extract.text,
            "blocks": coding.dump_blocks(extract.blocks),
            "metadata": coding.dump_metadata(extract.metadata),
            "format": extract.format,
            "page_labels": extract.page_labels,
            "warnings": extract.warnings,
            "questions": [[q.text, q.heading, q.sentence] for q in extract.questions],
            "pages_without_text": extract.pages_without_text,
            "incomplete": extract.incomplete,
            "passages": [_row(p) for p in made.passages],
        }
    )


def _row(p: PassageDraft) -> list[object]:
    questions = coding.dump_questions(p.questions)
    return [p.start, p.end, p.prefix, p.heading, p.sentences, p.page, questions]


def dump_error(error: PatellaError) -> bytes:
    """Return an answer: why nothing was read."""
    return dump({"error": [type(error).__name__, str(error), error.hint]})


def load_answer(body: bytes) -> Made:
    """Return what was read, or raise the error that was sent.

    Raises ValueError, TypeError, LookupError or AttributeError for what is no answer.
    """
    raw = load(body)
    if "error" in raw:
        name, message, hint = raw["error"]
        kind = getattr(errors, name)
        if not issubclass(kind, PatellaError):
            raise TypeError(name)
        raise kind(str(message), hint=str(hint))
    text = str(raw["text"])
    extract = Extract(
        text=text,
        blocks=coding.load_blocks(raw["blocks"]),
        metadata=coding.load_metadata(raw["metadata"]),
        format=str(raw["format"]),
        page_labels=tuple(raw["page_labels"]),
        warnings=tuple(raw["warnings"]),
        questions=tuple(ListedQuestion(*one) for one in raw["questions"]),
        pages_without_text=tuple(raw["pages_without_text"]),
        incomplete=bool(raw["incomplete"]),
    )
    return Made(extract, tuple(_passage(text, row) for row in raw["passages"]))


def _passage(text: str, row: list[Any]) -> PassageDraft:
    start, end, prefix, heading, sentences, page, questions = row
    if not 0 <= start < end <= len(text):
        raise ValueError(f"{start} to {end} is no span of the text")
    return PassageDraft(
        start,
        end,
        text[start:end],
        prefix,
        tuple(heading),
        tuple((int(a), int(b)) for a, b in sentences),
        page,
        coding.load_questions(questions),
    )
