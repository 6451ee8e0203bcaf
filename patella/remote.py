"""Answers of another server as the records that they were there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from corpus.errors import RemoteError
from corpus.filters import Filters
from corpus.records import (
    Answer,
    Disagreement,
    Document,
    FacetCount,
    Hit,
    Metadata,
    Passage,
    Place,
    Quote,
    SafetyCard,
    SafetySign,
    SearchResult,
    Share,
    Why,
    Written,
    WrittenSentence,
)
from patella.client import Client

Json = dict[str, Any]
T = TypeVar("T")


class Remote:
    """Another server, asked as the engine is."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def ask(self, question: str, *, filters: Filters, generate: bool = False) -> Answer:
        """Answer a question. Raises RemoteError, QuestionError, UsageError."""
        body = self._client.ask(question, filters=_sent(filters), generate=generate)
        return _whole(_answer, body, self._client.server)

    def search(
        self, question: str, *, k: int, filters: Filters, why: bool = False
    ) -> tuple[SearchResult, list[Why]]:
        """Find passages, with ``why`` also what brought each. Raises as ``ask``."""
        body = self._client.search(question, k=k, filters=_sent(filters), why=why)
        return _whole(_found, body, self._client.server)


def _whole(read: Callable[[Json], T], body: Json, server: str) -> T:
    try:
        return read(body)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RemoteError(
            f"{server} answers in a form that is not known here.",
            hint="One of the two may be older: compare patella --version.",
        ) from error


def _sent(filters: Filters) -> Json:
    return {n: v if isinstance(v, str) else list(v) for n, v in filters.values().items()}


def _answer(body: Json) -> Answer:
    safety, written = body["safety"], body["generated"]
    return Answer(
        question=body["question"],
        state=body["state"],
        quotes=tuple(map(_quote, body["quotes"])),
        related=tuple(map(_quote, body["related"])),
        safety=_safety(safety) if safety else None,
        generation=body["generation"],
        took_ms=body["took_ms"],
        confidence=body["confidence"],
        added=tuple(body["added"]),
        suggestion=body["suggestion"],
        warnings=tuple(body["warnings"]),
        disagreements=tuple(
            Disagreement(one["kind"], *map(_quote, one["sides"])) for one in body["disagreements"]
        ),
        carried=tuple(body["carried"]),
        generated=_written(written) if written else None,
        facets=_facets(body["facets"]),
        filters=_filters(body["filters"]),
    )


def _safety(body: Json) -> SafetyCard:
    signs = (SafetySign(one["level"], one["title"], one["advice"]) for one in body["also"])
    quotes, rules = tuple(map(_quote, body["quotes"])), tuple(body["rules"])
    return SafetyCard(body["level"], body["title"], body["advice"], quotes, rules, tuple(signs))


def _written(body: Json) -> Written:
    sentences = (WrittenSentence(one["text"], tuple(one["quotes"])) for one in body["sentences"])
    numbers = body["dropped"], body["withheld"]
    return Written(body["model"], tuple(sentences), *numbers, problem=body["problem"])


def _quote(body: Json) -> Quote:
    return Quote(
        text=body["text"],
        start=body["start"],
        end=body["end"],
        sha256=body["sha256"],
        heading=tuple(body["heading"]),
        page=body["page"],
        page_label=body["page_label"],
        passage_id=0,
        document=_document(body["document"]),
        score=body["score"],
        stance=body["stance"],
        about=tuple(body["about"]),
    )


def _document(body: Json) -> Document:
    named = ("url", "kind", "reviewed", "next_review", "published", "publisher", "reviewer")
    also = ("licence", "region", "language")
    facts: Json = {name: body[name] for name in (*named, *also)}
    facts |= {name: tuple(body[name]) for name in ("authors", "applies_to")}
    return Document(
        id=body["id"],
        version_id=body["version_id"],
        number=body["version"],
        format=body["format"],
        metadata=Metadata(title=body["title"], **facts),
        path=body["path"],
        paths=(body["path"],),
        original_sha="",
        text_sha=body["text_sha256"],
        indexed_at=body["indexed_at"],
        pages=0,
        passages=0,
        source=body["source"],
    )


def _found(body: Json) -> tuple[SearchResult, list[Why]]:
    result = SearchResult(
        question=body["question"],
        hits=tuple(map(_hit, body["hits"])),
        generation=body["generation"],
        took_ms=body["took_ms"],
        added=tuple(body["added"]),
        suggestion=body["suggestion"],
        warnings=tuple(body["warnings"]),
        facets=_facets(body["facets"]),
        filters=_filters(body["filters"]),
    )
    return result, [_why(hit) for hit in body["hits"] if hit.get("why")]


def _hit(body: Json) -> Hit:
    document = _document(body["document"])
    return Hit(
        passage=_passage(body, document),
        document=document,
        score=body["score"],
        dense=body["dense"],
        lexical=body["lexical"],
        marks=tuple((start, end) for start, end in body["marks"]),
        also_in=tuple(map(_place, body["also_in"])),
    )


def _passage(body: Json, document: Document) -> Passage:
    return Passage(
        id=body["passage_id"],
        version_id=document.version_id,
        document_id=document.id,
        ordinal=0,
        start=body["start"],
        end=body["end"],
        text=body["text"],
        prefix="",
        heading=tuple(body["heading"]),
        sentences=(),
        page=body["page"],
        page_label=body["page_label"],
    )


def _place(body: Json) -> Place:
    """Read where else words stand: of that document only id, title and version are told."""
    version = int(body["reader"].rpartition("v=")[2].partition("#")[0])
    document = Document(
        id=body["document"], version_id=version, number=0, format="",
        metadata=Metadata(title=body["title"]), path="", paths=(), original_sha="", text_sha="",
        indexed_at="", pages=0, passages=0,
    )  # fmt: skip
    told = {"passage_id": 0, "text": "", "page": None, "page_label": "", **body}
    return Place(_passage(told, document), document)


def _why(hit: Json) -> Why:
    body = hit["why"]
    terms, tokens = (
        tuple(Share(one["text"], one["share"]) for one in body[name])
        for name in ("terms", "tokens")
    )
    return Why(hit["passage_id"], terms, body["bm25"], tokens, body["rest"], body["cosine"])


def _facets(body: Json) -> tuple[FacetCount, ...]:
    return tuple(
        FacetCount(name, value, count)
        for name, counts in body.items()
        for value, count in counts.items()
    )


def _filters(body: Json) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, values in body.items() for value in values)
