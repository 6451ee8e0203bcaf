"""Words of one kind that exclude each other: "can I run" is not answered by what is said of cycling."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from answer.tables import table
from index.lexical import words


@functools.cache
def _members() -> dict[str, tuple[tuple[str, int], ...]]:
    """Return for each stem the groups that it is of, each with the number of its thing."""
    found: dict[str, list[tuple[str, int]]] = {}
    for group, things in table("contrasts.toml")["groups"].items():
        for number, thing in enumerate(things):
            for _, _, stem in words(thing):
                found.setdefault(stem, []).append((group, number))
    return {stem: tuple(dict.fromkeys(places)) for stem, places in found.items()}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of things, one of which a question names: the stems of that thing, and those of any."""

    same: frozenset[str]
    any: frozenset[str]


Holds = Callable[[Collection[str]], npt.NDArray[np.bool_]]
"""Tells of each of some texts whether it holds one of some stems."""


def kinds(stems: Collection[str]) -> list[Kind]:
    """Return the kinds of things that some words name."""
    named: dict[str, set[int]] = {}
    for stem in stems:
        for group, number in _members().get(stem, ()):
            named.setdefault(group, set()).add(number)
    found = []
    for group, numbers in named.items():
        of_kind = {s: {n for g, n in places if g == group} for s, places in _members().items()}
        same = frozenset(stem for stem, its in of_kind.items() if its & numbers)
        found.append(Kind(same, frozenset(stem for stem, its in of_kind.items() if its)))
    return found


def of_another(asked: Iterable[Kind], said: Holds, around: Holds) -> npt.NDArray[np.bool_]:
    """Tell of sentences whether they speak of another thing of a kind than the question does.

    ``said`` tells what the sentences hold, ``around`` what their titles, headings and listed questions
    do: a sentence under the heading "Cycling" may name running beside it.
    """
    found = np.zeros_like(said(()))
    for kind in asked:
        found |= said(kind.any) & ~(said(kind.same) | around(kind.same))
    return found
