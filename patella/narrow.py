"""What a question is kept to: the passages that pass its filters and hold its quoted phrases."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from corpus.filters import Filters
from corpus.store import Store
from index.phrases import Query, passages_with
from index.search import Index, Within

_MOST_KEPT = 32
"""Sets of filters whose passages are remembered for one generation."""


@dataclass(frozen=True, slots=True)
class Narrowed:
    """``within`` is None where the whole library is searched; ``warnings`` say what found nothing."""

    within: Within | None = None
    warnings: tuple[str, ...] = ()


@dataclass(slots=True)
class Narrower:
    """Narrows searches of one generation; shared by threads."""

    store: Store
    searcher: Index
    generation: int
    _kept: OrderedDict[Filters, Within] = field(default_factory=OrderedDict)

    def narrow(self, query: Query, filters: Filters) -> Narrowed:
        """Return the passages that pass both. Nothing passing is told in words."""
        if not filters and not query.phrases:
            return Narrowed()
        within = self._passing(filters) if filters else None
        if within is not None and not len(within.ids):
            return Narrowed(within, ("No document of this library passes these filters.",))
        if not query.phrases:
            return Narrowed(within)
        ids, missing = passages_with(
            query.phrases, self.searcher, self.store.passing.texts, within=within
        )
        where = " under these filters" if filters else ""
        told = [f"No passage{where} holds “{phrase}” in these words." for phrase in missing]
        if not ids and not missing:
            told = [f"No passage{where} holds all of the quoted phrases."]
        if told:
            told.append("Take the quotation marks away to search for the words on their own.")
        return Narrowed(self.searcher.within(ids), tuple(told))

    def _passing(self, filters: Filters) -> Within:
        held = self._kept.get(filters)
        if held is None:
            held = self.searcher.within(self.store.passing.ids(self.generation, filters))
            self._kept[filters] = held
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return held
