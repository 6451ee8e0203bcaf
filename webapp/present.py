"""Answers and search results as plain dictionaries: the JSON that programs are promised."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from answer import works
from answer.receipt import OpenedQuote, OpenedReceipt
from corpus.records import (
    Answer,
    Document,
    FacetCount,
    Generation,
    Hit,
    Quote,
    SearchResult,
    Why,
    Written,
    sha256_text,
)
from webapp.words import facts_line, overdue, page_words

Json = dict[str, Any]


reader_path = works.reader_path
"""The address, from the root, of a document opened at a span."""


def document_json(document: Document) -> Json:
    """Return what a citation needs to know of a document."""
    meta = document.metadata
    return {
        "id": document.id,
        "title": document.title,
        "path": document.path,
        "url": meta.url,
        "kind": meta.kind,
        "reviewed": meta.reviewed,
        "next_review": meta.next_review,
        "review_overdue": overdue(meta.next_review, datetime.now(UTC).date()),
        "source": document.source,
        "source_changed": document.source in {"changed", "missing"},
        "published": meta.published,
        "version": document.number,
        "version_id": document.version_id,
        "publisher": meta.publisher,
        "authors": list(meta.authors),
        "reviewer": meta.reviewer,
        "licence": meta.licence,
        "region": meta.region,
        "applies_to": list(meta.applies_to),
        "language": meta.language,
        "format": document.format,
        "indexed_at": document.indexed_at,
        "text_sha256": document.text_sha,
    }


def catalogue_json(document: Document) -> Json:
    """Return a document as the list of documents tells it."""
    return document_json(document) | {
        "summary": document.metadata.summary,
        "topics": list(document.metadata.topics),
        "audience": list(document.metadata.audience),
        "passages": document.passages,
        "pages": document.pages,
        "original_sha256": document.original_sha,
        "warnings": list(document.warnings),
    }


def quote_json(quote: Quote) -> Json:
    """Return a quote with all that is needed to check it against its source."""
    return {
        "text": quote.text,
        "start": quote.start,
        "end": quote.end,
        "sha256": quote.sha256,
        "heading": list(quote.heading),
        "page": quote.page,
        "page_label": quote.page_label,
        "score": quote.score,
        "stance": quote.stance,
        "about": list(quote.about),
        "reader": reader_path(quote.document, quote.start, quote.end),
        "document": document_json(quote.document),
    }


def hit_json(hit: Hit) -> Json:
    """Return a passage that was found."""
    passage = hit.passage
    return {
        "score": hit.score,
        "dense": hit.dense,
        "lexical": hit.lexical,
        "text": passage.text,
        "start": passage.start,
        "end": passage.end,
        "sha256": sha256_text(passage.text),
        "heading": list(passage.heading),
        "page": passage.page,
        "page_label": passage.page_label,
        "passage_id": passage.id,
        "marks": [list(mark) for mark in hit.marks],
        "also_in": [
            {
                "document": place.document.id,
                "title": place.document.title,
                "start": place.passage.start,
                "end": place.passage.end,
                "heading": list(place.passage.heading),
                "reader": reader_path(place.document, place.passage.start, place.passage.end),
            }
            for place in hit.also_in
        ],
        "reader": reader_path(hit.document, passage.start, passage.end),
        "document": document_json(hit.document),
    }


def answer_json(answer: Answer) -> Json:
    """Return an answer in the form that the API and ``patella ask --json`` promise."""
    safety = answer.safety
    return {
        "question": answer.question,
        "state": answer.state,
        "quotes": [quote_json(quote) for quote in answer.quotes],
        "related": [quote_json(quote) for quote in answer.related],
        "safety": safety
        and {
            "level": safety.level,
            "title": safety.title,
            "advice": safety.advice,
            "quotes": [quote_json(quote) for quote in safety.quotes],
            "rules": list(safety.rules),
            "also": [
                {"level": sign.level, "title": sign.title, "advice": sign.advice}
                for sign in safety.also
            ],
        },
        "disagreements": [
            {"kind": d.kind, "sides": [quote_json(d.one), quote_json(d.other)]}
            for d in answer.disagreements
        ],
        "carried": list(answer.carried),
        "filters": filters_json(answer.filters),
        "facets": facets_json(answer.facets),
        "confidence": answer.confidence,
        "added": list(answer.added),
        "suggestion": answer.suggestion,
        "warnings": list(answer.warnings),
        "generated": written_json(answer.generated) if answer.generated else None,
        "generation": answer.generation,
        "took_ms": round(answer.took_ms, 2),
    }


def written_json(written: Written) -> Json:
    """Return what is left of a model's answer."""
    return {
        "model": written.model,
        "sentences": [{"text": s.text, "quotes": list(s.quotes)} for s in written.sentences],
        "dropped": written.dropped,
        "withheld": written.withheld,
        "problem": written.problem,
    }


