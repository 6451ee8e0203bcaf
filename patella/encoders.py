"""The encoder that the settings name."""

from __future__ import annotations

from index.embed import Encoder, SentenceTransformerEncoder, find_model
from index.fast import open_encoder
from patella.settings import Settings


def make_encoder(settings: Settings) -> Encoder:
    """Return the encoder that the settings name; its weights are loaded at first use.

    Raises ModelError.
    """
    files = find_model(settings.model)
    if settings.engine == "reference":
        return SentenceTransformerEncoder.load(files)
    return open_encoder(files, cache=settings.model_cache)
