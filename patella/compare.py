"""Evaluations kept and held against each other, and drawn as bars."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.errors import Unwritable, UsageError

if TYPE_CHECKING:
    from patella.evaluate import Evaluation, Measured

_FORM = "patella-baseline/1"
LISTED = 5
"""Questions listed that gained, and that lost, the most."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One measure against a baseline: mean difference, its interval, and the paired p-value."""

    mean: float
    low: float
    high: float
    p: float
    better: int
    """Questions that score higher than in the baseline."""
    worse: int
    best: tuple[tuple[str, float], ...]
    worst: tuple[tuple[str, float], ...]


def save_baseline(path: Path, found: Evaluation) -> None:
    """Write what a later run can be held against. Raises Unwritable."""
    body = {"form": _FORM, "per_query": found.per_query}
    _write(path, json.dumps(body, ensure_ascii=False, sort_keys=True) + "\n")


def load_baseline(path: Path) -> dict[str, dict[str, float]]:
    """Read the values of a saved run by measure and question. Raises UsageError."""
    hint = "Make one with: patella evaluate --save-baseline FILE"
    try:
        body = json.loads(path.read_text("utf-8"))
        if body["form"] != _FORM:
            raise ValueError
        return {
            str(measure): {str(query): float(value) for query, value in values.items()}
            for measure, values in body["per_query"].items()
        }
    except OSError as error:
        raise UsageError(
            f"The baseline {path} cannot be read: {error.strerror}.", hint=hint
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{path} is no baseline of this version.", hint=hint) from error


def differences(
    found: Evaluation, baseline: Mapping[str, Mapping[str, float]]
) -> dict[str, Difference]:
    """Hold a run against a baseline, measure by measure.

    Raises UsageError where the two were not measured on the same questions.
    """
    from patella.evaluate import paired  # noqa: PLC0415  (heavy)

    told = {}
    for measure, mine in found.per_query.items():
        other = baseline.get(measure)
        if other is None or set(other) != set(mine):
            raise UsageError(
                f"The baseline was not measured by {measure} on these questions.",
                hint="Compare runs on the same set and split.",
            )
        gaps = {query: mine[query] - other[query] for query in sorted(mine)}
        mean, low, high, p = paired(list(gaps.values()))
        ordered = sorted(gaps.items(), key=lambda item: (-item[1], item[0]))
        told[measure] = Difference(
            mean,
            low,
            high,
            p,
            sum(gap > 0 for gap in gaps.values()),
            sum(gap < 0 for gap in gaps.values()),
            tuple(item for item in ordered[:LISTED] if item[1] > 0),
            tuple(item for item in reversed(ordered[-LISTED:]) if item[1] < 0),
        )
    return told


def differences_json(told: Mapping[str, Difference]) -> dict[str, object]:
    """Return the differences for ``--json``."""
    return {measure: asdict(one) for measure, one in told.items()}


_ROW, _LEFT, _WIDE, _RIGHT = 34, 90, 420, 150


def picture(
    measures: Mapping[str, Measured], *, title: str, baseline: Mapping[str, float] | None = None
) -> str:
    """Return an SVG file: a bar for each measure from 0 to 1, with its 95 % interval.

    ``baseline`` gives means that are drawn as a mark on each bar.
    """
    height = 56 + _ROW * len(measures)
    width = _LEFT + _WIDE + _RIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"'
        f' font-family="sans-serif" font-size="13" fill="#1c2430"><title>{escape(title)}</title>',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text x="12" y="22" font-weight="bold">{escape(title)}</text>',
    ]
    for number, (name, one) in enumerate(measures.items()):
        y = 40 + _ROW * number
        middle = y + 10
        low, high, mean = (_LEFT + _WIDE * value for value in (one.low, one.high, one.mean))
        parts += [
            f'<text x="12" y="{y + 15}">{escape(name)}</text>',
            f'<rect x="{_LEFT}" y="{y}" width="{_WIDE}" height="20" fill="#eef1f4"/>',
            f'<rect x="{_LEFT}" y="{y}" width="{mean - _LEFT:.1f}" height="20" fill="#4c7a9f"/>',
            f'<path d="M{low:.1f} {middle}H{high:.1f}M{low:.1f} {y + 5}v10M{high:.1f} {y + 5}v10"'
            ' stroke="#1c2430" stroke-width="1.5" fill="none"/>',
            f'<text x="{_LEFT + _WIDE + 8}" y="{y + 15}">{one.mean:.3f}'
            f" ({one.low:.3f}–{one.high:.3f})</text>",
        ]
        if baseline and name in baseline:
            x = _LEFT + _WIDE * baseline[name]
            parts.append(
                f'<path d="M{x:.1f} {y - 3}v26" stroke="#b3541e" stroke-width="2">'
                f"<title>Baseline {baseline[name]:.3f}</title></path>"
            )
    return "\n".join([*parts, "</svg>"]) + "\n"


def write_picture(
    path: Path,
    measures: Mapping[str, Measured],
    *,
    title: str,
    kept: Mapping[str, Mapping[str, float]] | None = None,
) -> None:
    """Write ``picture`` to a file, with the means of a baseline. Raises Unwritable."""
    means = {name: sum(v.values()) / max(1, len(v)) for name, v in (kept or {}).items()}
    _write(path, picture(measures, title=title, baseline=means))


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise Unwritable(
            f"{path} cannot be written: {error.strerror}.",
            hint="Name a file in a folder that exists.",
        ) from error
