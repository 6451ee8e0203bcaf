"""The library at the desk: a table to search and sort, and one document's details and acts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, BinaryIO, cast, get_args

from flask import Blueprint, Response, request, url_for

from corpus.errors import PatellaError, UsageError
from corpus.jobs import Job
from webapp.desk.adding import name_of
from webapp.desk.common import (
    REFUSALS,
    BodyTooLarge,
    Room,
    allow_uploads,
    editor,
    form_key,
    go,
    number,
    page,
    to_job,
    too_large,
)
from webapp.desk.forms import DATES, FIELDS, KINDS, LISTS, read_values, said, shown_values
from webapp.desk.words import ROW_STATES, SORTS
from webapp.workbench_records import LibraryQuery, LibraryRow, RowSort, RowState, Upload

SIZE = 50
_ACTS = frozenset({"hide", "show", "reindex", "remove"})
_STATES, _SORTS = get_args(RowState), get_args(RowSort)


def table(blueprint: Blueprint, room: Room) -> None:
    """Add the pages of the library."""
    _list(blueprint, room)
    _one(blueprint, room)


def _list(blueprint: Blueprint, room: Room) -> None:
    bench = room.workbench

    @blueprint.get("/library")
    def library() -> Response:
        editor()
        query = read_query(request.args)
        return page(
            "library.html",
            found=bench.library(query),
            query=query,
            kinds=KINDS,
            sorts=SORTS,
            states=ROW_STATES,
            with_=lambda **changes: _address(query, **changes),
        )

    @blueprint.post("/library")
    def act_on() -> Response:
        """Do one thing to all that were chosen; a removal is asked about once more."""
        wanted = tuple(dict.fromkeys(request.form.getlist("id")))[:1000]
        act = request.form.get("act", "")
        if act not in _ACTS:
            editor()
            raise UsageError("That cannot be done to documents.", hint="Choose one of the buttons.")
        if not wanted:
            editor()
            raise UsageError(
                "No document was chosen.", hint="Tick some first, then press a button."
            )
        if act == "remove" and not request.form.get("sure"):
            editor()
            rows = [bench.row(one) for one in wanted]
            return page("remove.html", rows=rows)
        calls: Mapping[str, Callable[[str], Job]] = {
            "hide": lambda by: bench.hide(wanted, by=by, key=form_key()),
            "show": lambda by: bench.show(wanted, by=by, key=form_key()),
            "remove": lambda by: bench.remove(wanted, by=by, key=form_key()),
            "reindex": lambda by: bench.reindex(wanted, by=by, key=form_key()),
        }
        return to_job(room.act(f"document.{act}", ", ".join(wanted), calls[act]))

    @blueprint.post("/library/look-again")
    def look_again() -> Response:
        return to_job(
            room.act("document.reindex", "all", lambda by: bench.reindex((), by=by, key=form_key()))
        )


def _one(blueprint: Blueprint, room: Room) -> None:
    bench, limit = room.workbench, room.settings.upload_limit

    def shown(row: LibraryRow, error: PatellaError | None = None, **facts: Any) -> Response:
        held: dict[str, Any] = {"values": shown_values(row), "fields": FIELDS, "kinds": KINDS}
        held |= {"dates": DATES, "lists": LISTS, "states": ROW_STATES}
        return page("document.html", error, row=row, **held | facts)

    @blueprint.get("/library/<document_id>")
    def document(document_id: str) -> Response:
        editor()
        return shown(bench.row(document_id))

    @blueprint.post("/library/<document_id>")
    def edit(document_id: str) -> Response:
        editor()
        row = bench.row(document_id)
        values = read_values(request.form, row)
        told = said(values)
        if not told:
            return go("desk.document", document_id=document_id)
        try:
            job = room.act(
                "document.edit",
                document_id,
                lambda by: bench.edit_metadata(document_id, values, by=by, key=form_key()),
                told,
            )
        except REFUSALS as error:
            return shown(row, error, values={n: request.form.get(n, "") for n in FIELDS})
        return to_job(job)

    @blueprint.post("/library/<document_id>/replace")
    def replace(document_id: str) -> Response:
        allow_uploads(limit)
        row = bench.row(document_id)
        try:
            editor()
            file = request.files.get("file")
            if file is None or not file.filename:
                raise UsageError("No file was chosen.", hint="Choose the new one, then replace.")
            upload = Upload(name_of(file), cast(BinaryIO, file.stream))
            job = room.act(
                "document.replace",
                document_id,
                lambda by: bench.replace(document_id, upload, by=by, key=form_key()),
                upload.name,
            )
        except BodyTooLarge:
            return shown(row, too_large(limit))
        except REFUSALS as error:
            return shown(row, error)
        return to_job(job)


def read_query(args: Mapping[str, str]) -> LibraryQuery:
    """Return what the table's address asks for; what makes no sense asks for nothing."""
    state, sort = args.get("state", ""), args.get("sort", "")
    kind = args.get("kind", "")
    return LibraryQuery(
        text=args.get("q", "").strip()[:200],
        state=state if state in _STATES else "",  # type: ignore[arg-type]
        kind=kind if kind in KINDS else "",
        sort=sort if sort in _SORTS else "title",  # type: ignore[arg-type]
        descending=args.get("order") == "down",
        page=number(args.get("page")),
        size=SIZE,
    )


def _address(query: LibraryQuery, **changes: Any) -> str:
    """Return the table's address with some of what it asks for changed; it begins at the first page."""
    held = {
        "q": query.text,
        "state": query.state,
        "kind": query.kind,
        "sort": "" if query.sort == "title" else query.sort,
        "order": "down" if query.descending else "",
    } | changes
    return url_for("desk.library", **{name: value for name, value in held.items() if value})
