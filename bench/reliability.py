"""Draw how far the chance that an answer carries can be trusted, on judged questions held out.

Usage: python -m bench.reliability [--split test plain] [--picture FILE.svg]

Each question is asked of the shipped library and quoted for whatever the chance is; it is right where
some quote holds a sentence that was judged to answer. Questions are put into bins by their chance; the
picture sets each bin's share of right ones against its mean chance, and the diagonal is perfect. The
error printed is the mean gap over the bins, weighted by their size (Naeini, Cooper and Hauskrecht 2015).
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from answer.state import shipped_model
from corpus import shipped
from corpus.judged import read_judgements, read_questions
from patella.engine import Engine
from patella.settings import load
from patella.writer import Writer

BINS = 8
SIDE, MARGIN = 320, 48


@dataclass(frozen=True, slots=True)
class Bin:
    """Questions of nearly one chance: how many, their mean chance, and the share that was right."""

    size: int
    chance: float
    right: float


def ask(engine: Engine, split: str) -> list[tuple[float, bool]]:
    """Return for each question of a split the chance that was given, and whether a quote was right."""
    answers: dict[str, list[tuple[str, str]]] = {}
    for judged in read_judgements(shipped.JUDGED):
        if judged.grade == 2:
            words = " ".join(judged.sentence.split())
            answers.setdefault(judged.question, []).append((judged.document, words))
    found = []
    for question in read_questions(shipped.JUDGED):
        if question.split != split:
            continue
        told = engine.outcome(question.asked, always_quote=True)
        _, chance = shipped_model().decide(told.features)
        quoted = [(q.document.id, " ".join(q.text.split())) for q in told.quotes]
        right = any(
            document == where and words in text
            for document, words in answers.get(question.id, ())
            for where, text in quoted
        )
        found.append((chance, right))
    return found


def binned(asked: list[tuple[float, bool]], *, bins: int = BINS) -> list[Bin]:
    """Cut questions, sorted by chance, into bins of equal size."""
    ordered = np.array(sorted(asked), dtype=float)
    return [
        Bin(len(part), float(part[:, 0].mean()), float(part[:, 1].mean()))
        for part in np.array_split(ordered, min(bins, len(ordered)))
        if len(part)
    ]


def error(bins: list[Bin]) -> float:
    """Return the expected calibration error: the mean gap of chance and share, by size."""
    total = sum(one.size for one in bins)
    return sum(one.size * abs(one.chance - one.right) for one in bins) / max(total, 1)


def picture(found: dict[str, list[Bin]]) -> str:
    """Return an SVG with a panel for each split: a dot for each bin, and the diagonal."""
    width = len(found) * (SIDE + MARGIN) + MARGIN
    height = SIDE + 2 * MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"'
        ' font-family="sans-serif" font-size="13" fill="#1c2430">'
        "<title>Chance given, and share of questions answered rightly</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    for number, (split, bins) in enumerate(found.items()):
        left, top, low = MARGIN + number * (SIDE + MARGIN), MARGIN, MARGIN + SIDE
        points = [(left + SIDE * b.chance, low - SIDE * b.right, b) for b in bins]
        line = "L".join(f"{x:.1f} {y:.1f}" for x, y, _ in points)
        parts += [
            f'<rect x="{left}" y="{top}" width="{SIDE}" height="{SIDE}" fill="#eef1f4"/>',
            f'<path d="M{left} {low}L{left + SIDE} {top}" stroke="#8a94a0" stroke-dasharray="5 4"/>',
            f'<path d="M{line}" stroke="#4c7a9f" stroke-width="2" fill="none"/>',
            *(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="#4c7a9f"/>' for x, y, _ in points),
            f'<text x="{left}" y="{top - 12}" font-weight="bold">{split}: error {error(bins):.3f}</text>',
            f'<text x="{left}" y="{low + 18}">0</text>',
            f'<text x="{left + SIDE / 2}" y="{low + 18}" text-anchor="middle">chance given</text>',
            f'<text x="{left + SIDE}" y="{low + 18}" text-anchor="end">1</text>',
        ]
    parts.append(
        f'<text transform="translate(16 {MARGIN + SIDE / 2}) rotate(-90)" text-anchor="middle">'
        "share answered rightly</text>"
    )
    return "\n".join([*parts, "</svg>"]) + "\n"


def main() -> None:
    """Print the bins of each split, and write the picture if told to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--split", nargs="+", default=["test", "plain"])
    parser.add_argument("--picture", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        engine = Engine(replace(load(), data_dir=Path(folder)))
        Writer(engine).add((), shipped=True)
        found = {split: binned(ask(engine, split)) for split in args.split}
        engine.close()
    for split, bins in found.items():
        print(f"{split}: error {error(bins):.3f}")
        for one in bins:
            print(f"  {one.size:4} questions  chance {one.chance:.2f}  right {one.right:.2f}")
    if args.picture:
        args.picture.write_text(picture(found), "utf-8")


if __name__ == "__main__":
    main()
