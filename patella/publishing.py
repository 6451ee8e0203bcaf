"""What may be published by itself, bringing an earlier generation back, and noting who did it."""

from __future__ import annotations

import getpass

from corpus.errors import Conflict, NotFound, Outdated, UsageError
from corpus.failpoints import reach
from corpus.records import Generation
from corpus.store import Store
from patella.engine import Engine
from patella.run_report import Origin
from patella.settings import Settings
from webapp.workbench_records import KeptGeneration


def operator() -> str:
    """Return what somebody at the command line is called in the history."""
    try:
        return f"{getpass.getuser()} (command line)"
    except (OSError, KeyError, ImportError):
        return "command line"


def reviewed(settings: Settings) -> bool:
    """Tell whether publishing waits for a person; a second one's approval is a review as well."""
    return settings.publish == "review" or settings.second_approval


def held(engine: Engine) -> str:
    """Return in words why changes are not published by themselves; empty where they are."""
    hold = engine.store.history.held()
    if hold:
        who = f" by {hold.by}" if hold.by else ""
        return (
            f"Generation {hold.generation} was brought back{who} on {hold.at[:10]}: what was stored"
            " since waits until somebody publishes."
        )
    if reviewed(engine.settings):
        return "Changes wait for review: what was stored is published when somebody says so."
    return ""


def expect(store: Store, fingerprint: str) -> None:
    """Raise Outdated if what is stored is not what ``fingerprint`` names; empty names anything."""
    if fingerprint and fingerprint != store.changes.fingerprint():
        raise Outdated(
            "What would be published has changed since it was looked at.",
            hint="Look at the difference again, then publish.",
        )


def note(store: Store, action: str, generation: int, origin: Origin) -> None:
    """Keep who made a generation the served one."""
    store.history.put(
        action,
        by=origin.by,
        what=f"Generation {generation}",
        generation=generation,
        job_id=origin.job_id,
        approved_by=origin.approved_by,
    )


def find_generation(engine: Engine, number: int) -> Generation:
    """Return a generation that can be served instead of the one that is.

    Raises NotFound, Conflict where it is served, UsageError where it was made with another model.
    """
    found = next((g for g in engine.store.generations() if g.id == number), None)
    if found is None:
        raise NotFound(f"There is no generation {number}.", hint="See: patella generations")
    current = engine.store.current()
    if current and current.id == number:
        raise Conflict(f"Generation {number} is the one that is served.")
    if found.model != engine.encoder.identity:
        raise UsageError(
            f"Generation {number} was made with the model {found.model}, and the settings name"
            f" {engine.encoder.identity}.",
            hint="Choose a generation of this model: patella generations",
        )
    return found


def roll_back(engine: Engine, number: int, origin: Origin) -> None:
    """Serve another generation, and hold publishing where what is stored is not just that.

    To be called under the writer's lock. Raises as ``find_generation``.
    """
    found = find_generation(engine, number)
    builder = engine.builder()
    if not builder.has(found):
        builder.rebuild(found)
    reach("rollback.made")
    store = engine.store
    with store.transaction():
        store.point_to(number)
        reach("rollback.pointed")
        if store.working_is(number):
            store.history.release()
        else:
            store.history.hold(number, by=origin.by)
        note(store, "roll_back", number, origin)
    reach("rollback.done")


def kept_generations(engine: Engine) -> tuple[KeptGeneration, ...]:
    """List the generations that can be served, newest first."""
    current = engine.store.current()
    by = engine.store.history.publishers()
    return tuple(
        KeptGeneration(
            number=one.id,
            created=one.created_at,
            by=by.get(one.id, ""),
            documents=one.documents,
            passages=one.passages,
            served=current is not None and one.id == current.id,
            usable=one.model == engine.encoder.identity,
        )
        for one in reversed(engine.store.generations())
    )
