"""Changing documents by program: adding, replacing, editing, hiding and removing them."""

from __future__ import annotations

from typing import BinaryIO, cast

from flask import Response
from flask_openapi import APIBlueprint

from webapp.access import require
from webapp.desk.adding import name_of
from webapp.desk.common import Room
from webapp.desk.forms import said
from webapp.streams import Streams
from webapp.v1.bench_json import rows_json
from webapp.v1.bench_requests import (
    DetailsBody,
    DocumentsBody,
    FileForm,
    FilesForm,
    Keyed,
    RowsQuery,
    TextBody,
    UrlBody,
    WithdrawBody,
)
from webapp.v1.bench_shapes import JobInfo, Rows
from webapp.v1.common import answers, describe, page_after, problems, send
from webapp.v1.requests import DocumentPath, switched
from webapp.v1.writing import REFUSED, begun, guard_room, job_answers, writing_room
from webapp.workbench_records import LibraryQuery, Upload

LARGE = frozenset({"add_files", "replace_document", "add_text"})


def changing(desk: Room, _: Streams) -> APIBlueprint:
    """Return the part of the API that changes documents."""
    rooms = writing_room(
        "changing", "Documents", "Add, replace, edit, hide and remove. Each begins a job."
    )
    describe(rooms, JobInfo, Rows)
    guard_room(rooms, large=LARGE, limit=desk.settings.upload_limit)
    _adding(rooms, desk)
    _one(rooms, desk)
    bench = desk.workbench

    @rooms.post("/reindex", responses=job_answers(404, 413, 415))
    def reindex(header: Keyed, body: DocumentsBody) -> Response:
        """Look again at the sources of documents, or of all; failed files are tried again."""
        subject = ", ".join(body.documents) or "all"
        return begun(
            desk.act(
                "document.reindex",
                subject,
                lambda by: bench.reindex(body.documents, by=by, key=header.key),
            )
        )

    @rooms.get("/library", responses=answers(Rows, "A page.") | problems(*REFUSED))
    def library(query: RowsQuery) -> Response:
        """List what is stored, published or not, with files that could not be read."""
        wanted = LibraryQuery(
            text=query.q,
            state=query.state,
            kind=query.kind,
            topic=query.topic,
            format=query.format,
            sort=query.sort,
            descending=switched(query.descending),
            page=query.page,
            size=query.per_page,
        )
        body = rows_json(bench.library(wanted))
        return send(body | page_after(query.page, query.per_page, body["total"]))

    return rooms


def _adding(rooms: APIBlueprint, desk: Room) -> None:
    bench = desk.workbench

    @rooms.post("/documents", responses=job_answers(413))
    def add_files(header: Keyed, form: FilesForm) -> Response:
        """Add files, as multipart/form-data."""
        uploads = [Upload(name_of(file), cast(BinaryIO, file.stream)) for file in form.files]
        return begun(
            desk.act(
                "document.add",
                ", ".join(upload.name for upload in uploads),
                lambda by: bench.add_files(
                    uploads,
                    by=by,
                    values=form.values(),
                    replace=switched(form.replace),
                    key=header.key,
                ),
            )
        )

    @rooms.post("/web-pages", responses=job_answers(413, 415))
    def add_url(header: Keyed, body: UrlBody) -> Response:
        """Fetch and add a page of the web, or all of a sitemap or feed."""
        return begun(
            desk.act(
                "document.add_url",
                body.url,
                lambda by: bench.add_url(body.url, by=by, key=header.key),
            )
        )

    @rooms.post("/texts", responses=job_answers(413, 415))
    def add_text(header: Keyed, body: TextBody) -> Response:
        """Add a text, as Markdown."""
        return begun(
            desk.act(
                "document.add_text",
                body.title,
                lambda by: bench.add_text(
                    body.title, body.text, by=by, values=body.values(), key=header.key
                ),
            )
        )


def _one(rooms: APIBlueprint, desk: Room) -> None:
    bench = desk.workbench

    @rooms.put("/documents/<document_id>/original", responses=job_answers(404, 413))
    def replace_document(header: Keyed, path: DocumentPath, form: FileForm) -> Response:
        """Give a document new bytes of the same format, under its id."""
        upload = Upload(name_of(form.file), cast(BinaryIO, form.file.stream))
        one = path.document_id
        return begun(
            desk.act(
                "document.replace",
                one,
                lambda by: bench.replace(one, upload, by=by, key=header.key),
            )
        )

    @rooms.patch("/documents/<document_id>", responses=job_answers(404, 413, 415))
    def edit_document(header: Keyed, path: DocumentPath, body: DetailsBody) -> Response:
        """Set details over what a document says of itself; an empty one takes its own back."""
        one, values = path.document_id, body.values()
        return begun(
            desk.act(
                "document.edit",
                one,
                lambda by: bench.edit_metadata(one, values, by=by, key=header.key),
                said(values),
            )
        )

    @rooms.delete("/documents/<document_id>", responses=job_answers(404))
    def remove_document(header: Keyed, path: DocumentPath) -> Response:
        """Take a document out of the library; its earlier versions are kept."""
        one = path.document_id
        return begun(
            desk.act("document.remove", one, lambda by: bench.remove([one], by=by, key=header.key))
        )

    @rooms.post("/documents/<document_id>/withdraw", responses=job_answers(404, 413, 415))
    def withdraw_document(header: Keyed, path: DocumentPath, body: WithdrawBody) -> Response:
        """Take a document out of every generation, shared answer and copy for good: an admin's right."""
        require("admin")
        one, why = path.document_id, body.reason
        return begun(
            desk.act(
                "document.withdraw",
                one,
                lambda by: bench.withdraw([one], reason=why, by=by, key=header.key),
                why,
            )
        )

    @rooms.put("/documents/<document_id>/hidden", responses=job_answers(404))
    def hide_document(header: Keyed, path: DocumentPath) -> Response:
        """Leave a document out of the next generations, though it stays stored."""
        one = path.document_id
        return begun(
            desk.act("document.hide", one, lambda by: bench.hide([one], by=by, key=header.key))
        )

    @rooms.delete("/documents/<document_id>/hidden", responses=job_answers(404))
    def show_document(header: Keyed, path: DocumentPath) -> Response:
        """Take back that a document was hidden."""
        one = path.document_id
        return begun(
            desk.act("document.show", one, lambda by: bench.show([one], by=by, key=header.key))
        )
