"""Words of one kind that exclude each other: "can I run" is not answered by what is said of cycling."""

from __future__ import annotations

import functools
from collections.abc import Collection

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


def things(stems: Collection[str]) -> dict[str, frozenset[int]]:
    """Return the things that some words name, by group."""
    named: dict[str, set[int]] = {}
    for stem in stems:
        for group, number in _members().get(stem, ()):
            named.setdefault(group, set()).add(number)
    return {group: frozenset(numbers) for group, numbers in named.items()}


def of_another(
    asked: dict[str, frozenset[int]], said: Collection[str], around: Collection[str]
) -> bool:
    """Tell whether a sentence speaks of another thing of a kind than the question does.

    ``said`` are the stems of the sentence, ``around`` those of its title, headings and listed questions:
    a sentence under the heading "Cycling" may name running beside it.
    """
    if not asked:
        return False
    mine, beside = things(said), things(around)
    for group, wanted in asked.items():
        if wanted & (mine.get(group, frozenset()) | beside.get(group, frozenset())):
            continue
        if mine.get(group):
            return True
    return False
