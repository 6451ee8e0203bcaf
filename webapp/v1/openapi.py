"""The description of the API: OpenAPI 3.1 made from the code, and a page that tells it to people."""

from __future__ import annotations

import copy
from typing import Any, cast

from flask import Response
from flask_openapi import APIBlueprint, OpenAPI

from webapp.settings import WebSettings
from webapp.v1.common import PREFIX, Json, send
from webapp.v1.unfit import refuse

VERSION = "3.1.0"
LICENCE = {"name": "Apache-2.0", "identifier": "Apache-2.0"}
ABOUT = (
    "Passages of trusted guidance, quoted word for word. Offsets count code points in the text of"
    " one version of a document, half-open; each quote carries the SHA-256 of its words. Errors are"
    " problem documents (RFC 9457) with a hint on what to do."
)


def make_flask(settings: WebSettings) -> OpenAPI:
    """Return an empty application that can describe its API."""
    app = OpenAPI(
        "webapp",
        static_folder=None,
        doc_ui=False,
        info={
            "title": f"{settings.library_name}: the API",
            "version": settings.version,
            "description": ABOUT,
            "license": LICENCE,
        },
        openapi_extensions={"security": _security(settings)},
        security_schemes={
            "token": {
                "type": "http",
                "scheme": "bearer",
                "description": "A token of this library; made on the page of an account, or on"
                " the command line.",
            },
            "receipt_key": {
                "type": "http",
                "scheme": "bearer",
                "description": "The key that came with the receipt.",
            },
        },
        validation_error_status=400,
        validation_error_callback=refuse,
    )
    app.openapi_version = VERSION
    return app


def add(app: OpenAPI, rooms: APIBlueprint) -> None:
    """Add a room to ``app``; an address may take methods of several rooms."""
    before = {path: app.paths[path] for path in rooms.paths if path in app.paths}
    app.register_api(rooms)
    for path, held in before.items():
        for method in ("get", "post", "put", "patch", "delete"):
            if operation := getattr(held, method):
                setattr(app.paths[path], method, operation)


def _security(settings: WebSettings) -> list[Json]:
    """Return who may read: with a token, and where searching is public without one as well."""
    return [{"token": []}] if settings.search_access == "signed-in" else [{}, {"token": []}]


def description(app: OpenAPI) -> Json:
    """Return the description as plain data."""
    told = copy.deepcopy(app.api_doc)
    told["components"]["schemas"].pop("ValidationErrorModel", None)
    told["paths"] = {path: way for path, way in told["paths"].items() if path.startswith(PREFIX)}
    for methods in told["paths"].values():
        for operation in methods.values():
            words = operation.get("description", "").replace("<br/>", " ").strip()
            operation["description"] = words
    return cast(Json, told)


def describe_api(app: OpenAPI) -> None:
    """Serve the description for programs, and give it to the page that people read."""

    @app.route(f"{PREFIX}/openapi.json")
    def openapi() -> Response:
        response = send(description(app))
        response.headers["Cache-Control"] = "public, max-age=300"
        return response

    app.jinja_env.globals["api_groups"] = lambda: _groups(description(app))
    app.jinja_env.globals["api_shapes"] = lambda: description(app)["components"]["schemas"]
    app.jinja_env.filters["shape_words"] = _shape_words


def _groups(told: Json) -> list[tuple[Json, list[Json]]]:
    """Return the operations under their tags, in the order of the code."""
    operations = [
        {"path": path, "method": method.upper(), **operation}
        for path, methods in told["paths"].items()
        for method, operation in methods.items()
    ]
    return [
        (tag, [one for one in operations if tag["name"] in one["tags"]])
        for tag in told.get("tags", ())
    ]


def _shape_words(schema: Json | None) -> str:
    """Return a schema in a few words: its type, its values, the name of its shape."""
    if not schema:
        return ""
    if ref := schema.get("$ref"):
        return str(ref).rpartition("/")[2]
    if choices := schema.get("anyOf") or schema.get("allOf"):
        return " or ".join(_shape_words(one) for one in choices)
    if values := schema.get("enum"):
        return ", ".join(_shown(value) for value in values)
    return _type_words(schema)


def _type_words(schema: Json) -> str:
    if schema.get("type") == "array":
        return f"list of {_shape_words(schema.get('items')) or 'anything'}"
    if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {_shape_words(schema['additionalProperties'])}"
    words = str(schema.get("type", "anything"))
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is not None and most is not None:
        words += f" from {_shown(least)} to {_shown(most)}"
    return words


def _shown(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if value != "" else "(empty)"
