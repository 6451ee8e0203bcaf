"""``patella status``: what is served, from where, and what could not be read."""

from __future__ import annotations

from dataclasses import dataclass

from corpus.files import WEB_KINDS, Failure, Source
from corpus.pages import Page
from corpus.records import Generation
from patella.backup_standing import LastBackup, last_backup
from patella.checks import free_megabytes
from patella.engine import Engine
from patella.publishing import held
from webapp.words import plural


@dataclass(frozen=True, slots=True)
class Status:
    """A library at a glance; sizes in MB."""

    data_dir: str
    store: str
    """Where a server keeps the library, in words; empty where a file in the data directory does."""
    generation: Generation | None
    generations: int
    up_to_date: bool
    """Whether everything that was read is published."""
    held: str
    """Why changes are not published by themselves, in words; empty where they are."""
    sources: tuple[Source, ...]
    failures: tuple[Failure, ...]
    library_mb: float
    vectors_mb: float
    index_mb: float
    free_mb: int
    backup: LastBackup | None
    """What is known of the last one."""


def read_status(engine: Engine) -> Status:
    """Look at a library; nothing is changed, and no model is loaded."""
    settings = engine.settings
    current = engine.store.current()
    if current:
        up_to_date = engine.store.working_is(current.id)
    else:
        up_to_date = not engine.store.working_ids()
    folders = settings.index_dir.rglob("*") if settings.index_dir.is_dir() else ()
    # hard links share their bytes between generations: each file counts once
    sizes = {stat.st_ino: stat.st_size for stat in (p.stat() for p in folders if p.is_file())}
    return Status(
        data_dir=str(settings.data_dir),
        store=engine.store.sharing.where,
        generation=current,
        generations=len(engine.store.generations()),
        up_to_date=up_to_date,
        held=held(engine),
        sources=engine.store.files.list(),
        failures=engine.store.files.failures() + page_faults(engine.store.pages.list()),
        library_mb=_megabytes(engine.store.size()),
        vectors_mb=_megabytes(
            settings.vectors_file.stat().st_size if settings.vectors_file.exists() else 0
        ),
        index_mb=_megabytes(sum(sizes.values())),
        free_mb=free_megabytes(engine),
        backup=last_backup(engine.store),
    )


def page_faults(pages: tuple[Page, ...]) -> tuple[Failure, ...]:
    """Return the pages that could not be fetched when they were last looked at."""
    return tuple(
        Failure(page.source_id, page.path, page.size, 0, "Unreachable", page.reason, page.hint)
        for page in pages
        if page.reason
    )


def _megabytes(size: int) -> float:
    return round(size / 1e6, 2)


def print_status(status: Status) -> None:
    """Write it for a person."""
    from patella.terminal import out  # noqa: PLC0415  (rich is only for printing)

    def line(text: str, style: str = "") -> None:
        out.print(text, markup=False, style=style or None)

    line(f"Library      {status.data_dir}")
    if status.store:
        line(f"Kept in      {status.store}")
    if status.generation:
        g = status.generation
        line(f"Serving      generation {g.id} of {g.created_at}")
        line(f"Holds        {plural(g.documents, 'document')}, {plural(g.passages, 'passage')}")
        line(f"Model        {g.model}")
    else:
        line("Serving      nothing yet: patella add PATH, or patella serve for the shipped library")
    if not status.up_to_date:
        how = "publish" if status.held else "index"
        line(f"Pending      stored but not published: run patella {how}", "yellow")
    if status.held:
        line(f"Held         {status.held}", "yellow")
    line(
        f"On disk      library {status.library_mb} MB, vectors {status.vectors_mb} MB,"
        f" index {status.index_mb} MB; {status.free_mb} MB free"
    )
    if status.backup:
        good = status.backup.there and (status.backup.whole or not status.backup.checked_at)
        line(f"Backup       {status.backup.words()}", "" if good else "yellow")
    else:
        line("Backup       none was made: patella backup FOLDER", "yellow")
    for source in status.sources:
        seen = f"  (last looked at {source.seen_at})" if source.kind in WEB_KINDS else ""
        line(f"Source       {source.kind}  {source.address}{seen}")
    for failure in status.failures:
        line(f"Failed       {failure.path}: {failure.reason} {failure.hint}".rstrip(), "red")
