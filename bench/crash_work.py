"""A small library whose every word is known, and the work on it that crash runs stop and look at."""

from __future__ import annotations

import contextlib
import re
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from corpus.originals import Originals
from corpus.store import Store
from index.build import Builder
from index.embed import HashEncoder
from index.generation import folder_name
from index.search import Searcher
from ingest.reading import InProcess
from patella.collecting import collect
from patella.engine import Engine
from patella.merging import merge
from patella.settings import Settings
from patella.writer import Writer

Kind = Literal["ingest", "publish", "rollback", "collect", "add", "merge"]
"""``add`` is the first two in one run, which embeds while files are read."""

DOCUMENTS = 12
EVERY = 6
"""A document changes at each sixth edition,"""
EXTRA, STAYS = 1000, 3
"""and one more, numbered from 1000, comes with each edition and stays for three."""
KEPT_GENERATIONS = 4
IN_PASSING = 16
"""Passages that a change of so small a library may merge by itself; the others are merged beside it."""
GRACE = 5.0
"""Seconds that a generation is kept for readers after another took its place."""

_SAID = re.compile(r"[Ee]dition (\d+) of exercise (\d+)")


def last_change(document: int, edition: int) -> int:
    """Return the edition in which a document last changed: a sixth of them do at each."""
    return max(e for e in range(edition + 1) if e == 0 or (e + document) % EVERY == 0)


def text_of(document: int, changed: int) -> str:
    """Return the text of a document as it was written for the edition ``changed``."""
    said = f"edition {changed} of exercise {document}"
    return (
        f"# Exercise {document}\n\n## Doing it\n\nThe {said} strengthens the thigh.\n\n"
        f"## How often\n\nDo the {said} on {changed % 7 + 1} days a week.\n"
    )


def files_of(edition: int) -> dict[str, str]:
    """Return the files of an edition: most stay, some change, one comes, and one goes."""
    files = {f"exercise-{d}.md": text_of(d, last_change(d, edition)) for d in range(DOCUMENTS)}
    for extra in range(max(0, edition - STAYS + 1), edition + 1):
        files[f"extra-{extra}.md"] = text_of(EXTRA + extra, extra)
    return files


def write_edition(folder: Path, edition: int) -> None:
    """Make the folder hold just the files of an edition."""
    folder.mkdir(parents=True, exist_ok=True)
    files = files_of(edition)
    for path in folder.iterdir():
        if path.name not in files:
            path.unlink()
    for name, text in files.items():
        path = folder / name
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")


class PlainWriter(Writer):
    """Reads files in its own process: those that read them elsewhere change nothing on disk."""

    @contextlib.contextmanager
    def _sandbox(self, _: Path, chunking: Any) -> Iterator[Any]:  # type: ignore[override]
        yield InProcess(chunking.count_tokens, chunking.limit)


class PlainEngine(Engine):
    """Leaves to be merged beside a change what a large library does."""

    def builder(self) -> Builder:
        made = super().builder()
        made.in_passing = IN_PASSING
        return made


def open_engine(data: Path) -> Engine:
    """Open a library with an encoder that costs nothing: what is tested does not depend on it."""
    return PlainEngine(
        Settings(data_dir=data, lock_seconds=20.0), encoder=HashEncoder(dimension=64)
    )


def copy_library(data: Path, copy: Path) -> None:
    """Copy a library that others may be reading, so that its files belong together."""
    shutil.copytree(data, copy, ignore=shutil.ignore_patterns("*.db", "*.db-wal", "*.db-shm"))
    for path in data.glob("*.db"):
        with (
            contextlib.closing(sqlite3.connect(path)) as source,
            contextlib.closing(sqlite3.connect(copy / path.name)) as target,
        ):
            source.backup(target)
            # as the library has it: readers and a writer at once
            target.execute("PRAGMA journal_mode = WAL")


@dataclass(frozen=True, slots=True)
class Work:
    """One operation on the library at ``data`` whose source is ``folder``."""

    kind: Kind
    data: Path
    folder: Path
    generation: int = 0
    """The one to bring back, for a rollback."""
    grace: float = GRACE


def do(work: Work) -> None:
    """Do it; doing it again after it was stopped, or done, ends the same."""
    engine = open_engine(work.data)
    try:
        writer = PlainWriter(engine)
        if work.kind == "ingest":
            writer.add([work.folder], publish=False)
        elif work.kind == "add":
            writer.add([work.folder])
        elif work.kind == "publish":
            writer.publish()
        elif work.kind == "merge":
            merge(engine)
        elif work.kind == "rollback":
            current = engine.store.current()
            if current and current.id != work.generation:
                writer.roll_back(work.generation)
        else:
            with writer.locked():
                collect(engine, keep=KEPT_GENERATIONS, grace=work.grace)
    finally:
        engine.close()


def look(data: Path) -> tuple[str, str, int]:
    """Check all that must hold at any moment; return the served digest, the stored one, the generation.

    Raises AssertionError in words where something does not hold.
    """
    store = Store(data / "library.db")
    try:
        assert store.integrity() == "ok", "the library file is damaged"
        assert not store.wrong_passages(), "a passage differs from its text"
        assert not store.wrong_texts(), "a text differs from its hash"
        lost = Originals(data / "originals").check(store.originals())
        assert not lost, f"{len(lost)} original files are missing or altered"
        stored = store.working_digest()[2]
        current = store.current()
        if current is None:
            return "", stored, 0
        real = store.versions.digest(current.id)
        assert real == current.digest, "the served generation is not what was published"
        folder = data / "index" / folder_name(current.id)
        held = set(Searcher(folder, generation=current).passage_ids())
        assert held == set(store.generation_passages(current.id)), "index and library disagree"
        return current.digest, stored, current.id
    finally:
        store.close()


def editions_of(texts: list[str]) -> set[int]:
    """Return the editions that could have said all of ``texts`` together; raises if none could.

    Each text must stand word for word in a file of that edition.
    """
    said = [(int(e), int(d), text) for text in texts for e, d in _SAID.findall(text)]
    assert said or not texts, f"nobody wrote {texts}"
    for changed, document, text in said:
        assert text in text_of(document, changed), f"not in its source: {text!r}"
    last = max((e for e, _, _ in said), default=0) + EVERY
    fitting = {e for e in range(last + 1) if all(_says(e, d, changed) for changed, d, _ in said)}
    assert fitting, f"a mix of editions: {sorted({(e, d) for e, d, _ in said})}"
    return fitting


def _says(edition: int, document: int, changed: int) -> bool:
    """Tell whether an edition holds a document as it was written for the edition ``changed``."""
    if document >= EXTRA:
        return changed == document - EXTRA and edition - STAYS < changed <= edition
    return changed == last_change(document, edition)


def ask(engine: Engine, number: int) -> int:
    """Ask, and check each quote and passage against its source; return how many were checked."""
    question = f"how often should I do edition {number} of exercise {number % DOCUMENTS}"
    hits = engine.search(question, k=10).hits
    quotes = engine.outcome(question, always_quote=True).quotes
    editions_of([hit.passage.text for hit in hits])
    editions_of([quote.text for quote in quotes])
    for quote in quotes:
        stored = engine.store.span(quote.document.version_id, quote.start, quote.end)
        assert stored == quote.text, f"{quote.text!r} differs from its stored source"
    return len(hits) + len(quotes)
