"""What a worker of Ray does: it reads files in a sandbox and embeds texts by an encoder that stays loaded."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from corpus.errors import ReadError
from corpus.machine import cores
from index.embed import Encoder, Vectors
from ingest import frames, wire
from ingest.sandbox import Sandbox
from patella.crew import Fit
from patella.encoders import make_encoder
from patella.reading import chunking_of, sandbox_of
from patella.settings import Settings


def fit_of(settings: Settings, encoder: Encoder) -> Fit:
    """Return what decides the results of these settings on this machine."""
    _, chunking = chunking_of(settings, encoder.limit)
    return Fit(chunking.recipe, encoder.identity, encoder.dimension)


class Worker:
    """One of a crew: a process with an encoder on one core, and another in which it reads hostile files.

    Its methods may be called by several threads at once.
    """

    def __init__(self, settings: Settings) -> None:
        """``settings`` name the model and the limits of reading; nothing is loaded yet."""
        self._settings = settings
        self._lock = threading.Lock()
        self._loaded: tuple[Encoder, Sandbox] | None = None

    def greet(self) -> Fit:
        """Load all, and tell what decides the results. Raises ModelError, UsageError."""
        encoder, _ = self._all()
        encoder.encode(["ready"])
        return fit_of(self._settings, encoder)

    def read(self, told: bytes, data: bytes, beside: bytes) -> tuple[bytes, bool]:
        """Read a file of ``wire.dump_job``; return its answer, and whether it had to be read unprotected.

        Raises LibraryError where it could not be tried.
        """
        _, sandbox = self._all()
        try:
            made = sandbox.submit(wire.load_job(told, data, beside)).result()
            return wire.dump_made(made), bool(sandbox.notices)
        except ReadError as error:
            return frames.dump_error(error), bool(sandbox.notices)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of texts, as an encoder does."""
        return self._all()[0].encode(texts)

    def encode_tokens(self, texts: Sequence[str]) -> list[Vectors]:
        """Return the vectors of the tokens of texts, as an encoder does."""
        return self._all()[0].encode_tokens(texts)

    def _all(self) -> tuple[Encoder, Sandbox]:
        with self._lock:
            if self._loaded is None:
                encoder = make_encoder(self._settings, processes=cores())
                files, chunking = chunking_of(self._settings, encoder.limit)
                sandbox = sandbox_of(self._settings, files.tokenizer, chunking, workers=1)
                sandbox.warm()
                self._loaded = encoder, sandbox
            return self._loaded
