"""Adding at the desk: files by drop or choice, an address of the web, or a text."""

from __future__ import annotations

from typing import Any, BinaryIO, cast

from flask import Blueprint, Response, request
from werkzeug.datastructures import FileStorage

from corpus.errors import PatellaError, UsageError
from webapp.desk.common import (
    REFUSALS,
    BodyTooLarge,
    Room,
    allow_uploads,
    editor,
    form_key,
    page,
    to_job,
    too_large,
)
from webapp.desk.forms import KINDS, read_values
from webapp.saying import N_
from webapp.workbench_records import NO_VALUES, Upload

FORMATS = N_(
    "PDF, Word, OpenDocument, PowerPoint, EPUB, web pages, Markdown, plain text, RTF and .zip"
)


def adding(blueprint: Blueprint, room: Room) -> None:
    """Add the pages for adding."""
    bench, limit = room.workbench, room.settings.upload_limit

    def shown(error: PatellaError | None = None, **typed: Any) -> Response:
        facts = {
            "limit": limit,
            "formats": FORMATS,
            "review": bench.review,
            "typed": typed,
            "kinds": KINDS,
        }
        return page("add.html", error, **facts)

    @blueprint.get("/add")
    def add() -> Response:
        editor()
        return shown()

    @blueprint.post("/add/files")
    def add_files() -> Response:
        allow_uploads(limit)
        try:
            editor()
            sent = [file for file in request.files.getlist("files") if file.filename]
            if not sent:
                raise UsageError("No file was chosen.", hint="Choose one or more, then add them.")
            names = ", ".join(name_of(file) for file in sent)
            uploads = [Upload(name_of(file), cast(BinaryIO, file.stream)) for file in sent]
            replace = bool(request.form.get("replace"))
            values = read_values(request.form) if request.form.get("kind") else NO_VALUES
            job = room.act(
                "document.add",
                names,
                lambda by: bench.add_files(
                    uploads, by=by, values=values, replace=replace, key=form_key()
                ),
                "replacing" if replace else "",
            )
        except BodyTooLarge:
            return shown(too_large(limit))
        except REFUSALS as error:
            return shown(error)
        return to_job(job)

    @blueprint.post("/add/url")
    def add_url() -> Response:
        url = request.form.get("url", "").strip()
        try:
            job = room.act(
                "document.add_url", url, lambda by: bench.add_url(url, by=by, key=form_key())
            )
        except REFUSALS as error:
            return shown(error, url=url)
        return to_job(job)

    @blueprint.post("/add/text")
    def add_text() -> Response:
        allow_uploads(limit)
        request.max_form_memory_size = limit
        title, text = "", ""
        try:
            editor()
            title = request.form.get("title", "").strip()
            text = request.form.get("text", "")
            values = read_values(request.form) if request.form.get("kind") else NO_VALUES
            job = room.act(
                "document.add_text",
                title,
                lambda by: bench.add_text(title, text, by=by, values=values, key=form_key()),
            )
        except BodyTooLarge:
            return shown(too_large(limit))
        except REFUSALS as error:
            return shown(error, title=title, text=text)
        return to_job(job)


def name_of(file: FileStorage) -> str:
    """Return a file's name without folders, as the person who sent it calls it."""
    return (file.filename or "").replace("\\", "/").rpartition("/")[2]