def why_json(why: Why) -> Json:
    """Return why a passage was found: shares of its BM25 score and of its cosine."""
    return {
        "bm25": why.bm25,
        "terms": [{"text": one.text, "share": one.share} for one in why.terms],
        "cosine": why.cosine,
        "tokens": [{"text": one.text, "share": one.share} for one in why.tokens],
        "rest": why.rest,
    }


def filters_json(filters: tuple[tuple[str, str], ...]) -> Json:
    """Return the filters as lists of values by name."""
    found: Json = {}
    for name, value in filters:
        found.setdefault(name, []).append(value)
    return found


def facets_json(facets: tuple[FacetCount, ...]) -> Json:
    """Return how many of the documents found have each value, by name of the facet."""
    found: Json = {name: {} for name in ("topic", "kind", "publisher", "format")}
    for one in facets:
        found[one.name][one.value] = one.count
    return found


def grouped_json(hits: list[Json]) -> list[Json]:
    """Return the documents of hits, the best first, each with the ids of its passages among them."""
    groups: dict[str, Json] = {}
    for hit in hits:
        document = hit["document"]
        group = groups.setdefault(
            document["id"],
            {
                "id": document["id"],
                "title": document["title"],
                "score": hit["score"],
                "passages": [],
            },
        )
        group["passages"].append(hit["passage_id"])
    return list(groups.values())


def search_json(result: SearchResult) -> Json:
    """Return a search result in the form that the API and ``patella search --json`` promise."""
    hits = [hit_json(hit) for hit in result.hits]
    return {
        "question": result.question,
        "documents": grouped_json(hits),
        "hits": hits,
        "added": list(result.added),
        "suggestion": result.suggestion,
        "warnings": list(result.warnings),
        "filters": filters_json(result.filters),
        "facets": facets_json(result.facets),
        "generation": result.generation,
        "took_ms": round(result.took_ms, 2),
    }


def generation_json(generation: Generation) -> Json:
    """Return the served generation."""
    return {
        "generation": generation.id,
        "created_at": generation.created_at,
        "documents": generation.documents,
        "passages": generation.passages,
        "model": generation.model,
        "digest": generation.digest,
    }


def receipt_json(opened: OpenedReceipt) -> Json:
    """Return a shared answer, each quote with how its source stands to it now."""
    receipt, answer = opened.receipt, opened.receipt.answer
    return {
        "id": receipt.id,
        "created_at": receipt.created_at,
        "question": answer.question,
        "carried": list(answer.carried),
        "state": answer.state,
        "generation": answer.generation,
        "generation_digest": answer.generation_digest,
        "standing": opened.standing,
        "compared_with_generation": opened.generation,
        "safety": answer.level
        and {
            "level": answer.level,
            "title": answer.safety_title,
            "advice": answer.safety_advice,
        },
        "quotes": [_opened_quote_json(quote) for quote in opened.quotes],
    }


def _opened_quote_json(quote: OpenedQuote) -> Json:
    kept = quote.kept
    shown: Json = {
        "part": kept.part,
        "standing": quote.standing,
        "text": quote.words or None,
        "document_id": kept.document_id,
        "version_id": kept.version_id,
        "start": kept.start,
        "end": kept.end,
        "sha256": kept.sha256,
        "heading": list(kept.heading),
        "page": kept.page,
        "page_label": kept.page_label,
        "title": kept.title,
        "citation": kept.citation,
        "url": kept.url,
    }
    if quote.document:
        shown["reader"] = reader_path(quote.document, kept.start, kept.end)
    if quote.now:
        shown["now"] = {
            "version_id": quote.now.version_id,
            "same_words": quote.place is not None,
            "start": quote.place[0] if quote.place else None,
            "end": quote.place[1] if quote.place else None,
            "reader": reader_path(quote.now, *quote.place) if quote.place else None,
        }
    return shown


def citation(quote: Quote) -> str:
    """Return a citation in one line of plain text, without an address."""
    place = [*quote.heading[-1:], page_words(quote.page, quote.page_label)]
    parts = [quote.document.title, *place, facts_line(quote.document)]
    return " ".join(part if part[-1] in ".?!" else f"{part}." for part in parts if part)
