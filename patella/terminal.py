"""What the command line shows a person: tables, answers, and errors in words."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import Console, ConsoleOptions, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.segment import Segment
from rich.table import Table

from corpus.records import (
    EVIDENCE_KINDS,
    Answer,
    Document,
    FacetCount,
    Hit,
    Quote,
    SearchResult,
    Why,
    Written,
)
from webapp.saying import say_count
from webapp.words import number_words, overdue, plural

if TYPE_CHECKING:
    from patella.checks import Check
    from patella.compare import Difference
    from patella.evaluate import Measured

_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def harmless(text: str) -> str:
    """Put a mark for each character that a terminal obeys or that hides or turns words round."""
    return _UNSEEN.sub("\ufffd", text)


class _Screen(Console):
    """Obeys no control characters but its own: readers clean texts, but a file's name may hold some."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=harmless(segment.text))


out = _Screen(highlight=False, soft_wrap=not shutil.get_terminal_size().columns)
err = _Screen(stderr=True, highlight=False)

STATES = {
    "answered": "Answered from {n}",
    "related": "The library has no direct answer. Nearby:",
    "none": "Not in these sources.",
}
SOURCE_WORDS = {
    "changed": "source changed since indexing (run patella index)",
    "missing": "source file is gone (run patella index)",
}
NOT_A_DOCTOR = "This is information, not a diagnosis. If you are worried, see a clinician."


def print_json(value: object) -> None:
    """Write one JSON object to standard output, and nothing else."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def where(quote: Quote) -> str:
    """Return a quote's citation in words: title, section, page, kind of evidence, review date."""
    meta = quote.document.metadata
    parts = [quote.document.title]
    if quote.heading:
        parts.append(quote.heading[-1])
    if quote.page:
        parts.append(f"page {quote.page_label or quote.page}")
    parts.append(EVIDENCE_KINDS.get(meta.kind, meta.kind))
    if meta.reviewed:
        parts.append(f"reviewed {meta.reviewed}")
    if meta.next_review:
        due = "review overdue since" if overdue(meta.next_review, today()) else "next review"
        parts.append(f"{due} {meta.next_review}")
    if meta.url:
        parts.append(meta.url)
    parts.append(f"indexed {quote.document.indexed_at[:10]}")
    if quote.document.source in SOURCE_WORDS:
        parts.append(SOURCE_WORDS[quote.document.source])
    return " · ".join(parts)


def today() -> dt.date:
    """Return the day in UTC, against which a review is overdue."""
    return dt.datetime.now(dt.UTC).date()


def counted(count: int, noun: str) -> str:
    """Return a count with a noun that no page counts; ``plural`` has those that one does."""
    return say_count(count, f"%(num)s {noun}", f"%(num)s {noun}s", shown=number_words(count))


def print_answer(answer: Answer) -> None:
    """Write an answer for a person."""
    if answer.safety:
        out.print(f"[bold red]{escape(answer.safety.title)}[/]")
        out.print(escape(answer.safety.advice))
        _print_quotes(answer.safety.quotes)
        for sign in answer.safety.also:
            out.print(f"[bold]{escape(sign.title)}.[/] {escape(sign.advice)}")
        out.print()
    n = len({quote.document.id for quote in answer.quotes})
    out.print(f"[bold]{STATES[answer.state].format(n=plural(n, 'source'))}[/]")
    _print_written(answer.generated)
    _print_filters(answer.filters)
    _print_quotes(answer.quotes or answer.related)
    for warning in answer.warnings:
        out.print(f"[yellow]{escape(warning)}[/]")
    out.print(f"\n[dim]{NOT_A_DOCTOR}[/]")


def _print_written(written: Written | None) -> None:
    """Write a model's words, set off from the quotes."""
    if not written:
        return
    if written.sentences:
        out.print(f"[magenta]Written by a model ({escape(written.model)}), not quoted:[/]")
        for one in written.sentences:
            numbers = "".join(f"[{n}]" for n in one.quotes)
            out.print(Padding(escape(f"{one.text} {numbers}"), (0, 0, 0, 2)))
    else:
        out.print(f"[dim]{escape(written.problem) or 'Nothing that the model wrote passed.'}[/]")
    out.print(f"[dim]{written.dropped} of its sentences were dropped. The quotes:[/]")


def _print_quotes(quotes: tuple[Quote, ...]) -> None:
    for number, quote in enumerate(quotes, start=1):
        out.print()
        out.print(Padding(f"“{escape(quote.text)}”", (0, 0, 0, 2)))
        place = f"{quote.document.id} {quote.start}–{quote.end}"
        out.print(Padding(f"[dim][{number}] {escape(where(quote))} ({place})[/]", (0, 0, 0, 2)))


def _print_filters(filters: tuple[tuple[str, str], ...]) -> None:
    if filters:
        told = ", ".join(f"{name} {value}" for name, value in filters)
        out.print(f"[dim]Only from documents that pass: {escape(told)}[/]")


