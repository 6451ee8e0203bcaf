"""The desk's words for jobs, states and actions."""

from __future__ import annotations

from collections.abc import Sequence

from corpus.jobs import Job, JobFile
from corpus.records import State
from webapp.saying import N_, NN_, say, say_count
from webapp.words import number_words, plural
from webapp.workbench_records import RowState

JOBS = {
    "add": N_("Add files"),
    "add_url": N_("Add from the web"),
    "add_text": N_("Add a text"),
    "replace": N_("Replace a file"),
    "remove": N_("Remove"),
    "hide": N_("Hide"),
    "show": N_("Show again"),
    "edit": N_("Edit details"),
    "reindex": N_("Look again"),
    "publish": N_("Publish"),
    "roll_back": N_("Go back"),
    "withdraw": N_("Withdraw"),
}
JOB_STATES = {
    "waiting": N_("Waiting for approval"),
    "queued": N_("Waiting its turn"),
    "running": N_("Under way"),
    "ready": N_("Done, not published yet"),
    "published": N_("Done"),
    "failed": N_("Failed"),
    "cancelled": N_("Cancelled"),
}
ROW_STATES: dict[RowState, str] = {
    "published": N_("Published"),
    "new": N_("New"),
    "changed": N_("Changed"),
    "removed": N_("Goes next time"),
    "hidden": N_("Hidden"),
    "failed": N_("Could not be read"),
}
FILE_STATES = {
    "added": N_("Added"),
    "changed": N_("Changed"),
    "partial": N_("Read in part"),
    "unchanged": N_("Unchanged"),
    "moved": N_("Moved"),
    "duplicate": N_("There already"),
    "removed": N_("Removed"),
    "failed": N_("Failed"),
    "skipped": N_("Left out"),
}
ANSWER_STATES: dict[State, str] = {
    "answered": N_("Answered"),
    "related": N_("Nearby only"),
    "none": N_("Not in these sources"),
}
SORTS = {
    "title": N_("Title"),
    "state": N_("State"),
    "passages": N_("Passages"),
    "pages": N_("Pages"),
    "kind": N_("Kind of evidence"),
    "reviewed": N_("Reviewed"),
    "published": N_("Dated"),
    "indexed": N_("Indexed"),
}
TALLIES = {
    "added": NN_("%(num)s added", "%(num)s added"),
    "changed": NN_("%(num)s changed", "%(num)s changed"),
    "partial": NN_("%(num)s read in part", "%(num)s read in part"),
    "unchanged": NN_("%(num)s unchanged", "%(num)s unchanged"),
    "moved": NN_("%(num)s moved", "%(num)s moved"),
    "duplicate": NN_("%(num)s there already", "%(num)s there already"),
    "removed": NN_("%(num)s removed", "%(num)s removed"),
    "failed": NN_("%(num)s failed", "%(num)s failed"),
    "skipped": NN_("%(num)s left out", "%(num)s left out"),
}
_ORDER = "failed partial added changed moved duplicate removed skipped unchanged".split()
_UNITS = ("", "KB", "MB", "GB", "TB")


def script_words() -> dict[str, str]:
    """Return what the desk's script says, by the names that it knows; ``{name}`` is what it fills in."""
    return {
        "bytes": say("bytes"),
        "tooLarge": say("These are {total}, and {limit} can be sent at once."),
        "sending": say("Sending …"),
        "sent": say("Sent"),
        "moment": say("Sent. One moment …"),
        "answered": say("The server answered {status}."),
        "notSent": say("The files could not be sent. Check the connection, and try again."),
        "underWay": say("Under way"),
        "of": say("{done} of {total}"),
        "chooseAll": say("Choose all on this page"),
        "withChosen": say("With the {count} chosen:"),
        "withThose": say("With those chosen:"),
        "copied": say("Copied"),
        "notCopied": say("Could not copy: select it instead"),
    }


def job_title(job: Job) -> str:
    """Return what a job is, in a line."""
    name = say(JOBS.get(job.kind, job.kind))
    return f"{name}: {job.title}" if job.title else name


def tally(job: Job) -> str:
    """Return how many of a job's files came to what, such as ``2 added, 1 failed``."""
    counts = job.counts()
    told = [
        say_count(counts[s], *TALLIES[s], shown=number_words(counts[s]))
        for s in _ORDER
        if s in counts
    ]
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
    return (
        plural(count, "byte")
        if not unit
        else f"{number_words(float(f'{size:.3g}'))} {_UNITS[unit]}"
    )
