"""An editor's word: what a sidecar says of a document stands over what the document says of itself."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from corpus.records import Metadata
from ingest.metadata import ALIASES, from_mapping
from ingest.questions import KEY as QUESTIONS

_FIELDS = tuple(field.name for field in fields(Metadata))
KNOWN = frozenset({*_FIELDS, *ALIASES, QUESTIONS})
MOST_TOLD = 5
_BLANK = Metadata()


def overlaid(
    own: Metadata, stated: Mapping[str, Any], *, name: str
) -> tuple[Metadata, tuple[str, ...]]:
    """Return ``own`` with the fields over it that the sidecar ``name`` states, and warnings.

    A field that cannot be read is told, with what it should be, and left as the document has it.
    """
    if not stated:
        return own, ()
    found, told = from_mapping(stated)
    over = {
        field: value
        for field in _FIELDS
        if (value := getattr(found, field)) != getattr(_BLANK, field)
    }
    warnings = [warning.replace("Front matter", name, 1) for warning in told]
    warnings += [_unknown(key, name) for key in stated if key not in KNOWN][:MOST_TOLD]
    return replace(own, **over), tuple(warnings)


def _unknown(key: str, name: str) -> str:
    like = difflib.get_close_matches(key.lower(), KNOWN, n=1)
    hint = f"; did you mean {like[0]}?" if like else "."
    return f"{name}: {key[:40]} is no field that is known{hint}"
