"""A problem in words, as pages and programs are told it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong, in words: the fields of RFC 9457 and what to do about it."""

    status: int
    kind: str
    title: str
    detail: str
    hint: str = ""
    faults: tuple[tuple[str, str], ...] = ()
    """Where a program's request does not fit, and how."""
