"""Where a page of results leads: an address, or for a private search the fields of a form to post."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from flask import url_for
from werkzeug.datastructures import MultiDict

from webapp.asked import Asked

Order = Literal["relevance", "date"]
PAGES = 99
"""The highest page that is looked for; there are never so many."""


@dataclass(frozen=True, slots=True)
class Target:
    """A page of results: its address, and the fields that ask for it by POST."""

    href: str
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Results:
    """What a page of results depends on, all of it in its address or in its fields."""

    asked: Asked
    order: Order = "relevance"
    page: int = 1

    def target(
        self,
        *,
        filters: Mapping[str, Sequence[str]] | None = None,
        order: Order | None = None,
        page: int = 1,
        without: Sequence[str] | None = None,
        why: int | None = None,
        anchor: str = "",
    ) -> Target:
        """Return where the page with these changes is; what is not named stays, but for the page."""
        held = self.asked.filters.values() if filters is None else filters
        state: dict[str, Any] = {"q": self.asked.question}
        state["without"] = self.asked.without if without is None else without
        state["after"] = self.asked.after
        for name, values in held.items():
            # a form's own format field names what a file is exported as
            state["filetype" if name == "format" else name] = values
        order = order or self.order
        state |= {"sort": order if order != "relevance" else "", "page": page if page > 1 else ""}
        state |= {"why": why or ""}
        kept = {name: value for name, value in state.items() if value not in ("", (), [])}
        address = url_for("pages.search", **kept, _anchor=anchor or None)
        fields = [
            (name, str(one))
            for name, value in kept.items()
            for one in (value if isinstance(value, (list, tuple)) else [value])
        ]
        return Target(address, tuple(fields))

    def alone(self) -> Target:
        """Return where the question is asked without the one before it."""
        return replace(self, asked=replace(self.asked, after="")).target()


def asked_fields(asked: Asked) -> tuple[tuple[str, str], ...]:
    """Return the fields of a form that asks the same again."""
    return Results(asked).target().fields


def read_results(asked: Asked, sent: MultiDict[str, str]) -> Results:
    """Read the order and the page; what makes no sense is the first page in order of relevance."""
    raw = sent.get("page", "")
    page = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 4 else 1
    order: Order = "date" if sent.get("sort") == "date" else "relevance"
    return Results(asked, order, min(max(page, 1), PAGES))
