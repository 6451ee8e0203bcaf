"""The options that keep ``search`` and ``ask`` to some documents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from corpus.filters import Filters

Command = Callable[..., Any]

_OPTIONS = {
    "topic": "Only documents on this topic.",
    "kind": "Only this kind of evidence, such as guideline or trial.",
    "publisher": "Only this publisher's documents.",
    "format": "Only documents read from this format, such as pdf.",
    "language": "Only documents in this language, such as en.",
    "document": "Only the document of this id.",
}


def filter_options(command: Command) -> Command:
    """Add the options; each may be given more than once, and one of its values must fit."""
    for name in ("until", "since"):
        command = click.option(
            f"--{name}", default="", help=f"Only reviewed or published {name} this date."
        )(command)
    for name, told in reversed(_OPTIONS.items()):
        command = click.option(f"--{name}", multiple=True, help=told)(command)
    return command


def filters_of(given: dict[str, Sequence[str] | str]) -> Filters:
    """Return the filters that the options name. Raises UsageError."""
    from corpus.filters import read_filters

    return read_filters({n: (v,) if isinstance(v, str) else v for n, v in given.items()})
