"""What was measured, as JSON, as tables in Markdown, and as a chart of the figures that have a target."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import Any

from bench.speed.measure import Figure, seconds

_WIDE, _ROW, _LEFT = 760, 26, 380


def shown(value: float | None, unit: str) -> str:
    """Return a value with its unit."""
    if value is None:
        return ""
    if unit == "s":
        return seconds(value)
    return f"{value:,.0f} {unit}" if value >= 100 else f"{value:.1f} {unit}"


def target(figure: Figure) -> str:
    """Return a figure's target in words, and whether it is met."""
    if figure.target is None:
        return ""
    sign = "≥" if figure.at_least else "≤"
    bound = (
        f"{figure.target:g} ×" if figure.ratio is not None else shown(figure.target, figure.unit)
    )
    return f"{sign} {bound} {'met' if figure.met else '**missed**'}"


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as a table in Markdown."""
    lines = [
        "| part | what | median | against | ratio | target | |",
        "|---|---|---|---|---|---|---|",
    ]
    for f in figures:
        beside = f"{f.against}: {shown(f.base, f.unit)}" if f.base is not None else ""
        ratio = f"{f.ratio:.2f}" if f.ratio is not None else ""
        cells = (f.part, f.what, shown(f.value, f.unit), beside, ratio, target(f), f.note)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def chart(figures: Sequence[Figure]) -> str:
    """Return an SVG: a bar for each figure with a target, as its share of the target."""
    known = [f for f in figures if f.target is not None]
    height = _ROW * len(known) + 40
    room = (_WIDE - _LEFT - 60) / 2
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {height}" role="img"'
        ' font-family="sans-serif" font-size="12">',
        "<title>Each figure as a share of what its target allows; left of the line it is met</title>",
        f'<rect width="{_WIDE}" height="{height}" fill="#fff"/>',
    ]
    for row, f in enumerate(known):
        told = f.value if f.ratio is None else f.ratio
        share = (f.target or 0) / told if f.at_least else told / (f.target or 1)
        y = 10 + row * _ROW
        colour = "#2a7f62" if f.met else "#b3541e"
        parts += [
            f'<text x="{_LEFT - 8}" y="{y + 14}" text-anchor="end" fill="#222">{escape(f.what)}</text>',
            f'<rect x="{_LEFT}" y="{y + 3}" width="{min(share, 2) * room:.0f}" height="15" fill="{colour}"/>',
            f'<text x="{_LEFT + min(share, 2) * room + 5:.0f}" y="{y + 15}" fill="#222">{share:.2f}</text>',
        ]
    line = _LEFT + room
    parts += [
        f'<line x1="{line:.0f}" x2="{line:.0f}" y1="6" y2="{height - 24}" stroke="#222"/>',
        f'<text x="{line:.0f}" y="{height - 8}" text-anchor="middle" fill="#222">the target</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def keep(folder: Path, machine: dict[str, Any], figures: Sequence[Figure]) -> None:
    """Write ``speed.json``, ``speed.md`` and ``speed.svg``; figures measured before stay."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "speed.json"
    before = json.loads(path.read_text("utf-8"))["figures"] if path.is_file() else []
    now = {(f.part, f.what) for f in figures}
    kept = [Figure(**one) for one in before if (one["part"], one["what"]) not in now]
    all_ = sorted([*kept, *figures], key=lambda f: f.part)
    body = {"machine": machine, "figures": [asdict(f) for f in all_]}
    path.write_text(json.dumps(body, indent=1, ensure_ascii=False) + "\n", "utf-8")
    (folder / "speed.md").write_text(table(all_), "utf-8")
    (folder / "speed.svg").write_text(chart(all_), "utf-8")
