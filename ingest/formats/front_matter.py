"""Front matter: the YAML at the head of a Markdown file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

_OPENING = re.compile(r"---[ \t]*\n")
_CLOSING = re.compile(r"^(?:---|\.\.\.)[ \t]*$", re.MULTILINE)
_KEY = re.compile(r"^[A-Za-z_][\w -]*:(?:\s|$)", re.MULTILINE)
LONGEST = 200_000
"""Characters; YAML is read slowly, and no real front matter is as long."""


def split_front_matter(text: str) -> tuple[Mapping[str, Any], str, tuple[str, ...]]:
    """Return the fields of the front matter, the text behind it, and warnings.

    All values are text, lists and mappings: nothing is made a number, a date or a truth value.
    Front matter that is not closed, or that is no mapping and does not look like one, is text.
    """
    opening = _OPENING.match(text)
    if opening is None:
        return {}, text, ()
    closing = _CLOSING.search(text, opening.end())
    if closing is None:
        likely = _KEY.match(text, opening.end()) is not None
        return {}, text, ("The front matter is not closed and was read as text.",) * likely
    source, body = text[opening.end() : closing.start()], text[closing.end() :]
    if len(source) > LONGEST:
        return {}, body, ("The front matter is too long and was left out.",)
    fields, warnings = _load(source)
    if isinstance(fields, Mapping):
        return {str(key): value for key, value in fields.items()}, body, ()
    # Two rules with text between them are no front matter.
    is_text = bool(source.strip()) and not _KEY.search(source)
    return ({}, text, ()) if is_text else ({}, body, warnings)


def _load(source: str) -> tuple[Any, tuple[str, ...]]:
    try:
        # BaseLoader makes nothing but text, lists and mappings: it is as safe as the safe one.
        return yaml.load(source, Loader=yaml.BaseLoader), ()  # noqa: S506
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return None, (f"The front matter could not be read: {_fault(error)}",)


def _fault(error: Exception) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem and error.problem_mark:
        # The mark counts from 0, and the opening line stands before it.
        return f"line {error.problem_mark.line + 2}, {error.problem}."
    if isinstance(error, RecursionError):
        return "it is nested too deeply."
    return f"{str(error).splitlines()[0]}." if str(error) else "it is malformed."
