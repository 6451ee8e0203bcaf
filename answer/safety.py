"""Red-flag rules (placeholder until the matcher lands)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from corpus.records import SafetyLevel


@dataclass(frozen=True, slots=True)
class Rule:
    """A red-flag rule."""

    id: str
    level: SafetyLevel
    title: str
    advice: str
    document: str
    heading: str


def load_rules(path: Path) -> tuple[Rule, ...]:
    """Return no rules."""
    return ()


def match(question: str, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """Return no rules."""
    return ()
