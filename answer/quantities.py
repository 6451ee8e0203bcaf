"""Quantities in plain text: durations, frequencies, shares, doses, distances, angles, repetitions."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

Measure = Literal[
    "duration", "frequency", "share", "mass", "distance", "angle", "count", "age", "temperature"
]

_NUMBERS: dict[str, float] = {
    word: float(value)
    for value, word in enumerate(
        """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
        fifteen sixteen seventeen eighteen nineteen""".split()
    )
} | {
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "ninety": 90,
    "hundred": 100,
}
_NUMBERS |= {"a": 1, "an": 1, "half a": 0.5, "half an": 0.5, "a couple of": 2, "couple of": 2}
_NUMBERS |= {"a few": 3, "few": 3, "several": 4}

# seconds; percent; milligrams; metres; degrees; per day
_UNITS: dict[Measure, dict[str, float]] = {
    "duration": {
        "second": 1, "sec": 1, "minute": 60, "min": 60, "hour": 3600, "hr": 3600, "day": 86400,
        "night": 86400, "week": 604800, "wk": 604800, "fortnight": 1209600, "month": 2629800,
        "year": 31557600, "yr": 31557600,
    },
    "share": {"%": 1, "percent": 1, "per cent": 1},
    "mass": {"mg": 1, "milligram": 1, "g": 1000, "gram": 1000, "kg": 1e6, "kilo": 1e6},
    "distance": {
        "mm": 0.001, "cm": 0.01, "centimetre": 0.01, "centimeter": 0.01, "m": 1, "metre": 1,
        "meter": 1, "km": 1000, "kilometre": 1000, "kilometer": 1000, "mile": 1609.3,
    },
    "angle": {"degree": 1, "°": 1},
    "count": {"repetition": 1, "rep": 1, "set": 1, "step": 1, "session": 1},
    "temperature": {"°c": 1, "° c": 1, "degrees celsius": 1},
}  # fmt: skip
_OF_UNIT = {
    unit: (measure, size) for measure, held in _UNITS.items() for unit, size in held.items()
}
_PERIODS = {
    "hour": 24.0, "day": 1.0, "night": 1.0, "week": 1 / 7, "fortnight": 1 / 14, "month": 1 / 30.44,
    "year": 1 / 365.25, "minute": 1440.0,
}  # fmt: skip

_WORDS = "|".join(sorted(map(re.escape, _NUMBERS), key=lambda w: -len(w)))
_NUMBER = rf"(?:\d{{1,3}}(?:,\d{{3}})+|\d+(?:\.\d+)?|\b(?:{_WORDS})\b)"
_RANGE = rf"(?P<low>{_NUMBER})(?:\s*(?:-|–|to|or|and)\s*(?P<high>{_NUMBER}))?"
_UNIT = "|".join(sorted(map(re.escape, _OF_UNIT), key=lambda u: -len(u)))
_QUANTITY = re.compile(rf"{_RANGE}[\s-]*(?P<unit>{_UNIT})s?(?![a-z])", re.IGNORECASE)
_TIMES = re.compile(
    rf"(?:(?P<named>once|twice|daily|weekly|nightly|hourly)|{_RANGE}\s*(?:times|x|days|sessions|nights))"
    rf"(?:\s*(?:a|an|per|each|every|in a)\s*(?P<period>{'|'.join(_PERIODS)}))?",
    re.IGNORECASE,
)
_EVERY = re.compile(
    rf"\bevery\s+(?:(?P<low>{_NUMBER})(?:\s*(?:-|–|to)\s*(?P<high>{_NUMBER}))?\s+)?"
    rf"(?P<other>other\s+)?(?P<period>{'|'.join(_PERIODS)})s?\b",
    re.IGNORECASE,
)
_NAMED = {"daily": (1, "day"), "nightly": (1, "day"), "weekly": (1, "week"), "hourly": (1, "hour")}


@dataclass(frozen=True, slots=True)
class Quantity:
    """A quantity as a range in its measure's own unit.

    Durations are in seconds, frequencies in times a day, masses in milligrams, distances in metres.
    ``start`` and ``end`` are its place in the text.
    """

    measure: Measure
    low: float
    high: float
    start: int
    end: int

    def apart(self, other: Quantity, *, ratio: float = 1.5) -> bool:
        """Tell whether two ranges of one measure have a gap of at least ``ratio`` between them."""
        if self.measure != other.measure:
            return False
        return self.low > ratio * other.high or other.low > ratio * self.high


def quantities(text: str) -> tuple[Quantity, ...]:
    """Return the quantities that a text states, in the order of their places."""
    found = [*_frequencies(text)]
    taken = [(q.start, q.end) for q in found]
    for match in _QUANTITY.finditer(text):
        if any(match.start() < end and start < match.end() for start, end in taken):
            continue
        measure, size = _OF_UNIT[_said(match["unit"])]
        low = _value(match["low"])
        high = _value(match["high"]) if match["high"] else low
        found.append(Quantity(measure, min(low, high) * size, max(low, high) * size, *match.span()))
    return tuple(sorted(found, key=lambda q: q.start))


def _frequencies(text: str) -> list[Quantity]:
    found = []
    for match in _EVERY.finditer(text):
        low = _value(match["low"]) if match["low"] else 1.0
        high = _value(match["high"]) if match["high"] else low
        if match["other"]:
            low = high = 2.0
        rate = _PERIODS[_said(match["period"])]
        found.append(
            Quantity("frequency", rate / max(low, high), rate / min(low, high), *match.span())
        )
    for match in _TIMES.finditer(text):
        named = _said(match["named"] or "")
        if named in _NAMED:
            count, period = _NAMED[named]
            rate = count * _PERIODS[period]
            found.append(Quantity("frequency", rate, rate, *match.span()))
            continue
        if not match["period"]:
            continue
        rate = _PERIODS[_said(match["period"])]
        low = {"once": 1.0, "twice": 2.0}.get(named) or _value(match["low"])
        high = _value(match["high"]) if match["high"] else low
        found.append(Quantity("frequency", low * rate, high * rate, *match.span()))
    return found


def _value(words: str) -> float:
    plain = _said(words).replace(",", "")
    return _NUMBERS[plain] if plain in _NUMBERS else float(plain)


def _asked(words: str, *measures: Measure) -> tuple[re.Pattern[str], tuple[Measure, ...]]:
    return re.compile(rf"\b(?:{words})\b", re.IGNORECASE), measures


_ASKED = (
    _asked(
        r"how (?:often|frequently)|times (?:a|per) (?:day|week|month)"
        r"|how many (?:times|days|sessions|runs)\b.*\b(?:a|per|each|every)",
        "frequency",
    ),
    _asked(
        r"how (?:long|soon|quickly)|what (?:length|duration)"
        r"|how many (?:seconds|minutes|hours|days|nights|weeks|months|years)"
        r"|(?:recovery|healing|rehab) (?:time|period)s?|time to (?:heal|recover)"
        r"|when (?:can|will|may|should|could|do|does|is)",
        "duration",
    ),
    _asked(r"how many (?:mg|milligrams|grams)|what (?:dose|dosage|strength)", "mass"),
    _asked(
        r"how far|what distance|how many (?:miles|km|kilometres|kilometers|metres|meters|k)",
        "distance",
    ),
    _asked(r"how (?:deep|bent|steep)|what angle|how many degrees", "angle", "share"),
    _asked(r"how many (?:reps|repetitions|sets)", "count"),
    _asked(
        r"how (?:likely|common)|what (?:share|percentage|proportion|chance)"
        r"|how many (?:people|runners|patients|women|men|children)",
        "share",
    ),
    _asked(r"how much|how fast", "share", "mass", "distance"),
)


def asked_measures(question: str) -> tuple[Measure, ...]:
    """Return the measures in which a question asks for a figure; none where it asks for no figure."""
    for pattern, measures in _ASKED:
        if pattern.search(question):
            return measures
    return ()


def states_figure(text: str, measures: Collection[Measure]) -> bool:
    """Tell whether a text states a figure of one of the measures."""
    if not any(map(_said(text).__contains__, _needed(frozenset(measures)))):
        return False
    return any(q.measure in measures for q in quantities(text))


def _said(text: str) -> str:
    """Return a text in small letters; a dotless i, which the patterns take for an i, as one."""
    return text.casefold().replace("ı", "i")


@functools.cache
def _needed(measures: frozenset[Measure]) -> tuple[str, ...]:
    """Return what a text must hold to state a quantity of a measure: one of its units."""
    named = (*_NAMED, *_PERIODS, "once", "twice") if "frequency" in measures else ()
    units = (unit for measure in measures for unit in _UNITS.get(measure, ()))
    return tuple(dict.fromkeys((*named, *units)))
