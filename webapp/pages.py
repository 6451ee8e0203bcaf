"""The pages that people read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from corpus.errors import NotFound
from corpus.records import Document, SafetyLevel, Why
from webapp import reader
from webapp.asked import Asked, read_asked
from webapp.downloads import download
from webapp.facets import chosen, facet_views
from webapp.language import rooted
from webapp.present import reader_path
from webapp.prompts import SUGGESTED, first_questions
from webapp.questions import GENERATE, clean
from webapp.service import Generator, Guide, Service, SourceText
from webapp.settings import WebSettings
from webapp.sheet_pages import address_of, picture_response, sheet_page
from webapp.sheets import PageView, page_view
from webapp.targets import Target, asked_fields, read_results
from webapp.views import copy_text, view
from webapp.words import LEVELS, facts_line
from webapp.written import add_written

SHOWN_WHOLE = 2
"""Sections on when to get help that are quoted whole at each level; the others are linked."""


def pages(
    service: Service,
    settings: WebSettings,
    generator: Generator | None = None,
    guide: Guide | None = None,
) -> Blueprint:
    """Return the pages as a blueprint over ``service``."""
    room = Blueprint("pages", __name__)

    @room.get("/")
    def home() -> str:
        generation = service.generation()
        listed = first_questions(guide.prompts(), settings.today()) if guide else ()
        own = tuple((text, "") for text in settings.suggestions)
        suggestions = (
            own or tuple((one.text, one.language) for one in listed) or _titles(service.documents())
        )
        return render_template(
            "home.html", suggestions=suggestions[:SUGGESTED], generation=generation
        )

    @room.route("/search", methods=["GET", "POST"])
    def search() -> str | BaseResponse:
        if request.method == "GET" and "q" not in request.args:
            return redirect(url_for("pages.home"))
        sent = request.form if request.method == "POST" else request.args
        write = generator if sent.get("generate", "") in GENERATE else None
        return _results(service, read_asked(sent, settings), sent, generator, write)

    if generator:
        add_written(room, service, settings, generator)

    @room.get("/source/<document_id>")
    def source(document_id: str) -> str:
        return _reader(service, document_id, guide)

    @room.get("/source/<document_id>/pages/<int:page>.png")
    def picture(document_id: str, page: int) -> Response:
        return picture_response(service, document_id, page)

    @room.get("/source/<document_id>/original")
    def original(document_id: str) -> Response:
        version = _number(request.args.get("v", ""))
        return download(*service.original(document_id, version_id=version))

    @room.get("/library")
    def library() -> str:
        documents = service.documents()
        wanted = clean(request.args.get("q", ""))[:200]
        return render_template(
            "library.html",
            documents=[held for held in documents if matches(held, wanted)],
            total=len(documents),
            wanted=wanted,
            generation=service.generation(),
        )

    @room.get("/get-help")
    def get_help() -> str:
        return render_template("get_help.html", sections=_help_sections(service))

    @room.get("/about")
    def about() -> str:
        return render_template("about.html")

    @room.get("/accessibility")
    def accessibility() -> str:
        return render_template("accessibility.html")

    @room.get("/api")
    def programs() -> str:
        return render_template("programs.html")

    return room


def _results(
    service: Service,
    asked: Asked,
    sent: MultiDict[str, str],
    generator: Generator | None,
    write: Generator | None,
) -> str:
    """Return the page of a question; ``write`` puts the quotes in its words where it is wanted."""
    answer = asked.answer(service, kept=write is None)
    if write:
        answer = write.write(answer)
    results = read_results(asked, sent)
    shown = view(answer, order=results.order, page=results.page)

    def under(filters: Mapping[str, Sequence[str]]) -> Target:
        return results.target(filters=filters, anchor="found")

    return render_template(
        "search.html",
        shown=shown,
        question=asked.question,
        asked_fields=asked_fields(asked),
        filters=asked.filters.values(),
        results=results,
        chosen=chosen(shown.answer, under),
        facets=facet_views(shown.answer, under),
        why=_why(service, asked, sent.get("why", "")),
        copied=copy_text(shown, root=request.url_root.rstrip("/")),
        private=request.method == "POST",
        can_generate=generator is not None,
    )


def _why(service: Service, asked: Asked, wanted: str) -> Why | None:
    number = _number(wanted)
    if number is None:
        return None
    return service.why(asked.question, number, without=asked.without)


def _titles(documents: tuple[Document, ...]) -> tuple[tuple[str, str], ...]:
    """Return titles and their languages, those first that read as questions do."""
    good = [held for held in documents if not held.is_earlier]
    asking = [held for held in good if held.title.startswith(("Why", "How", "What", "When"))]
    return tuple(dict.fromkeys((held.title, held.metadata.language) for held in [*asking, *good]))


def _reader(service: Service, document_id: str, guide: Guide | None) -> str:
    versions = guide.versions(document_id) if guide else ()
    named = request.args.get("v", "")
    version = _number(named)
    notices: list[str] = []
    opened, lost = _open(service, document_id, version)
    asked = "start" in request.args or "end" in request.args
    span = None if lost else _span(opened, request.args.get("start"), request.args.get("end"))
    if lost or (named and version is None):
        notices.append("gone")
    elif not opened.is_current:
        notices.append("other")
    if asked and not span:
        notices.append("unmarked")
    unseen = ""
    if opened.document.format == "pdf" and request.args.get("view") != "text":
        view = page_view(service, opened, span, request.args)
        if isinstance(view, PageView):
            copied = _copied(opened.document, span, opened.text[slice(*span)]) if span else ""
            return sheet_page(opened, view, span, notices=notices, copied=copied, versions=versions)
        notices.append("unseen")
        unseen = str(view)
    return _text(opened, span, notices, unseen=unseen, versions=versions)


def _text(
    opened: SourceText,
    span: tuple[int, int] | None,
    notices: list[str],
    *,
    unseen: str,
    versions: tuple[Document, ...],
) -> str:
    """Return a document as text, with ``span`` marked."""
    layout = reader.lay_out(opened, span)
    if span and not layout.marked:
        notices.append("unmarked")
    quoted = opened.text[slice(*span)] if span and layout.marked else ""
    paged = opened.document.format == "pdf" and not unseen
    return render_template(
        "source.html",
        source=opened,
        document=opened.document,
        meta=opened.document.metadata,
        layout=layout,
        numbers=layout.numbers,
        notices=notices,
        unseen=unseen,
        versions=versions,
        paged=address_of(opened, span) if paged else "",
        quoted=quoted,
        copied=_copied(opened.document, span, quoted) if span and quoted else "",
    )


def _open(service: Service, document_id: str, version: int | None) -> tuple[SourceText, bool]:
    """Open the version named, or where it is no longer kept the one served; tell which."""
    if version is not None:
        try:
            return service.open_source(document_id, version_id=version), False
        except NotFound:
            return service.open_source(document_id), True
    return service.open_source(document_id), False


def _copied(document: Document, span: tuple[int, int], quoted: str) -> str:
    link = request.url_root.rstrip("/") + reader_path(document, *span)
    facts = facts_line(document)
    return f"“{quoted}”\n\n{document.title}. {facts}{'. ' if facts else ''}{link}"


def _number(raw: str) -> int | None:
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 16 else None


def _span(opened: SourceText, start: str | None, end: str | None) -> tuple[int, int] | None:
    """Return the span asked for, or None where it does not lie in the text."""
    a, b = _number(start or ""), _number(end or "")
    if a is None or b is None or not a < b <= len(opened.text):
        return None
    return a, b


def matches(document: Document, wanted: str) -> bool:
    """Return whether all words wanted stand in what a document says of itself."""
    meta = document.metadata
    about = (document.title, document.path, meta.publisher, meta.summary, *meta.topics)
    text = " ".join(about).casefold()
    return all(word in text for word in wanted.casefold().split())


@dataclass(frozen=True, slots=True)
class HelpSection:
    """A section that tells when to get help; its words where the document is about red flags."""

    document: Document
    heading: str
    link: str
    layout: reader.Layout | None


def _help_sections(service: Service) -> dict[SafetyLevel, list[HelpSection]]:
    """Return the sections that tell when to get help, by level, those shown whole first."""
    found: dict[SafetyLevel, list[HelpSection]] = {level: [] for level in LEVELS}
    telling = [held for held in service.documents() if held.metadata.red_flags]
    telling.sort(key=_tells_most)
    for document in telling:
        opened = service.open_source(document.id)
        for flag in document.metadata.red_flags:
            if span := reader.section_start(opened, flag.heading):
                held = found[flag.level]
                whole = "red flags" in document.metadata.topics and len(held) < SHOWN_WHOLE
                layout = reader.section(opened, flag.heading) if whole else None
                link = rooted(reader_path(document, *span))
                held.append(HelpSection(document, flag.heading, link, layout))
    return found


def _tells_most(document: Document) -> tuple[bool, int]:
    """Put documents on red flags first, those with the most such sections leading."""
    meta = document.metadata
    return "red flags" not in meta.topics, -len(meta.red_flags)
