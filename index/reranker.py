"""Reordering the best hits by a cross-encoder, which reads question and passage together. Optional."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from corpus.errors import ModelError
from corpus.records import Hit

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

DEPTH = 20
"""Hits that are reordered; a cross-encoder reads each of them anew for every question."""


class Reranker:
    """A sentence-transformers CrossEncoder, by folder or by a name that is already on this machine.

    Loaded at first use, on the CPU; nothing is fetched. Shared by threads.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._model: CrossEncoder | None = None
        self._lock = threading.Lock()

    def reorder(self, question: str, hits: Sequence[Hit]) -> list[Hit]:
        """Return the hits with the first DEPTH in the model's order; the others follow as they were.

        The scores of the first are the model's, put between the best of the others and 1. Raises
        ModelError where it cannot be loaded.
        """
        first, rest = hits[:DEPTH], hits[DEPTH:]
        if not first:
            return []
        pairs = [(question, hit.passage.text) for hit in first]
        with self._lock:
            scores = self._loaded().predict(pairs, show_progress_bar=False, activation_fn=None)
        floor = max((hit.score for hit in rest), default=0.0)
        scored = [
            replace(hit, score=floor + (1.0 - floor) * _unit(float(score)))
            for hit, score in zip(first, scores, strict=True)
        ]
        return sorted(scored, key=lambda hit: (-hit.score, hit.passage.id)) + list(rest)

    def _loaded(self) -> CrossEncoder:
        if self._model is None:
            self._model = _load(self._name)
        return self._model


def _unit(score: float) -> float:
    """Return a score in [0, 1]: as it is where the model gives such ones, else by the logistic."""
    if 0.0 <= score <= 1.0:
        return score
    return 1.0 / (1.0 + math.exp(-max(-50.0, min(50.0, score))))


def _load(name: str) -> CrossEncoder:
    # heavy (torch), so only where a reranker is really used
    from sentence_transformers import CrossEncoder  # noqa: PLC0415
    from transformers.utils import logging  # noqa: PLC0415

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    hint = "Give a folder saved by CrossEncoder.save, or leave the setting reranker out."
    try:
        model: Any = CrossEncoder(name, device="cpu", local_files_only=True)
    except Exception as error:
        raise ModelError(
            f"The reranker {name!r} could not be loaded: {error}", hint=hint
        ) from error
    if model.num_labels != 1:
        raise ModelError(
            f"The reranker {name!r} gives {model.num_labels} scores for a passage, not one.",
            hint=hint,
        )
    return model  # type: ignore[no-any-return]
