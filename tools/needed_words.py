"""Words without which a pattern cannot match: looking for them is much quicker than compiling it.

Found from how Python itself reads a pattern, and kept beside the red-flag rules, whose reader compiles
what it is told nothing about. Run this when the rules have changed.

Usage: python tools/needed_words.py
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from re import _constants as kinds  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from answer.flags import RedFlags
from answer.safety import needed_file, pattern_key
from corpus import shipped

Needed = frozenset[str]
"""One of these stands in whatever a pattern matches in a text of ASCII letters, made small."""

_LEAST = 3
"""Letters: shorter ones stand in most questions."""
_REPEATS = {kinds.MAX_REPEAT, kinds.MIN_REPEAT, kinds.POSSESSIVE_REPEAT}


def needed(pattern: str) -> Needed | None:
    """Return words of which a match of ``pattern`` has one at least; None where none can be told."""
    return _of(parser.parse(pattern, re.IGNORECASE))


def _of(sequence: Iterable[tuple[Any, Any]]) -> Needed | None:
    """Return the best of what the parts of a sequence need, all of which must be there."""
    found: list[Needed] = []
    run = ""
    for kind, value in [*sequence, (None, None)]:
        if kind is kinds.LITERAL and value < 128:
            run += chr(value).lower()
            continue
        if len(run) >= _LEAST:
            found.append(frozenset({run}))
        run = ""
        if part := _part(kind, value):
            found.append(part)
    return max(found, key=_worth) if found else None


def _part(kind: Any, value: Any) -> Needed | None:
    if kind is kinds.SUBPATTERN:
        _, added, removed, inner = value
        return None if added or removed else _of(inner)
    if kind is kinds.ATOMIC_GROUP:
        return _of(value)
    if kind in _REPEATS and value[0] > 0:
        return _of(value[2])
    if kind is kinds.BRANCH:
        parts = [_of(branch) for branch in value[1]]
        known = [part for part in parts if part]
        return frozenset[str]().union(*known) if len(known) == len(parts) else None
    return None


def _worth(words: Needed) -> tuple[int, int]:
    """Prefer words that are long, and few of them."""
    return min(map(len, words)), -len(words)


def table() -> dict[str, list[str]]:
    """Return the words of each of the shipped rules' patterns that have any, by the pattern's key."""
    flags = RedFlags.load(shipped.RED_FLAGS)
    rules = [one for rule in flags.rules for group in (*rule.groups, rule.unless) for one in group]
    found = {pattern_key(one.text): needed(one.text) for one in (*rules, *flags.permissive)}
    return {key: sorted(words) for key, words in sorted(found.items()) if words}


def main() -> None:
    """Write the words beside the rules."""
    lines = ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in table().items())
    needed_file(shipped.RED_FLAGS).write_text(f"{{\n{lines}\n}}\n", "utf-8")


if __name__ == "__main__":
    main()
