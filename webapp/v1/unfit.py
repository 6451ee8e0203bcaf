"""What does not fit in a program's request, in words."""

from __future__ import annotations

from typing import Any, NoReturn

from flask import request
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from werkzeug.exceptions import UnsupportedMediaType

from corpus.errors import Unfit
from webapp.questions import read_question

_TOLD = {
    "missing": "is missing",
    "extra_forbidden": "is not known here",
    "string_type": "is not a text",
    "string_too_short": "is empty",
    "string_too_long": "has more than {max_length} characters",
    "string_pattern_mismatch": "does not have the form asked for",
    "list_type": "is not a list",
    "too_long": "has more than {max_length} values",
    "int_type": "is not a whole number",
    "int_parsing": "is not a whole number",
    "int_from_float": "is not a whole number",
    "greater_than_equal": "is less than {ge}",
    "less_than_equal": "is more than {le}",
    "bool_type": "is not true or false",
    "literal_error": "is none of {expected}",
    "model_type": "is not a JSON object",
    "model_attributes_type": "is not a JSON object",
    "value_error": "{error}",
}
MOST_TOLD = 20


def refuse(error: ValidationError) -> NoReturn:
    """Raise what pydantic found as an error of ours: QuestionError, or Unfit with each fault."""
    found = error.errors(include_url=False, include_input=False)
    if any(one["loc"] == ("q",) and one["type"] in _NO_QUESTION for one in found):
        read_question("", limit=1, shown=1)
    sent = request.mimetype
    if found[0]["loc"] == () and sent and not request.is_json:
        raise UnsupportedMediaType
    faults = tuple((_where(one), _words(one)) for one in found[:MOST_TOLD])
    where, what = faults[0]
    raise Unfit(
        f"{where} {what}.",
        hint="The description of the API is at /api, and for programs at /api/v1/openapi.json.",
        faults=faults,
    )


_NO_QUESTION = frozenset({"missing", "string_too_short", "string_pattern_mismatch"})


def _where(one: ErrorDetails) -> str:
    return ".".join(str(part) for part in one["loc"]) or "The request"


def _words(one: ErrorDetails) -> str:
    if one["type"] == "string_pattern_mismatch" and one["loc"][-1] in {"since", "until"}:
        return "is not a date such as 2024, 2024-06 or 2024-06-30"
    context: dict[str, Any] = dict(one.get("ctx", {}))
    told = _TOLD.get(one["type"])
    return told.format(**context) if told else f"does not fit: {one['msg'].lower()}"
