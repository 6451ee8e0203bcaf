"""What kind of answer a question asks for (a price, a shop, a name), and whether a text is of that kind."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass

from answer.tables import table


@dataclass(frozen=True, slots=True)
class _Kind:
    asks: re.Pattern[str]
    tells: re.Pattern[str]


@functools.cache
def _kinds() -> tuple[_Kind, ...]:
    def one(patterns: Iterable[str]) -> re.Pattern[str]:
        return re.compile("|".join(patterns), re.IGNORECASE)

    kinds = table("asked_kinds.toml").values()
    return tuple(_Kind(one(raw["asks"]), one(raw["tells"])) for raw in kinds)


def is_met(question: str, texts: Iterable[str]) -> bool:
    """Tell whether some text holds words of each kind of answer that a question asks for.

    True where a question asks for none of the kinds in ``asked_kinds.toml``.
    """
    said = list(texts)
    return all(
        any(kind.tells.search(text) for text in said)
        for kind in _kinds()
        if kind.asks.search(question)
    )
