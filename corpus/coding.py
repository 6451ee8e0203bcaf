"""Records to JSON text and back, for the library file."""

from __future__ import annotations

import functools
import json
from dataclasses import asdict, fields
from typing import Any, cast

from corpus.records import (
    Block,
    BlockKind,
    EvidenceNote,
    Metadata,
    PassageQuestion,
    RedFlagSection,
    Reference,
)

_KINDS: tuple[BlockKind, ...] = (
    "heading", "paragraph", "list_item", "table_row", "caption", "code", "reference",
)  # fmt: skip


def dump(value: object) -> str:
    """Return compact JSON, keys in order, so that equal values give equal text."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def dump_metadata(metadata: Metadata) -> str:
    """Return ``metadata`` as JSON, without its empty fields."""
    return dump({key: value for key, value in asdict(metadata).items() if value})


@functools.lru_cache(maxsize=256)
def load_metadata(text: str) -> Metadata:
    """Return what ``dump_metadata`` wrote; fields of a newer Patella are left out.

    Kept for the next time: a document of ours has fifty references.
    """
    raw: dict[str, Any] = json.loads(text)
    known = _known(Metadata, raw)
    for key in ("authors", "topics", "audience", "applies_to", "related"):
        known[key] = tuple(known.get(key, ()))
    known["references"] = tuple(
        Reference(**_known(Reference, item)) for item in known.get("references", ())
    )
    known["red_flags"] = tuple(
        RedFlagSection(**_known(RedFlagSection, item)) for item in known.get("red_flags", ())
    )
    known["evidence"] = tuple(
        EvidenceNote(item["about"], item["kind"], tuple(item["refs"]))
        for item in known.get("evidence", ())
    )
    return Metadata(**known)


def forget_metadata() -> None:
    """Let go of what documents say of themselves."""
    load_metadata.cache_clear()


def _known(record: type, raw: dict[str, Any]) -> dict[str, Any]:
    names = _names(record)
    return {key: value for key, value in raw.items() if key in names}


@functools.cache
def _names(record: type) -> frozenset[str]:
    return frozenset(field.name for field in fields(record))


def dump_blocks(blocks: tuple[Block, ...]) -> str:
    """Return blocks as rows of numbers: ``[kind, start, end, level, page or 0]``."""
    return dump([[_KINDS.index(b.kind), b.start, b.end, b.level, b.page or 0] for b in blocks])


def load_blocks(text: str) -> tuple[Block, ...]:
    """Return what ``dump_blocks`` wrote."""
    rows = cast(list[list[int]], json.loads(text))
    return tuple(
        Block(_KINDS[kind], start, end, level, page or None)
        for kind, start, end, level, page in rows
    )


def load_strings(text: str) -> tuple[str, ...]:
    """Return a JSON list of strings."""
    # most lists are empty
    return tuple(json.loads(text)) if text != "[]" else ()


def load_spans(text: str) -> tuple[tuple[int, int], ...]:
    """Return a JSON list of [start, end] pairs."""
    return tuple([(start, end) for start, end in json.loads(text)])


def dump_questions(questions: tuple[PassageQuestion, ...]) -> str:
    """Return a passage's questions as rows: ``[text, start, end]``."""
    return dump([[q.text, q.start, q.end] for q in questions])


def load_questions(text: str) -> tuple[PassageQuestion, ...]:
    """Return what ``dump_questions`` wrote."""
    if text == "[]":
        return ()
    return tuple(PassageQuestion(words, start, end) for words, start, end in json.loads(text))
