"""The page that shows a page of a PDF, and the picture on it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from flask import Response, render_template, request, url_for

from corpus.records import Document
from webapp.inline import Span
from webapp.service import Service, SourceText
from webapp.sheets import WIDTHS, PageView, number

KEPT_PICTURE = "private, max-age=604800, immutable"
"""A version's pages never change."""


def sheet_page(
    opened: SourceText,
    shown: PageView,
    span: Span | None,
    *,
    notices: Sequence[str],
    copied: str,
    versions: Sequence[Document],
) -> str:
    """Return a page of a PDF as a picture, with ``span`` marked."""
    return render_template(
        "sheet.html",
        source=opened,
        document=opened.document,
        meta=opened.document.metadata,
        shown=shown,
        sheet=shown.sheet,
        notices=notices,
        address_of=partial(address_of, opened, span),
        picture_of=partial(_picture_address, opened, shown.sheet.number),
        widths=WIDTHS,
        span=span,
        numbers=frozenset(),
        copied=copied,
        versions=versions,
    )


def address_of(opened: SourceText, span: Span | None, **more: str | int) -> str:
    """Return the address of a view of this version; the quote stays in it."""
    document = opened.document
    query: dict[str, Any] = {"v": document.version_id}
    if span:
        query |= {"start": span[0], "end": span[1]}
    return url_for("pages.source", document_id=document.id, **(query | more))


def _picture_address(opened: SourceText, page: int, width: int) -> str:
    document = opened.document
    return url_for(
        "pages.picture", document_id=document.id, page=page, v=document.version_id, w=width
    )


def picture_response(service: Service, document_id: str, page: int) -> Response:
    """Return a page as a PNG file; a browser that holds it already is told so before it is drawn."""
    version = number(request.args.get("v", ""))
    document = service.open_source(document_id, version_id=version).document
    asked = number(request.args.get("w", "")) or WIDTHS[1]
    width = next((one for one in WIDTHS if one >= asked), WIDTHS[-1])
    response = Response(mimetype="image/png")
    response.set_etag(f"{document.original_sha[:20]}-{page}-{width}")
    response.headers["Cache-Control"] = KEPT_PICTURE if version else "private, no-cache"
    response.make_conditional(request)
    if response.status_code != 304:
        response.data = service.picture(
            document_id, version_id=document.version_id, page=page, width=width
        )
    return response
