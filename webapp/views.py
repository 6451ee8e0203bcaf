"""What the answer page shows, worked out of an Answer: numbered sources, paragraphs, groups."""

from __future__ import annotations

from dataclasses import dataclass, field

from corpus.records import Answer, Document, Quote, State
from webapp.inline import Run, reference_links, runs
from webapp.language import rooted
from webapp.passages import Found, dated, found
from webapp.present import citation, reader_path
from webapp.saying import N_, say, say_count
from webapp.targets import Order

NOT_ANSWERED: dict[State, str] = {
    "related": N_("The library has no direct answer. Nearby:"),
    "none": N_("Not in these sources"),
}
DIFFERENCES = {
    "advice": N_("These sources advise differently"),
    "number": N_("These sources give different figures"),
    "date": N_("Advice has changed"),
}
STRENGTH = ("guideline", "systematic-review", "trial", "cohort", "consensus", "expert-view")
"""Kinds of evidence that can be put in an order, strongest first."""
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


@dataclass(frozen=True, slots=True)
class Side:
    """One of two quotes that differ, and what speaks for it beside the other, in words."""

    cited: Cited
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnswerView:
    """An answer laid out for the page."""

    answer: Answer
    state: str
    paragraphs: tuple[tuple[Cited, ...], ...]
    sources: tuple[Numbered, ...]
    safety: tuple[Cited, ...]
    found: Found
    disagreements: tuple[tuple[str, Side, Side], ...]
    """What sources differ in, in words, with both sides."""
    written: tuple[tuple[str, tuple[Cited, ...]], ...]
    """A model's sentences, each with the quotes that it rests on."""
    has_markers: bool
    """Whether a quote carries ``[n]`` markers of its own document."""

    @property
    def quoted(self) -> tuple[str, ...]:
        """The words of all quotes that answer."""
        return tuple(one.quote.text for paragraph in self.paragraphs for one in paragraph)


def state_words(state: State, sources: int) -> str:
    """Return the state of an answer in words."""
    if state != "answered":
        return say(NOT_ANSWERED[state])
    return say_count(sources, "Answered from %(num)s source", "Answered from %(num)s sources")


def view(answer: Answer, *, order: Order = "relevance", page: int = 1) -> AnswerView:
    """Lay an answer out; ``order`` and ``page`` are of the passages found."""
    shown = {"answered": answer.quotes, "related": answer.related}.get(answer.state, ())
    sources = _sources(shown)
    cited = _cite(shown, sources)
    hits = answer.hits[:NEAREST] if answer.state == "none" else answer.hits
    return AnswerView(
        answer=answer,
        state=state_words(answer.state, len(sources)),
        paragraphs=_paragraphs(cited),
        sources=tuple(sources.values()),
        safety=_cite(answer.safety.quotes, {}) if answer.safety else (),
        found=found(hits, order=order, page=page),
        written=tuple(
            (one.text, tuple(cited[n - 1] for n in one.quotes))
            for one in (answer.generated.sentences if answer.generated else ())
        ),
        disagreements=tuple(
            (say(DIFFERENCES[one.kind]), *_sides(one.one, one.other))
            for one in answer.disagreements
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
        base = rooted(address(quote)).removesuffix("#quote")
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


def _sides(one: Quote, other: Quote) -> tuple[Side, Side]:
    """Say of two quotes which is newer, and which rests on the stronger kind of evidence."""
    dates = [dated(quote.document) for quote in (one, other)]
    kinds = [quote.document.metadata.kind for quote in (one, other)]
    ranks = [STRENGTH.index(kind) if kind in STRENGTH else None for kind in kinds]
    notes: tuple[list[str], list[str]] = ([], [])
    shorter = min(map(len, dates))
    if shorter and dates[0][:shorter] != dates[1][:shorter]:
        notes[dates[1] > dates[0]].append(say("Newer"))
    if ranks[0] is not None and ranks[1] is not None and ranks[0] != ranks[1]:
        notes[ranks[1] < ranks[0]].append(say("Stronger kind of evidence"))
    sides = [Side(_cite((q,), {})[0], tuple(n)) for q, n in zip((one, other), notes, strict=True)]
    return sides[0], sides[1]
