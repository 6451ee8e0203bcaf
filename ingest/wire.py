"""The words between the library and a reading process: jobs, and what was read, as frames of JSON.

A job is three frames (``ingest/frames.py``): what is told of it, its bytes, and those of the file
beside it.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from corpus import coding
from corpus.records import Extract, ListedQuestion, PassageDraft
from ingest.frames import dump, load, raise_error
from ingest.reading import Job, Made
from ingest.sidecar import Beside

JOB_FRAMES = 3


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
            "seconds": made.seconds,
        }
    )


def _row(p: PassageDraft) -> list[object]:
    questions = coding.dump_questions(p.questions)
    return [p.start, p.end, p.prefix, p.heading, p.sentences, p.page, questions]


def load_answer(body: bytes) -> Made:
    """Return what was read, or raise the error that was sent.

    Raises ValueError, TypeError, LookupError or AttributeError for what is no answer.
    """
    raw = load(body)
    raise_error(raw)
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
    passages = tuple(_passage(text, row) for row in raw["passages"])
    return Made(extract, passages, seconds=float(raw["seconds"]))


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
