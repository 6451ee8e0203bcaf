"""Tells the workbench of each answer that was given: how it was answered, and how long that took."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from corpus.records import State
from webapp.watched import Done
from webapp.workbench import Workbench


def hearing(workbench: Workbench) -> Callable[[Done], None]:
    """Return what is told of each request. Prints, files and shares of an answer are no askings.

    Where a safety card quotes the library on what to do, the question is answered by that, and no gap.
    """

    def hear(done: Done) -> None:
        if done.state and done.route.endswith(("/search", "/ask")):
            state = cast(State, "answered" if done.carded else done.state)
            workbench.heard(
                done.asked, state=state, milliseconds=done.seconds * 1000, kept=done.kept
            )

    return hear
