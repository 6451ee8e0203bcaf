"""How many of the nearest passages a search by vectors finds: the served index against an exact scan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TypeVar

import numpy as np

from corpus.asked import AskedFile
from corpus.errors import LibraryError
from corpus.rows import LivePassage
from index.search import DEPTH, Searcher
from patella.engine import Engine
from patella.terminal import out, print_json

T = TypeVar("T")

LEAST = 0.98
"""Recall@10 that a library is promised."""
MOST_QUESTIONS = 300
DEEP = 10
_LOOKED_AT = 2_000
"""Passages among which listed questions are looked for."""


@dataclass(frozen=True, slots=True)
class LargeSegment:
    """A segment that is searched approximately, and what was measured when it was built."""

    passages: int
    lists: int
    looked_through: int
    compared: int
    recall_when_built: float


@dataclass(frozen=True, slots=True)
class Recall:
    """Recall@10 of a generation; which kinds of questions it was measured with, and how many of each."""

    generation: int
    recall_at_10: float
    worst: float
    """Of a single question."""
    least: float
    saved: int
    asked: int
    listed: int
    passages: int
    exact_segments: int
    large_segments: tuple[LargeSegment, ...]

    @property
    def ok(self) -> bool:
        """Tell whether it is what is promised."""
        return self.recall_at_10 >= self.least


def measure(engine: Engine) -> Recall:
    """Search for people's questions where some are kept, else for listed ones and for sampled passages.

    Each is searched twice, exactly the second time. Raises LibraryError where nothing is published.
    """
    generation, searcher = engine.generation(), engine.searcher()
    if not isinstance(searcher, Searcher):
        raise LibraryError(
            "This library's index is kept in another system, which cannot be held against an exact scan.",
            hint="Measure it by judged questions: patella evaluate",
        )
    texts = _questions(engine, searcher.passage_ids())
    flat = [text for kind in texts.values() for text in kind]
    if not flat:
        raise LibraryError(
            "This library holds no passage to search for.", hint="Add some articles."
        )
    shares = []
    for vector in engine.encoder.encode(flat):
        best = {hit.passage_id for hit in searcher.vectors.search_exactly(vector, DEEP)}
        found = [hit.passage_id for hit in searcher.vectors.search(vector, DEPTH)][:DEEP]
        shares.append(len(best.intersection(found)) / len(best))
    settings = [(one.live(), one.approximate()) for one in searcher.vectors.segments]
    return Recall(
        generation=generation.id,
        recall_at_10=round(sum(shares) / len(shares), 4),
        worst=min(shares),
        least=LEAST,
        **{kind: len(found) for kind, found in texts.items()},
        exact_segments=sum(setting is None for _, setting in settings),
        large_segments=tuple(
            LargeSegment(live, one.lists, one.probes, one.width, one.recall)
            for live, one in settings
            if one is not None
        ),
    )


def _questions(engine: Engine, ids: Sequence[int]) -> dict[str, list[str]]:
    """Return what to search for, by kind: people's questions first, then those that editors listed."""
    saved = [one.text for one in engine.store.saved.list()][:MOST_QUESTIONS]
    asked: list[str] = []
    if engine.settings.asked_file.exists():
        file = AskedFile(engine.settings.asked_file)
        try:
            asked = [text for text in file.texts(most=MOST_QUESTIONS) if text not in saved]
        finally:
            file.close()
    asked = asked[: MOST_QUESTIONS - len(saved)]
    left = MOST_QUESTIONS - len(saved) - len(asked)
    rows = engine.store.live_passages(_evenly(ids, _LOOKED_AT))
    listed = _evenly([question for row in rows for question in row.questions], left)
    passages = [_beginning(row) for row in _evenly(rows, left - len(listed))]
    return {"saved": saved, "asked": asked, "listed": listed, "passages": passages}


def _evenly(found: Sequence[T], most: int) -> list[T]:
    if len(found) <= most:
        return list(found)
    return [found[int(place)] for place in np.linspace(0, len(found) - 1, most)] if most > 0 else []


def _beginning(row: LivePassage) -> str:
    """Return the first words of a passage: about as much as a question."""
    return " ".join(row.text.split()[:12])


def told(found: Recall) -> str:
    """Return what was found in words."""
    kinds = {
        "saved": "saved questions",
        "asked": "kept questions",
        "listed": "listed questions",
        "passages": "beginnings of passages",
    }
    of = ", ".join(
        f"{getattr(found, kind)} {name}" for kind, name in kinds.items() if getattr(found, kind)
    )
    lines = [
        f"Recall@10 of generation {found.generation} against the exact scan: {found.recall_at_10:.4f}"
        f" (at least {found.least:g}), {found.worst:.1f} at the worst question; of {of}."
    ]
    if not found.large_segments:
        lines.append("Every passage is compared with a question: the search by vectors is exact.")
    lines += [
        f"A segment of {one.passages:,} passages looks through {one.looked_through} of {one.lists} lists"
        f" and compares {one.compared} passages exactly; {one.recall_when_built:.4f} when it was built."
        for one in found.large_segments
    ]
    return "\n".join(lines)


def print_recall(engine: Engine, as_json: bool) -> bool:
    """Measure and print; tell whether it is what is promised."""
    found = measure(engine)
    if as_json:
        print_json({"ok": found.ok, "recall": asdict(found)})
    else:
        out.print(told(found), soft_wrap=True)
    return found.ok
