"""What is taken away: citations as files for reference managers, and the page for an appointment."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, render_template, request

from answer.exports import FORMATS
from answer.works import Work, document_work, quoted_works, reference_works
from corpus.errors import NotFound, UsageError
from webapp.asked import read_asked
from webapp.service import Service
from webapp.settings import WebSettings
from webapp.views import view

_BY_SUFFIX = {form.suffix: name for name, form in FORMATS.items()}


def exports(service: Service, settings: WebSettings) -> Blueprint:
    """Return the exports as a blueprint over ``service``."""
    room = Blueprint("exports", __name__)

    @room.get("/source/<document_id>/cite.<suffix>")
    def document(document_id: str, suffix: str) -> Response:
        return citation_file(_works(document_id, references=False), _named(suffix), document_id)

    @room.get("/source/<document_id>/references.<suffix>")
    def references(document_id: str, suffix: str) -> Response:
        works = _works(document_id, references=True)
        return citation_file(works, _named(suffix), f"{document_id}-references")

    @room.route("/cite", methods=["GET", "POST"])
    def answer() -> Response:
        sent = request.form if request.method == "POST" else request.args
        found = read_asked(sent, settings, others=True).answer(service)
        quotes = found.quotes if found.state == "answered" else found.related
        works = quoted_works(quotes, accessed=settings.today(), root=site_root())
        return citation_file(works, _format(sent.get("format", "csl")), "patella-answer")

    @room.route("/print", methods=["GET", "POST"])
    def appointment() -> str:
        asked = read_asked(request.form if request.method == "POST" else request.args, settings)
        return render_template(
            "print.html",
            shown=view(asked.answer(service)),
            question=asked.question,
            root=request.url_root.rstrip("/"),
            today=settings.today().isoformat(),
            private=request.method == "POST",
        )

    def _works(document_id: str, *, references: bool) -> Sequence[Work]:
        raw = request.args.get("v", "")
        version = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 16 else None
        opened = service.open_source(document_id, version_id=version).document
        if references:
            return reference_works(opened.metadata.references, accessed=settings.today())
        return (document_work(opened, accessed=settings.today(), root=site_root()),)

    return room


def site_root() -> str:
    """Return the address that this site was asked at, without a slash at its end."""
    return request.url_root.rstrip("/")


def _named(suffix: str) -> str:
    if suffix not in _BY_SUFFIX:
        raise NotFound(
            f"There are no citations in the form “{suffix[:20]}”.", hint="Take bib, ris or json."
        )
    return _BY_SUFFIX[suffix]


def _format(name: str) -> str:
    if name not in FORMATS:
        raise UsageError("There is no such format.", hint=f"Take one of {', '.join(FORMATS)}.")
    return name


def citation_file(works: Sequence[Work], format_name: str, name: str) -> Response:
    """Return citations as a file to be saved under ``name``, its suffix after the format."""
    form = FORMATS[format_name]
    response = Response(
        form.write(works).encode("utf-8", "replace"), content_type=f"{form.mimetype}; charset=utf-8"
    )
    response.headers.set("Content-Disposition", "attachment", filename=f"{name}.{form.suffix}")
    return response
