"""What the answer page shows, worked out of an Answer: numbered sources, paragraphs, groups."""

from __future__ import annotations

from dataclasses import dataclass, field

from corpus.records import Answer, Document, Hit, Quote, State
from webapp.inline import Run, reference_links, runs
from webapp.present import citation, reader_path
from webapp.snippets import Snippet, snippet
from webapp.words import plural

STATES: dict[State, str] = {
    "answered": "Answered from {sources}",
    "related": "The library has no direct answer. Nearby:",
    "none": "Not in these sources",
}
DIFFERENCES = {
    "advice": "These sources advise differently",
    "number": "These sources give different figures",
    "date": "Advice has changed",
}
SHOWN = 5
"""Documents whose passages are shown; those of the others are folded away."""
SHOWN_EACH = 2
"""Passages shown of each document; its others are folded away."""
NEAREST = 3
"""Passages shown where nothing answers."""
CLOSE = 2
"""Quotes at most so many characters apart are set as one run of prose."""


@dataclass(frozen=True, slots=True)
class Cited:
    """A quote with the number of its source."""

    quote: Quote
    number: int
    runs: tuple[Run, ...]


@dataclass(slots=True)
class Numbered:
    """A source with its number and the quotes taken from it, one a section."""

    number: int
    document: Document
    quotes: list[Quote] = field(default_factory=list)


@dataclass(slots=True)
class Group:
    """The passages found in one document, best first; ``more`` are folded away."""

    document: Document
    found: list[tuple[Hit, Snippet]] = field(default_factory=list)
    more: list[tuple[Hit, Snippet]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class AnswerView:
    """An answer laid out for the page."""

    answer: Answer
    state: str
    paragraphs: tuple[tuple[Cited, ...], ...]
    sources: tuple[Numbered, ...]
    safety: tuple[Cited, ...]
    groups: tuple[Group, ...]
    folded: tuple[Group, ...]
    """Groups beyond the first few."""
    disagreements: tuple[tuple[str, Cited, Cited], ...]
    """What sources differ in, in words, with both sides."""
    written: tuple[tuple[str, tuple[Cited, ...]], ...]
    """A model's sentences, each with the quotes that it rests on."""
    has_markers: bool
    """Whether a quote carries ``[n]`` markers of its own document."""


def view(answer: Answer) -> AnswerView:
    """Lay an answer out."""
    shown = {"answered": answer.quotes, "related": answer.related}.get(answer.state, ())
    sources = _sources(shown)
    cited = _cite(shown, sources)
    numbers = plural(len(sources), "source")
    groups = _groups(answer.hits[:NEAREST] if answer.state == "none" else answer.hits)
    return AnswerView(
        answer=answer,
        state=STATES[answer.state].format(sources=numbers),
        paragraphs=_paragraphs(cited),
        sources=tuple(sources.values()),
        safety=_cite(answer.safety.quotes, {}) if answer.safety else (),
        groups=groups[:SHOWN],
        folded=groups[SHOWN:],
        written=tuple(
            (one.text, tuple(cited[n - 1] for n in one.quotes))
            for one in (answer.generated.sentences if answer.generated else ())
        ),
        disagreements=tuple(
            (DIFFERENCES[found.kind], _cite((found.one,), {})[0], _cite((found.other,), {})[0])
            for found in answer.disagreements
        ),
        has_markers=any(part.href for one in cited for run in one.runs for part in run.parts),
    )


def copy_text(shown: AnswerView, *, root: str) -> str:
    """Return the answer as plain text with its citations; ``root`` is put before each address."""
    lines = [shown.answer.question, ""]
    for paragraph in shown.paragraphs:
        lines.append(" ".join(f"“{one.quote.text}” [{one.number}]" for one in paragraph))
    lines.append("")
    for source in shown.sources:
        first = source.quotes[0]
        lines.append(f"[{source.number}] {citation(first)} {root}{address(first)}")
    return "\n".join(lines)


def address(quote: Quote) -> str:
    """Return where a quote is read in its place."""
    return reader_path(quote.document, quote.start, quote.end)


def _sources(quotes: tuple[Quote, ...]) -> dict[int, Numbered]:
    """Number the document versions in the order in which they are first quoted."""
    sources: dict[int, Numbered] = {}
    for quote in quotes:
        key = quote.document.version_id
        source = sources.setdefault(key, Numbered(len(sources) + 1, quote.document))
        places = [(held.heading, held.page) for held in source.quotes]
        if (quote.heading, quote.page) not in places:
            source.quotes.append(quote)
    return sources


def _cite(quotes: tuple[Quote, ...], sources: dict[int, Numbered]) -> tuple[Cited, ...]:
    cited = []
    for quote in quotes:
        span = (0, len(quote.text))
        known = {reference.number for reference in quote.document.metadata.references}
        base = address(quote).removesuffix("#quote")
        links = reference_links(quote.text, span, known=known, base=base)
        held = sources.get(quote.document.version_id)
        cited.append(Cited(quote, held.number if held else 0, runs(quote.text, span, links=links)))
    return tuple(cited)


def _paragraphs(cited: tuple[Cited, ...]) -> tuple[tuple[Cited, ...], ...]:
    """Set quotes that follow each other in their source as one paragraph."""
    paragraphs: list[list[Cited]] = []
    for one in cited:
        last = paragraphs[-1][-1].quote if paragraphs else None
        if (
            last
            and last.document.version_id == one.quote.document.version_id
            and last.heading == one.quote.heading
            and 0 <= one.quote.start - last.end <= CLOSE
        ):
            paragraphs[-1].append(one)
        else:
            paragraphs.append([one])
    return tuple(tuple(paragraph) for paragraph in paragraphs)


def _groups(hits: tuple[Hit, ...]) -> tuple[Group, ...]:
    groups: dict[str, Group] = {}
    for hit in hits:
        group = groups.setdefault(hit.document.id, Group(hit.document))
        place = group.found if len(group.found) < SHOWN_EACH else group.more
        place.append((hit, snippet(hit)))
    return tuple(groups.values())
