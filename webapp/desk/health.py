"""How the library and its server are, in numbers and pictures."""

from __future__ import annotations

import math

from flask import Blueprint, Response

from corpus.asked import Day
from webapp.desk.charts import Column, columns, share
from webapp.desk.common import Room, editor, page
from webapp.desk.words import ANSWER_STATES, size_words
from webapp.words import date_words, plural
from webapp.workbench_records import Health, Latency

STATES = ("answered", "related", "none")


def health(blueprint: Blueprint, room: Room) -> None:
    """Add the page of health."""

    @blueprint.get("/health")
    def health_page() -> Response:
        editor()
        found = room.workbench.health()
        asked = sum(_total(found.days, state) for state in STATES)
        return page(
            "health.html",
            health=found,
            sizes=_sizes(found),
            days=_days(found.days) if asked else "",
            shares=_shares(found.days) if asked else "",
            totals={state: _total(found.days, state) for state in STATES},
            latency=_latency(found.latency) if found.latency.count else "",
            answer_states=ANSWER_STATES,
        )


def _total(days: tuple[Day, ...], state: str) -> int:
    return sum(getattr(day, state) for day in days)


def _sizes(found: Health) -> dict[str, str]:
    parts = {
        "Library": found.library_bytes,
        "Original files": found.originals_bytes,
        "Vectors": found.vectors_bytes,
        "Index": found.index_bytes,
        "Free on the disk": found.free_bytes,
    }
    return {name: size_words(count) for name, count in parts.items()}


def _days(days: tuple[Day, ...]) -> str:
    made = [
        Column(
            _short(day.date),
            tuple((state, getattr(day, state)) for state in STATES),
            f"{date_words(day.date)}: {_told(day)}",
        )
        for day in days
    ]
    total = sum(_total(days, state) for state in STATES)
    label = f"{plural(total, 'question')} in {plural(len(days), 'day')}, day by day"
    return columns(made, label=label, every=max(1, math.ceil(len(made) / 8)))


def _short(date: str) -> str:
    """Return ``2026-11-04`` as ``4 Nov``."""
    day, month, *_ = date_words(date).split()
    return f"{day} {month[:3]}"


def _told(day: Day) -> str:
    named = [f"{getattr(day, s):,} {ANSWER_STATES[s].lower()}" for s in STATES]  # type: ignore[index]
    return ", ".join(named)


def _shares(days: tuple[Day, ...]) -> str:
    counts = [(state, _total(days, state)) for state in STATES]
    whole = sum(count for _, count in counts) or 1
    named = [f"{round(100 * n / whole)} % {ANSWER_STATES[s].lower()}" for s, n in counts]  # type: ignore[index]
    return share(counts, label="Of all questions: " + ", ".join(named))


def _latency(latency: Latency) -> str:
    made = []
    for bound, count in latency.buckets:
        name = "more" if math.isinf(bound) else milliseconds(bound)
        made.append(Column(name, (("took", count),), f"up to {name}: {plural(count, 'answer')}"))
    label = f"How long {plural(latency.count, 'answer')} took"
    return columns(made, label=label)


def milliseconds(value: float) -> str:
    """Return a time as people say it."""
    return f"{value / 1000:.2g} s" if value >= 1000 else f"{value:.0f} ms"
