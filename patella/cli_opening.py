"""How the commands open their library."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from corpus.errors import UsageError

if TYPE_CHECKING:
    from patella.engine import Engine
    from patella.settings import Settings


def settings_of(ctx: click.Context) -> Settings:
    """Read the settings of the library that a command works on. Raises UsageError."""
    if ctx.meta.get("server"):
        raise UsageError(
            f"{ctx.info_name} works on the library of this machine.",
            hint="--server goes with ask and search.",
        )
    from patella.settings import load

    return load(ctx.obj)


@contextlib.contextmanager
def engine_of(ctx: click.Context, ray: str | None = None) -> Iterator[Engine]:
    """Open the engine of that library, spread over Ray where ``ray`` says where that is."""
    if ray:
        from patella.cli_ray import spread_engine

        with spread_engine(settings_of(ctx), ray) as engine:
            yield engine
        return
    from patella.engine import Engine

    engine = Engine(settings_of(ctx))
    try:
        yield engine
    finally:
        engine.close()


@contextlib.contextmanager
def asking_engine(ctx: click.Context) -> Iterator[Engine]:
    """Open the engine for a question; the encoder gets ready while the rest is loaded."""
    settings = settings_of(ctx)
    from patella.encoders import begin

    encoder = begin(settings)
    from patella.engine import Engine

    engine = Engine(settings, encoder=encoder)
    try:
        yield engine
    finally:
        engine.close()
