"""Facets of a search page: counts as links that narrow, chosen filters as links that widen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from corpus.records import Answer
from webapp.saying import N_, say
from webapp.targets import Target
from webapp.words import date_words, format_words, kind_words

LABELS = {
    "topic": N_("Topic"),
    "kind": N_("Kind of evidence"),
    "publisher": N_("Publisher"),
    "format": N_("Format"),
    "language": N_("Language"),
    "document": N_("Document"),
    "since": N_("Dated since"),
    "until": N_("Dated until"),
}
MOST_SHOWN = 8
"""Values of one facet that are shown."""

Address = Callable[[Mapping[str, Sequence[str]]], Target]
"""Tells where the page under filters is, by their names."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A value with its count of documents and where a click on it leads."""

    label: str
    count: int
    target: Target


@dataclass(frozen=True, slots=True)
class FacetView:
    """One facet: what can be chosen in it."""

    label: str
    choices: tuple[Choice, ...]


def value_words(name: str, value: str) -> str:
    """Return a filter's value as people say it."""
    if name == "kind":
        return kind_words(value)
    if name == "format":
        return format_words(value)
    return date_words(value) if name in {"since", "until"} else value


def chosen(answer: Answer, address: Address) -> tuple[Choice, ...]:
    """Return the filters in force, each with the address of the page without it."""
    held = _by_name(answer)
    found = []
    for name, value in answer.filters:
        rest = {n: [v for v in values if (n, v) != (name, value)] for n, values in held.items()}
        label = f"{say(LABELS[name])}: {value_words(name, value)}"
        found.append(Choice(label, 0, address({n: v for n, v in rest.items() if v})))
    return tuple(found)


def facet_views(answer: Answer, address: Address) -> tuple[FacetView, ...]:
    """Return what can be chosen, facet by facet; one that would narrow nothing is left out."""
    held = _by_name(answer)
    documents = len({hit.document.version_id for hit in answer.hits})
    views = []
    for name in ("topic", "kind", "publisher", "format"):
        choices = tuple(
            Choice(
                value_words(name, one.value),
                one.count,
                address(held | {name: [*held.get(name, []), one.value]}),
            )
            for one in answer.facets
            if one.name == name and one.value not in held.get(name, [])
        )[:MOST_SHOWN]
        if len(choices) > 1 or any(choice.count < documents for choice in choices):
            views.append(FacetView(say(LABELS[name]), choices))
    return tuple(views)


def _by_name(answer: Answer) -> dict[str, list[str]]:
    held: dict[str, list[str]] = {}
    for name, value in answer.filters:
        held.setdefault(name, []).append(value)
    return held
