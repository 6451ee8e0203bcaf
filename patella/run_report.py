"""What a run tells while it goes on and when it has ended, and on whose behalf it is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

from index.embed import Progress
from ingest.reports import FileReport, Watcher


@dataclass(frozen=True, slots=True)
class RunReport:
    """What one run did, file by file, and the generation that it published, if any."""

    files: tuple[FileReport, ...]
    generation: int | None
    published: bool
    embedded: int
    seconds: float
    held: str = ""
    """Why what was stored is not published, in words; empty where it is, or where nothing changed."""
    notices: tuple[str, ...] = ()
    """What a person should know of the run as a whole, such as that files were read without limits."""

    @property
    def failed(self) -> tuple[FileReport, ...]:
        return tuple(file for file in self.files if file.state == "failed")

    def counts(self) -> dict[str, int]:
        """Return how many files ended in each state, in the order of the states."""
        states = (
            "added",
            "changed",
            "partial",
            "moved",
            "duplicate",
            "removed",
            "hidden",
            "shown",
            "failed",
            "skipped",
        )
        found = {state: sum(f.state == state for f in self.files) for state in states}
        found["unchanged"] = sum(f.state == "unchanged" for f in self.files)
        return {state: n for state, n in found.items() if n}

    def as_json(self) -> dict[str, object]:
        """Return the report as plain values."""
        return {
            "files": [asdict(file) for file in self.files],
            "counts": self.counts(),
            "generation": self.generation,
            "published": self.published,
            "embedded": self.embedded,
            "seconds": round(self.seconds, 3),
            "held": self.held,
            "notices": list(self.notices),
        }


@dataclass(frozen=True, slots=True)
class Watchers:
    """What is told how a run goes on."""

    file: Watcher | None = None
    files: Progress | None = None
    """Is told how many files there are to look at."""
    fetching: Callable[[str], None] | None = None
    """Is told each web address that is fetched."""
    told: Callable[[str], None] | None = None
    """Is told what a person should know of the run as a whole."""
    embedding: Progress | None = None
    """Is told how many passages are to be embedded."""
    embedded: Progress | None = None
    """Is told how many more passages are embedded."""


@dataclass(frozen=True, slots=True)
class Origin:
    """On whose behalf a library is changed: a name, the job that asked, and who approved it."""

    by: str = ""
    job_id: str = ""
    approved_by: str = ""
