"""What a library holds, by program: documents, their text and originals, citations, the generation."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

from flask import Response, request
from flask_openapi import APIBlueprint

from answer.exports import FORMATS
from answer.works import document_work, quoted_works, reference_works
from webapp.downloads import download
from webapp.exports import citation_file, site_root
from webapp.pages import matches
from webapp.present import catalogue_json, generation_json
from webapp.questions import clean
from webapp.service import Service, SourceText
from webapp.settings import WebSettings
from webapp.v1.common import Told, answers, describe, fresh, problems, room, send
from webapp.v1.requests import (
    CiteDocumentQuery,
    CiteQuery,
    DocumentPath,
    ListQuery,
    VersionQuery,
    switched,
)
from webapp.v1.shapes import DocumentList, DocumentText, DocumentWhole, GenerationInfo

_FILE: Told = {
    "200": {"description": "The file.", "content": {"*/*": {"schema": {"type": "string"}}}}
}
_CITED: Told = {
    "200": {
        "description": "Citations for a reference manager.",
        "content": {
            form.mimetype: {"schema": {"type": "array" if "json" in form.mimetype else "string"}}
            for form in FORMATS.values()
        },
    }
}


def reading(service: Service, settings: WebSettings) -> APIBlueprint:
    """Return the part of the API that reads the library."""
    rooms = room("reading", "Library", "What is searched: documents, their words, citations.")
    describe(rooms, DocumentList, DocumentText, DocumentWhole, GenerationInfo)

    @rooms.get("/documents", responses=answers(DocumentList, "A page.", etag=True) | problems())
    def documents(query: ListQuery) -> Response:
        """List the documents that are searched, by title, page by page."""
        return fresh(service, settings, lambda: _listed(service, query))

    @rooms.get(
        "/documents/<document_id>",
        responses=answers(DocumentWhole, "The document.", etag=True) | problems(404, 410),
    )
    def document(path: DocumentPath, query: VersionQuery) -> Response:
        """Tell all that is known of one document."""
        return fresh(
            service,
            settings,
            lambda: send(_whole(service.open_source(path.document_id, version_id=query.v or None))),
        )

    @rooms.get(
        "/documents/<document_id>/text",
        responses=answers(
            DocumentText,
            "The text.",
            also={"text/plain": "The text alone, where Accept asks for it."},
            etag=True,
        )
        | problems(404, 410),
    )
    def text(path: DocumentPath, query: VersionQuery) -> Response:
        """Give the frozen text that offsets count in, and its blocks."""

        def make() -> Response:
            opened = service.open_source(path.document_id, version_id=query.v or None)
            kinds = ("application/json", "text/plain")
            if request.accept_mimetypes.best_match(kinds) == "text/plain":
                return Response(opened.text, mimetype="text/plain")
            return send(_text(opened))

        return fresh(service, settings, make)

    @rooms.get("/documents/<document_id>/original", responses=_FILE | problems(404, 410))
    def original(path: DocumentPath, query: VersionQuery) -> Response:
        """Download the original file."""
        return download(*service.original(path.document_id, version_id=query.v or None))

    @rooms.get("/documents/<document_id>/cite", responses=_CITED | problems(404, 410))
    def cite_document(path: DocumentPath, query: CiteDocumentQuery) -> Response:
        """Cite a document, or give its reference list, for a reference manager."""
        opened = service.open_source(path.document_id, version_id=query.v or None).document
        today = settings.today()
        if switched(query.references):
            references = reference_works(opened.metadata.references, accessed=today)
            return citation_file(references, query.format, path.document_id)
        works = (document_work(opened, accessed=today, root=site_root()),)
        return citation_file(works, query.format, path.document_id)

    @rooms.get("/cite", responses=_CITED | problems())
    def cite(query: CiteQuery) -> Response:
        """Cite what an answer quotes, for a reference manager."""
        found = query.asked(settings).answer(service)
        quotes = found.quotes if found.state == "answered" else found.related
        works = quoted_works(quotes, accessed=settings.today(), root=site_root())
        return citation_file(works, query.format, "patella-answer")

    @rooms.get(
        "/generation", responses=answers(GenerationInfo, "The generation.", etag=True) | problems()
    )
    def generation() -> Response:
        """Tell which generation is searched now."""
        return fresh(service, settings, lambda: send(generation_json(service.generation())))

    return rooms


def _listed(service: Service, query: ListQuery) -> Response:
    held = service.documents()
    wanted = clean(query.q)
    fitting = [one for one in held if matches(one, wanted)] if wanted else list(held)
    last = query.page * query.per_page
    following = None
    if last < len(fitting):
        kept: dict[str, Any] = {"q": query.q} if query.q else {}
        kept |= {"page": query.page + 1, "per_page": query.per_page}
        following = f"{request.script_root}{request.path}?{urlencode(kept)}"
    body = {
        "documents": [catalogue_json(one) for one in fitting[last - query.per_page : last]],
        "generation": service.generation().id,
        "total": len(fitting),
        "page": query.page,
        "per_page": query.per_page,
        "next": following,
    }
    return send(body, headers={"Link": f'<{following}>; rel="next"'} if following else {})


def _whole(opened: SourceText) -> dict[str, Any]:
    document = opened.document
    return catalogue_json(document) | {
        "paths": list(document.paths),
        "references": [asdict(reference) for reference in document.metadata.references],
        "is_current": opened.is_current,
    }


def _text(opened: SourceText) -> dict[str, Any]:
    document = opened.document
    return {
        "id": document.id,
        "version_id": document.version_id,
        "is_current": opened.is_current,
        "text": opened.text,
        "text_sha256": document.text_sha,
        "blocks": [asdict(block) for block in opened.blocks],
    }
