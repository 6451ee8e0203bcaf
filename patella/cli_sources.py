"""What the command line knows of sources: standard input, and the choice of files."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import PurePath

from corpus.errors import UsageError

STANDARD_INPUT = "-"


def read_given(
    targets: Sequence[str], name: str | None
) -> tuple[tuple[str, bytes] | None, tuple[str, ...]]:
    """Read standard input where it is one of the targets; return it with its name, and the others.

    Raises UsageError where there is a name without input, or input without a name.
    """
    from ingest.intake import MAX_BYTES

    others = tuple(target for target in targets if target != STANDARD_INPUT)
    if len(others) == len(targets):
        if name:
            raise UsageError("--name is for standard input.", hint="Add - to the command.")
        return None, others
    if not name or PurePath(name).name != name or not name.isprintable():
        raise UsageError(
            "Standard input needs a plain file name.",
            hint="For example: patella add - --name notes.md",
        )
    data = sys.stdin.buffer.read(MAX_BYTES + 1)
    if not data:
        raise UsageError("Nothing came on standard input.")
    if len(data) > MAX_BYTES:
        raise UsageError(f"Standard input gave more than {MAX_BYTES / 1e6:.0f} MB.")
    return (name, data), others
