"""Rows of the library file as records."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from corpus import coding
from corpus.database import Connection
from corpus.errors import Damaged
from corpus.records import Document, Metadata, Passage, PassageDraft, sha256_text


@dataclass(frozen=True, slots=True)
class LivePassage:
    """What the index needs of a passage: its identity, its text, and the keys of its vectors."""

    id: int
    title: str
    prefix: str
    text: str
    encoder_sha: str
    questions: tuple[str, ...] = ()
    language: str = ""


IN_GENERATION = (
    "v.first_generation <= :g AND (v.last_generation IS NULL OR v.last_generation >= :g)"
)
"""That generation ``:g`` holds a row ``v`` of ``versions``."""

DOCUMENT_COLUMNS = """v.id, v.document_id, v.number, v.format, v.path, v.original_sha, v.text_sha,
    v.metadata, v.page_labels, v.warnings, v.created_at,
    (SELECT count(*) FROM passages p WHERE p.version_id = v.id) AS passages,
    (SELECT json_group_array(path) FROM (SELECT l.path FROM locations l
        WHERE l.document_id = v.document_id AND l.sha256 = v.original_sha
        ORDER BY l.source_id, l.path) AS own) AS paths"""


def document_of(row: Any) -> Document:
    """Return the document that a row of DOCUMENT_COLUMNS tells."""
    try:
        labels = coding.load_strings(row["page_labels"])
        paths = coding.load_strings(row["paths"])
        metadata: Metadata = coding.load_metadata(row["metadata"])
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Damaged(
            f"What the library file says of the document {row['document_id']!r} is damaged.",
            hint="Run: patella doctor --mend",
        ) from error
    return Document(
        id=row["document_id"],
        version_id=row["id"],
        number=row["number"],
        format=row["format"],
        metadata=metadata,
        path=paths[0] if paths else row["path"],
        paths=paths or (row["path"],),
        original_sha=row["original_sha"],
        text_sha=row["text_sha"],
        indexed_at=row["created_at"],
        pages=len(labels),
        passages=row["passages"],
        page_labels=labels,
        warnings=coding.load_strings(row["warnings"]),
    )


def passage_of(row: Any, document: Document) -> Passage:
    """Return the passage of a row of the table, with its page's label from its document."""
    page: int | None = row["page"]
    labels = document.page_labels
    return Passage(
        id=row["id"],
        version_id=row["version_id"],
        document_id=document.id,
        ordinal=row["ordinal"],
        start=row["start"],
        end=row["end"],
        text=row["text"],
        prefix=row["prefix"],
        heading=coding.load_strings(row["heading"]),
        sentences=coding.load_spans(row["sentences"]),
        page=page,
        page_label=labels[page - 1] if page and page <= len(labels) else "",
        questions=coding.load_questions(row["questions"]),
    )


LIVE_COLUMNS = """p.id, coalesce(v.metadata ->> 'title', ''), p.prefix, p.text, p.encoder_sha,
    p.questions, coalesce(v.metadata ->> 'language', '')"""


def live_passage_of(row: Any) -> LivePassage:
    """Return what the index needs of a passage."""
    passage_id, title, prefix, text, encoder_sha, questions, language = row
    listed = tuple(question.text for question in coding.load_questions(questions))
    return LivePassage(passage_id, title, prefix, text, encoder_sha, listed, language)


def digested(row: Any) -> list[object]:
    """Return what a digest covers of a passage; one without questions counts as it always did."""
    values = list(row)
    return values if values[-1] not in (None, "[]") else values[:-1]


def passage_values(ordinal: int, draft: PassageDraft) -> tuple[object, ...]:
    """Return the columns of a passage, from ``ordinal`` to ``questions``."""
    return (
        ordinal,
        draft.start,
        draft.end,
        draft.page,
        sha256_text(draft.encoder_input),
        draft.prefix,
        coding.dump(draft.heading),
        coding.dump(draft.sentences),
        draft.text,
        coding.dump_questions(draft.questions),
    )


def insert_passages(db: Connection, version_id: int, passages: Iterable[PassageDraft]) -> None:
    """Write the passages of a version, numbered in their order."""
    db.executemany(
        'INSERT INTO passages (version_id, ordinal, start, "end", page, encoder_sha, prefix,'
        " heading, sentences, text, questions) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        ((version_id, *passage_values(n, draft)) for n, draft in enumerate(passages)),
    )
