"""The engine of a run whose reading and embedding is done by workers of Ray."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from patella.encoders import make_encoder
from patella.engine import Engine
from patella.ray_cluster import LOCAL, crew_of, is_address
from patella.settings import Settings
from patella.spread import SpreadEncoder, Spreading


@contextlib.contextmanager
def spread_engine(settings: Settings, address: str) -> Iterator[Engine]:
    """Open the library with workers of Ray at ``address``. Raises UsageError, ModelError."""
    local = make_encoder(settings)
    with crew_of(settings, local, address) as crew:
        engine = Engine(settings, encoder=SpreadEncoder(crew, local), readers=Spreading(crew))
        try:
            yield engine
        finally:
            engine.close()


def told_apart(targets: tuple[str, ...], address: str | None) -> tuple[tuple[str, ...], str | None]:
    """Return targets and address, where the first target was taken for the address: --ray leaflets/."""
    if address and not is_address(address) and Path(address).exists():
        return (address, *targets), LOCAL
    return targets, address
