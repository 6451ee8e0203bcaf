"""The desk's words for jobs, states and actions."""

from __future__ import annotations

from collections.abc import Sequence

from corpus.jobs import Job, JobFile
from corpus.records import State
from webapp.words import plural
from webapp.workbench_records import RowState

JOBS = {
    "add": "Add files",
    "add_url": "Add from the web",
    "add_text": "Add a text",
    "replace": "Replace a file",
    "remove": "Remove",
    "hide": "Hide",
    "show": "Show again",
    "edit": "Edit details",
    "reindex": "Look again",
    "publish": "Publish",
    "roll_back": "Go back",
}
JOB_STATES = {
    "waiting": "Waiting for approval",
    "queued": "Waiting its turn",
    "running": "Under way",
    "ready": "Done, not published yet",
    "published": "Done",
    "failed": "Failed",
    "cancelled": "Cancelled",
}
ROW_STATES: dict[RowState, str] = {
    "published": "Published",
    "new": "New",
    "changed": "Changed",
    "removed": "Goes next time",
    "hidden": "Hidden",
    "failed": "Could not be read",
}
FILE_STATES = {
    "added": "Added",
    "changed": "Changed",
    "partial": "Read in part",
    "unchanged": "Unchanged",
    "moved": "Moved",
    "duplicate": "There already",
    "removed": "Removed",
    "failed": "Failed",
    "skipped": "Left out",
}
ANSWER_STATES: dict[State, str] = {
    "answered": "Answered",
    "related": "Nearby only",
    "none": "Not in these sources",
}
SORTS = {
    "title": "Title",
    "state": "State",
    "passages": "Passages",
    "pages": "Pages",
    "kind": "Kind of evidence",
    "reviewed": "Reviewed",
    "published": "Dated",
    "indexed": "Indexed",
}
_ORDER = "failed partial added changed moved duplicate removed skipped unchanged".split()
_UNITS = ("bytes", "KB", "MB", "GB", "TB")


def job_title(job: Job) -> str:
    """Return what a job is, in a line."""
    name = JOBS.get(job.kind, job.kind)
    return f"{name}: {job.title}" if job.title else name


def tally(job: Job) -> str:
    """Return how many of a job's files came to what, such as ``2 added, 1 failed``."""
    counts = job.counts()
    told = [f"{counts[s]:,} {FILE_STATES.get(s, s).lower()}" for s in _ORDER if s in counts]
    return ", ".join(told)


def sorted_files(files: Sequence[JobFile]) -> list[JobFile]:
    """Return a job's files with those first that need a person's eye."""
    place = {state: number for number, state in enumerate(_ORDER)}
    return sorted(files, key=lambda file: place.get(file.state, len(place)))


def page_list(pages: Sequence[int]) -> str:
    """Return page numbers with runs drawn together: ``1–3, 7``."""
    runs: list[list[int]] = []
    for page in pages:
        if runs and page == runs[-1][1] + 1:
            runs[-1][1] = page
        else:
            runs.append([page, page])
    return ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in runs)


def size_words(count: int) -> str:
    """Return a number of bytes as people say it."""
    size, unit = float(count), 0
    while size >= 1000 and unit < len(_UNITS) - 1:
        size, unit = size / 1000, unit + 1
    return plural(count, "byte") if not unit else f"{size:.3g} {_UNITS[unit]}"
