"""An editor's values for a document, kept as a sidecar: checked, merged with what is there, written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import yaml

from corpus.errors import UsageError
from ingest.metadata import ALIASES, from_mapping
from ingest.sidecar import Sidecar, read_sidecar
from patella.incoming import put_file
from webapp.workbench_records import Values

LONGEST = 2000
"""Characters of one value, and of all entries of a list."""


def stated(values: Values) -> dict[str, Any]:
    """Return the values that are not None, by name."""
    named = {one.name: getattr(values, one.name) for one in fields(Values)}
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in named.items()
        if value is not None
    }


def check(values: Mapping[str, Any]) -> None:
    """Raise UsageError for a value that makes no sense."""
    for name, value in values.items():
        size = len(value) if isinstance(value, str) else sum(map(len, value))
        if size > LONGEST:
            raise UsageError(f"{name} is longer than {LONGEST} characters.", hint="Shorten it.")
    filled = {name: value for name, value in values.items() if value}
    _, warnings = from_mapping(filled)
    if warnings:
        fault = warnings[0].removeprefix("Front matter: ")
        raise UsageError(f"These values cannot be taken: {fault}", hint=_hint(fault.split()[0]))


def _hint(name: str) -> str:
    if name in {"published", "reviewed", "next_review"}:
        return "Write a date as 2026, 2026-11 or 2026-11-28."
    return "Write an address as https://example.org/page." if name == "url" else "Mend it."


def merge(path: Path, values: Mapping[str, Any]) -> None:
    """Set values in the sidecar at ``path``; empty ones are taken out, and what else it says stays.

    Raises UsageError where what is there cannot be read.
    """
    there = read_sidecar(path if path.is_file() else None)
    if there.warnings:
        raise UsageError(
            f"{path.name} cannot be changed: {there.warnings[0]}", hint="Mend it, or delete it."
        )
    merged = _merged(there, values)
    if merged:
        text = yaml.safe_dump(merged, allow_unicode=True, sort_keys=False, width=100)
        put_file(path, text.encode("utf-8"))
    else:
        path.unlink(missing_ok=True)


def _merged(there: Sidecar, values: Mapping[str, Any]) -> dict[str, Any]:
    kept = {
        key: value for key, value in there.fields.items() if ALIASES.get(key, key) not in values
    }
    return kept | {name: value for name, value in values.items() if value}
