"""When a segment's vectors are searched approximately, and how widely: tuned when they are built.

Up to ``EXACT_UP_TO`` rows all are compared with a question. Beyond, rows lie in lists by nearness
(IVF) as codes of a bit a number (RaBitQ); the lists nearest to a question are looked through, and the
best ``width`` of the codes are compared exactly. ``docs/performance.md`` has what was measured.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.vector_files import Vectors

Rows = npt.NDArray[np.int64]

EXACT_UP_TO = 50_000
"""Rows that are searched exactly, also where a filter leaves as few: some 3 ms of one core."""

LEAST_RECALL = 0.99
"""Recall@10 on the sample. A hundredth more than is promised, for questions unlike the sample."""

LEAST_DEEP_RECALL = 0.95
"""Recall@100 on the sample: the words' best candidates are fused with as many."""

SAMPLE = 400
"""Vectors that a setting is tuned with: titles and listed questions, which are as hard to search for as
people's questions (a passage's own vector is far easier), else sums of two rows, which are as well."""

_WIDTHS = (400, 800, 1600)
_TRAINED_ON = 48
"""Rows a list that the lists are learnt from."""


@dataclass(frozen=True, slots=True)
class Setting:
    """How an approximate index is searched, and what that found of the sample's best ten and hundred."""

    lists: int
    probes: int
    """Lists looked through for a question."""
    width: int
    """Rows compared exactly."""
    recall: float
    deep_recall: float
    sampled: int
    exact_up_to: int = EXACT_UP_TO
    """Rows that are searched exactly where a filter leaves no more."""

    def save(self, path: Path) -> None:
        """Write the setting beside its index."""
        path.write_text(json.dumps(asdict(self)) + "\n", encoding="utf-8")


def load_setting(path: Path) -> Setting:
    """Read a setting. Raises OSError or ValueError where it cannot be."""
    raw: dict[str, Any] = json.loads(path.read_text("utf-8"))
    try:
        found = Setting(**raw)
        counts = (found.lists, found.probes, found.width, found.exact_up_to)
        if not all(isinstance(one, int) and one > 0 for one in counts):
            raise ValueError(f"{path.name} holds no setting")
    except TypeError as error:
        raise ValueError(f"{path.name} holds no setting") from error
    return found


def lists_for(rows: int) -> int:
    """Return the number of lists: the power of two that is nearest to four times the root."""
    return int(2 ** round(np.log2(4 * np.sqrt(max(rows, 1)))))


def training_rows(rows: int, lists: int) -> Rows:
    """Return which rows the lists are learnt from: evenly spread, since neighbours lie together."""
    wanted = min(rows, _TRAINED_ON * lists)
    return np.linspace(0, rows - 1, wanted).astype(np.int64)


def sample(rows: Vectors, *asked: Vectors) -> Vectors:
    """Return at most SAMPLE unit vectors to search ``rows`` for: of ``asked``, evenly, else made of rows."""
    parts = [_spread(one, SAMPLE // len(asked)) for one in asked if len(one)]
    wanted = SAMPLE - sum(len(one) for one in parts)
    if wanted and len(rows) > 1:
        chance = np.random.default_rng(len(rows))
        pairs = chance.integers(0, len(rows), (wanted, 2))
        parts.append(rows[pairs[:, 0]] + rows[pairs[:, 1]])
    found = np.concatenate(parts).astype(np.float32)
    lengths = np.linalg.norm(found, axis=1, keepdims=True)
    return np.ascontiguousarray(found[lengths[:, 0] > 0] / lengths[lengths[:, 0] > 0])


def _spread(rows: Vectors, wanted: int) -> Vectors:
    found: Vectors = rows[np.linspace(0, len(rows) - 1, min(wanted, len(rows))).astype(np.int64)]
    return found


def recall(found: Sequence[Rows], best: Rows, depth: int) -> float:
    """Return the share of each question's ``depth`` best rows that were found among as many."""
    hits = [
        len(np.intersect1d(mine[:depth], theirs[:depth]))
        for mine, theirs in zip(found, best, strict=True)
    ]
    return sum(hits) / max(1, sum(len(theirs[:depth]) for theirs in best))


def tune(lists: int, best: Rows, search: Callable[[int, int], Sequence[Rows]]) -> Setting | None:
    """Return the cheapest setting that finds enough of ``best``, None where none does.

    ``best`` are the sample's true best rows, shape (sample, 100); ``search`` searches for the sample
    with so many probes and such a width.
    """
    for probes in _ladder(lists):
        for width in _WIDTHS:
            found = search(probes, width)
            near, deep = recall(found, best, 10), recall(found, best, 100)
            if near >= LEAST_RECALL and deep >= LEAST_DEEP_RECALL:
                return Setting(lists, probes, width, round(near, 4), round(deep, 4), len(best))
            if recall(found, best, 10) < LEAST_RECALL - 0.03:
                break  # a wider look does not bring back what lies in other lists
    return None


def _ladder(lists: int) -> list[int]:
    """Return the numbers of probes that are tried: from a 64th of the lists to half, by steps of 1.3."""
    steps = int(np.log(32) / np.log(1.3)) + 2
    return sorted({min(lists, max(1, round(lists / 64 * 1.3**step))) for step in range(steps)})