def _print_facets(facets: tuple[FacetCount, ...]) -> None:
    for name in ("topic", "kind", "publisher", "format"):
        counts = [f"{f.value} ({f.count})" for f in facets if f.name == name][:8]
        if counts:
            out.print(f"[dim]{name}: {escape(', '.join(counts))}[/]")


def _print_why(why: Why) -> None:
    terms = ", ".join(f"{one.text} {one.share:.2f}" for one in why.terms) or "no words in common"
    out.print(Padding(f"[dim]BM25 {why.bm25:.2f}: {escape(terms)}[/]", (0, 0, 0, 3)))
    best = sorted(why.tokens, key=lambda one: -one.share)[:12]
    words = ", ".join(f"{one.text} {one.share:.3f}" for one in best)
    told = f": {words}; rest {why.rest:.3f}" if best else ""
    out.print(Padding(f"[dim]cosine {why.cosine:.3f}{escape(told)}[/]", (0, 0, 1, 3)))


def print_hits(result: SearchResult, whys: Sequence[Why] = ()) -> None:
    """Write search results for a person, by document, the one with the best passage first."""
    _print_filters(result.filters)
    for warning in result.warnings:
        out.print(f"[yellow]{escape(warning)}[/]")
    if not result.hits:
        out.print("Nothing found.")
    groups: dict[str, list[int]] = {}
    for place, hit in enumerate(result.hits):
        groups.setdefault(hit.document.id, []).append(place)
    for number, places in enumerate(groups.values(), start=1):
        document = result.hits[places[0]].document
        out.print(f"[bold]{number}. {escape(document.title)}[/]")
        for place in places:
            _print_hit(result.hits[place])
            if whys:
                _print_why(whys[place])
    _print_facets(result.facets)


def _print_hit(hit: Hit) -> None:
    heading = " > ".join(hit.passage.heading) or "At the beginning"
    out.print(Padding(f"[dim]{escape(heading)} · {hit.score:.3f}[/]", (0, 0, 0, 3)))
    out.print(Padding(escape(hit.passage.text), (0, 0, 1, 3)))
    if hit.also_in:
        also = ", ".join(dict.fromkeys(place.document.title for place in hit.also_in))
        out.print(Padding(f"[dim]also in {escape(also)}[/]", (0, 0, 1, 3)))


def _and_more(n: int) -> str:
    return f" [dim]and {n} more[/]" if n > 0 else ""


def print_documents(documents: tuple[Document, ...], places: Mapping[str, Sequence[str]]) -> None:
    """Write the list of documents; ``places`` are where the files of each are."""
    table = Table("Id", "Title", "Kind", "Passages", "Path", box=None, pad_edge=False)
    for document in documents:
        table.add_row(
            document.id,
            escape(document.title),
            document.metadata.kind,
            str(document.passages),
            escape(document.path) + _and_more(len(places[document.id]) - 1),
        )
    out.print(table)
    out.print(f"[dim]{plural(len(documents), 'document')}[/]")


def print_checks(checks: tuple[Check, ...]) -> None:
    """Write what the doctor found."""
    for check in checks:
        mark = "[green]ok[/]  " if check.ok else "[red]bad[/] "
        out.print(f"{mark} {escape(check.found)}")
        if not check.ok and check.advice:
            out.print(f"     {escape(check.advice)}")


def print_measures(measures: dict[str, Measured], queries: int) -> None:
    """Write what an evaluation measured, with 95 % intervals."""
    table = Table("Measure", "Mean", "95 % interval", box=None, pad_edge=False)
    for name, found in measures.items():
        table.add_row(name, f"{found.mean:.4f}", f"{found.low:.4f} to {found.high:.4f}")
    out.print(table)
    out.print(f"[dim]{queries} questions[/]")


def print_differences(gaps: Mapping[str, Difference]) -> None:
    """Write how a run differs from its baseline, and on which questions most."""
    for name, gap in gaps.items():
        out.print(
            f"\n[bold]{name}[/] against the baseline: {gap.mean:+.4f}"
            f" ({gap.low:+.4f} to {gap.high:+.4f}), p {gap.p:.3f};"
            f" {gap.better} better, {gap.worse} worse"
        )
        for query, value in (*gap.best, *gap.worst):
            out.print(f"{value:>+10.3f}  {query}", markup=False)


def print_shares(shares: dict[str, object]) -> None:
    """Write what was measured of the answers."""
    for name, group in shares.items():
        out.print(f"\n[bold]{name}[/]")
        for key, value in group.items() if isinstance(group, dict) else ():
            if key == "states":
                _print_states(value)
                continue
            shown = f"{value:.3f}" if isinstance(value, float) else value
            out.print(f"{key:>22}  {shown}", markup=False)


def _print_states(states: dict[str, dict[str, float]]) -> None:
    for state, one in states.items():
        told = ", ".join(f"{name} {one[name]:.3f}" for name in ("precision", "recall", "f1"))
        out.print(f"{state:>22}  {told} of {one['expected']}", markup=False)


def print_error(message: str, hint: str) -> None:
    """Write an error in words to standard error."""
    err.print(f"[red]Error:[/] {escape(message)}")
    if hint:
        err.print(escape(hint))
