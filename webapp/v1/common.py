"""What all rooms of the API share: how answers are sent, kept fresh, and described."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from flask import Response, request
from flask_openapi import APIBlueprint
from pydantic import BaseModel

from webapp.service import Service
from webapp.settings import WebSettings
from webapp.v1.shapes import Problem

PREFIX = "/api/v1"
Json = dict[str, Any]
Told = dict[Any, Any]
"""What an operation may answer, by status."""

_TOLD = {
    400: "The request does not fit, or the question cannot be searched.",
    401: "The request does not say who asks.",
    403: "The request does not carry the right to do that.",
    404: "That is not in the library.",
    409: "What it refers to has changed meanwhile.",
    410: "It was withdrawn, and nothing of it is kept.",
    413: "The request is too large.",
    415: "The request is of another kind than is taken.",
    422: "The file cannot be read or shown.",
    429: "Over the limit of requests; Retry-After tells how long to wait.",
    500: "Something went wrong inside; nothing of the request was kept.",
    503: "The library cannot be used now.",
}


def problems(*statuses: int) -> Told:
    """Describe the errors of an operation: always a problem document."""
    found: Told = {}
    for status in sorted({*statuses, 400, 429, 500, 503}):
        headers = {
            "X-Request-ID": {"schema": {"type": "string"}},
        }
        if status == 429:
            headers["Retry-After"] = {"schema": {"type": "string"}}
        found[str(status)] = {
            "description": _TOLD[status],
            "headers": headers,
            "content": {
                "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
            },
        }
    return found


def answers(
    shape: type[BaseModel] | None,
    told: str,
    *,
    status: int = 200,
    also: dict[str, str] | None = None,
    etag: bool = False,
) -> Told:
    """Describe what an operation answers; ``also`` are other media types with what they hold."""
    content: Json = {}
    if shape:
        content["application/json"] = {"schema": {"$ref": f"#/components/schemas/{shape.__name__}"}}
    for kind, description in (also or {}).items():
        content[kind] = {"schema": {"type": "string", "description": description}}
    headers: Json = {"X-Request-ID": {"schema": {"type": "string"}}}
    if etag:
        headers["ETag"] = {"schema": {"type": "string"}}
    found: Told = {str(status): {"description": told, "headers": headers}}
    if content:
        found[str(status)]["content"] = content
    if status == 202:
        headers["Location"] = {"schema": {"type": "string"}}
    if etag:
        found["304"] = {"description": "Nothing has changed since the ETag that was sent."}
    return found


def room(name: str, tag: str, told: str) -> APIBlueprint:
    """Return an empty room of the API."""
    return APIBlueprint(
        name,
        __name__,
        url_prefix=PREFIX,
        abp_tags=[{"name": tag, "description": told}],
        operation_id_callback=lambda *, name, path, method: name,
    )


def describe(blueprint: APIBlueprint, *shapes: type[BaseModel]) -> None:
    """Put shapes and those within them among the components of the description."""
    from flask_openapi import Schema  # noqa: PLC0415  (one name for the one place)

    every: tuple[type[BaseModel], ...] = (*shapes, Problem)
    for shape in every:
        whole = shape.model_json_schema(
            ref_template="#/components/schemas/{model}", mode="serialization"
        )
        for name, schema in {**whole.pop("$defs", {}), shape.__name__: whole}.items():
            blueprint.components_schemas[name] = Schema(**schema)


def send(body: Json, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return a body as JSON."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":")) + "\n"
    response = Response(text, status=status, mimetype="application/json")
    response.headers.update(headers or {})
    return response


def wants(kind: str) -> bool:
    """Return whether an answer of another media type is asked for rather than JSON."""
    return request.accept_mimetypes.best_match(("application/json", kind)) == kind


def page_after(page: int, per_page: int, total: int) -> Json:
    """Return the fields of a list that comes in pages; ``next`` keeps all else that was asked."""
    following = None
    if page * per_page < total:
        kept = [(n, v) for n, v in request.args.items(multi=True) if n != "page"]
        following = f"{request.script_root}{request.path}?{urlencode([*kept, ('page', page + 1)])}"
    return {"page": page, "per_page": per_page, "total": total, "next": following}


def fresh(
    service: Service, settings: WebSettings, make: Callable[[], Response], *, keep: bool = True
) -> Response:
    """Return what ``make`` makes, or 304 where the asker already holds it.

    An answer is the same while generation, day (a review may be overdue) and address are; so the
    ETag is known before any work. It is weak, as times differ. With ``keep`` the asker may store
    the answer and must ask whether it still holds; questions are never stored on the way.
    """
    served = service.generation()
    asked = f"{request.full_path}\n{request.headers.get('Accept', '')}"
    told = f"{served.id}\n{served.digest}\n{settings.today()}\n{settings.version}\n{asked}"
    tag = hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:24]
    if request.if_none_match.contains_weak(tag):
        response = Response(status=304)
    else:
        response = make()
        if response.status_code != 200:
            return response
    response.set_etag(tag, weak=True)
    response.headers["Vary"] = "Accept"
    response.headers["Cache-Control"] = "private, no-cache" if keep else "no-store"
    return response
