"""Jobs, differences and what else a workbench tells, as plain dictionaries."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from corpus.jobs import Job, JobEvent
from webapp.workbench_records import Difference, LibraryPage

Json = dict[str, Any]


def job_json(job: Job) -> Json:
    """Return a job."""
    return asdict(job) | {"counts": job.counts(), "over": job.ended_for_good}


def event_json(event: JobEvent) -> Json:
    """Return an event of a job."""
    told = asdict(event)
    del told["job_id"]
    return told


def difference_json(difference: Difference) -> Json:
    """Return what publishing would change."""
    answers = difference.answers
    return {
        "digest": difference.digest,
        "empty": difference.empty,
        "served": difference.served.id if difference.served else None,
        "added": [asdict(one) for one in difference.added],
        "changed": [asdict(one) for one in difference.changed],
        "removed": [asdict(one) for one in difference.removed],
        "answers": [asdict(one) for one in answers.changed] if answers else None,
        "asked": answers.asked if answers else 0,
        "waiting": difference.waiting.id if difference.waiting else "",
        "held": difference.held,
        "problem": difference.problem,
    }


def rows_json(found: LibraryPage) -> Json:
    """Return a page of what is stored."""
    return {
        "rows": [asdict(row) for row in found.rows],
        "states": dict(found.states),
        "total": found.total,
        "page": found.page,
        "per_page": found.size,
    }
