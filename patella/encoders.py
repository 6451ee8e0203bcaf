"""The encoder that the settings name."""

from __future__ import annotations

import contextlib
import threading

from corpus.errors import ModelError, UsageError
from corpus.machine import cores
from index.embed import Encoder, SentenceTransformerEncoder, find_model
from index.fast import FastEncoder, Precision, open_encoder
from index.sums import Sums
from patella.settings import Settings


def make_encoder(settings: Settings, *, processes: int = 1) -> Encoder:
    """Return the encoder that the settings name; its weights are loaded at first use.

    It uses this process's share of the cores, of so many ``processes``. Raises ModelError, UsageError.
    """
    files = find_model(settings.model, Sums(settings.model_cache))
    precision: Precision = "int8" if settings.precision == "int8" else "full"
    if settings.engine == "reference":
        if precision == "int8":
            raise UsageError(
                "The settings engine = reference and precision = int8 contradict each other.",
                hint="Leave one of them out.",
            )
        return SentenceTransformerEncoder.load(files)
    threads = max(1, cores() // processes)
    return open_encoder(files, cache=settings.model_cache, threads=threads, precision=precision)


def begin(settings: Settings, *, processes: int = 1) -> Encoder:
    """Return the encoder, while a thread makes it ready: the model's compiler needs no Python.

    Raises ModelError; what happens in the thread is said again at the first use.
    """
    encoder = make_encoder(settings, processes=processes)
    if isinstance(encoder, FastEncoder):

        def warm() -> None:
            with contextlib.suppress(ModelError):
                encoder.warm()

        # no daemon: a process that ends while the model loads would be aborted by its libraries
        threading.Thread(target=warm).start()
    return encoder
