"""How a run goes on, told while it lasts: bars on a terminal, plain lines now and then otherwise."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator

from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from ingest.reports import FileReport
from patella.run_report import Watchers
from patella.terminal import err
from webapp.words import plural

LINE_SECONDS = 10.0
"""Between two plain lines."""


@contextlib.contextmanager
def bars(*, quiet: bool) -> Iterator[Watchers]:
    """Give what is to be told how a run goes on; when ``quiet``, only what it has to warn of is shown."""

    def told(words: str) -> None:
        err.print(f"[yellow]{escape(words)}[/]")

    if quiet:
        yield Watchers(told=told)
    elif not err.is_terminal:
        yield _lines(told)
    else:
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            Rate(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=err, transient=True, speed_estimate_period=15) as progress:
            yield _bars(progress, told)


def _bars(progress: Progress, told: Callable[[str], None]) -> Watchers:
    reading = progress.add_task("Reading files", total=None)
    vectors = progress.add_task("Embedding passages", total=None, visible=False)

    def read(_: FileReport) -> None:
        task = progress.tasks[reading]
        # what is gone or not read is reported too, and was not counted
        more = task.total is None or task.completed < task.total
        progress.update(reading, advance=int(more), description="Reading files")

    return Watchers(
        told=told,
        file=read,
        files=lambda n: progress.update(reading, total=n),
        fetching=lambda address: progress.update(
            reading, description=f"Fetching {escape(address[:60])}"
        ),
        embedding=lambda n: progress.update(vectors, total=n, visible=n > 0),
        embedded=lambda n: progress.advance(vectors, n),
    )


def _lines(told: Callable[[str], None]) -> Watchers:
    reading, vectors, pages = (
        Lines("Reading", "file"),
        Lines("Embedding", "passage"),
        Lines("Fetching", "page"),
    )
    return Watchers(
        told=told,
        file=lambda _: reading.advance(1),
        files=reading.begin,
        fetching=lambda _: pages.advance(1),
        embedding=vectors.begin,
        embedded=vectors.advance,
    )


class Rate(ProgressColumn):
    """How many a second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(a_second(speed) if speed else "", style="progress.data.speed")


class Lines:
    """Tells of one kind of work in plain lines: when it begins, then every ten seconds."""

    def __init__(
        self,
        verb: str,
        noun: str,
        *,
        say: Callable[[str], None] = lambda line: err.print(line, markup=False, soft_wrap=True),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._verb = verb
        self._noun = noun
        self._say = say
        self._clock = clock
        self._total = self._done = 0
        self._begun = self._last = clock()

    def begin(self, total: int) -> None:
        """There is so much to do."""
        self._total, self._done = total, 0
        self._begun = self._last = self._clock()
        if total:
            self._say(f"{self._verb} {plural(total, self._noun)} …")

    def advance(self, n: int) -> None:
        """So much more is done."""
        self._done = min(self._done + n, self._total or self._done + n)
        now = self._clock()
        if now - self._last < LINE_SECONDS:
            return
        self._last = now
        rate = self._done / (now - self._begun)
        of = f"{self._done:,} of " if self._total else ""
        things = plural(self._total or self._done, self._noun)
        line = f"{self._verb}: {of}{things}, {a_second(rate)}"
        if self._total > self._done:
            line += f", {in_words((self._total - self._done) / rate)} left"
        self._say(line)


def a_second(rate: float) -> str:
    """Return a rate in words: ``52/s``, ``0.4/s``."""
    return f"{rate:,.0f}/s" if rate >= 10 else f"{rate:.1f}/s"


def in_words(seconds: float) -> str:
    """Return a time in words: ``31 s``, ``4 min``, ``2 h 5 min``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
