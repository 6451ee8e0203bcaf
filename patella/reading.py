"""How files are read for a library: by the settings' model and limits, here or on another machine."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from index.embed import ModelFiles, find_model
from index.sums import Sums
from index.tokens import TokenCounter
from ingest.intake import ChunkSettings
from ingest.reading import InProcess
from ingest.sandbox import Counter, Limits, Sandbox
from patella.settings import Settings


def chunking_of(settings: Settings, limit: int) -> tuple[ModelFiles, ChunkSettings]:
    """Return the model that passages are cut for, and how; ``limit`` is its encoder's, in tokens.

    Raises ModelError.
    """
    files = find_model(settings.model, Sums(settings.model_cache))
    return files, ChunkSettings(TokenCounter(files.tokenizer), limit, files.identity)


def sandbox_of(
    settings: Settings,
    tokenizer: Path,
    chunking: ChunkSettings,
    *,
    workers: int = 0,
    told: Callable[[str], None] | None = None,
) -> Sandbox:
    """Return what reads files in so many processes; 0 for what the settings say."""
    return Sandbox(
        Limits(
            workers=workers or settings.read_workers or min(os.cpu_count() or 1, 4),
            seconds=settings.read_seconds,
            megabytes=settings.read_megabytes,
        ),
        Counter(f"{TokenCounter.__module__}:{TokenCounter.__name__}", str(tokenizer)),
        limit=chunking.limit,
        instead=InProcess(chunking.count_tokens, chunking.limit),
        told=told,
    )
