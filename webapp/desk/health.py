"""How the library and its server are, in numbers and pictures."""

from __future__ import annotations

import math

from flask import Blueprint, Response

from corpus.asked import Day
from webapp.desk.charts import Column, columns, share
from webapp.desk.common import Room, editor, page
from webapp.desk.words import ANSWER_STATES, size_words
from webapp.saying import locale, say
from webapp.words import date_words, number_words, plural
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
        say("Library"): found.library_bytes,
        say("Original files"): found.originals_bytes,
        say("Vectors"): found.vectors_bytes,
        say("Index"): found.index_bytes,
        say("Free on the disk"): found.free_bytes,
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
    label = say(
        "%(questions)s in %(days)s, day by day",
        questions=plural(total, "question"),
        days=plural(len(days), "day"),
    )
    return columns(made, label=label, every=max(1, math.ceil(len(made) / 8)))


def _short(date: str) -> str:
    """Return ``2026-11-04`` as ``4 Nov``, or in German ``4.11.``."""
    if locale().startswith("de"):
        return f"{int(date[8:10])}.{int(date[5:7])}."
    day, month, *_ = date_words(date).split()
    return f"{day} {month[:3]}"


def _told(day: Day) -> str:
    named = [f"{say(ANSWER_STATES[s])}: {number_words(getattr(day, s))}" for s in STATES]  # type: ignore[index]
    return ", ".join(named)


def _shares(days: tuple[Day, ...]) -> str:
    counts = [(state, _total(days, state)) for state in STATES]
    whole = sum(count for _, count in counts) or 1
    named = [f"{say(ANSWER_STATES[s])}: {round(100 * n / whole)} %" for s, n in counts]  # type: ignore[index]
    return share(counts, label=say("Of all questions:") + " " + ", ".join(named))


def _latency(latency: Latency) -> str:
    made = []
    for bound, count in latency.buckets:
        name = say("more") if math.isinf(bound) else milliseconds(bound)
        told = say("up to %(time)s: %(answers)s", time=name, answers=plural(count, "answer"))
        made.append(Column(name, (("took", count),), told))
    label = say("How long %(answers)s took", answers=plural(latency.count, "answer"))
    return columns(made, label=label)


def milliseconds(value: float) -> str:
    """Return a time as people say it."""
    if value >= 1000:
        return f"{number_words(float(f'{value / 1000:.2g}'))} s"
    return f"{value:.0f} ms"
