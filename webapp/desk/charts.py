"""Pictures of numbers: small SVG drawings made here, each with its words for who does not see it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH, HEIGHT = 640, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 6, 12, 32


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its label below, and its parts from the bottom up, each with a CSS class."""

    label: str
    parts: tuple[tuple[str, int], ...]
    told: str
    """What a pointer that rests on it is told."""

    @property
    def total(self) -> int:
        return sum(count for _, count in self.parts)


def columns(data: Sequence[Column], *, label: str, every: int = 1) -> Markup:
    """Return a column chart; ``every`` n-th label is written."""
    top = ceiling(max((one.total for one in data), default=0))
    step = (WIDTH - _LEFT - _RIGHT) / max(len(data), 1)
    drawn = [_grid(top)]
    for place, one in enumerate(data):
        x, y = _LEFT + place * step, float(HEIGHT - _BOTTOM)
        bars = []
        for css, count in one.parts:
            tall = (HEIGHT - _TOP - _BOTTOM) * count / top
            y -= tall
            if count:
                bars.append(
                    Markup(
                        '<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>'
                    ).format(css, x + step * 0.12, y, step * 0.76, tall)
                )
        drawn.append(Markup("<g><title>{}</title>{}</g>").format(one.told, Markup("").join(bars)))
        if place % every == 0:
            spare = place // every % 3 != 0
            drawn.append(_label(x + step / 2, HEIGHT - 6, one.label, spare=spare))
    return _picture(drawn, HEIGHT, label)


def share(parts: Sequence[tuple[str, int]], *, label: str) -> Markup:
    """Return one bar, cut into its parts' shares, each with a CSS class."""
    whole = sum(count for _, count in parts) or 1
    drawn, x = [], 0.0
    for css, count in parts:
        wide = WIDTH * count / whole
        if count:
            drawn.append(
                Markup('<rect class="{}" x="{:.1f}" y="0" width="{:.1f}" height="22"/>').format(
                    css, x, max(wide - 2, 1)
                )
            )
        x += wide
    return _picture(drawn, 22, label)


def ceiling(most: int) -> int:
    """Return a number at or above ``most`` whose quarters are round."""
    quarter = max(1, math.ceil(most / 4))
    size = int(10 ** math.floor(math.log10(quarter)))
    return 4 * next(n * size for n in (1, 2, 5, 10) if size * n >= quarter)


def _grid(top: int) -> Markup:
    lines = []
    for quarter in range(5):
        y = HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * quarter / 4
        lines.append(
            Markup('<line class="grid" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>').format(
                _LEFT, WIDTH - _RIGHT, y, y
            )
        )
        if quarter % 2 == 0:
            lines.append(
                Markup('<text class="scale" x="{}" y="{:.1f}">{:,}</text>').format(
                    _LEFT - 6, y + 4, top * quarter // 4
                )
            )
    return Markup("").join(lines)


def _label(x: float, y: float, text: str, *, spare: bool) -> Markup:
    """Return a label; a spare one is left out where there is little room."""
    css = "below spare" if spare else "below"
    return Markup('<text class="{}" x="{:.1f}" y="{}">{}</text>').format(css, x, y, text)


def _picture(drawn: Sequence[Markup], height: int, label: str) -> Markup:
    head = Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">')
    return head.format(WIDTH, height, escape(label)) + Markup("").join(drawn) + Markup("</svg>")
