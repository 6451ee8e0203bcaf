"""What went wrong, told to people on a page: in their language, and without what is for programs."""

from __future__ import annotations

from dataclasses import replace

from webapp.problem_records import Problem
from webapp.saying import N_, locale, say
from webapp.told import told

_WORDS = {
    "bad-request": (
        N_("That request could not be read"),
        N_("Something in the address or the form does not make sense here."),
        N_("Check the address and try again."),
    ),
    "question": (
        N_("That question cannot be searched"),
        N_("There is no question here yet, or it is too long."),
        N_("Type a question in your own words, in up to 500 characters."),
    ),
    "usage": (
        N_("That cannot be asked for"),
        N_("A filter or a date does not make sense here."),
        N_(
            "Go back and choose another, or search without it. A date reads 2024, 2024-06 or 2024-06-30."
        ),
    ),
    "not-found": (
        N_("There is no page here"),
        N_("Nothing is kept at this address."),
        N_("Check the address, or search the library."),
    ),
    "withdrawn": (
        N_("That document was withdrawn"),
        N_("It was taken out of this library, and nothing of it is kept here."),
        N_("Ask the question again: the library may hold another source on it."),
    ),
    "method-not-allowed": (
        N_("That cannot be done here"),
        N_("The address does not take what was sent to it."),
        N_("Go back and ask a question."),
    ),
    "too-large": (
        N_("That is too much to send at once"),
        N_("The request is larger than this library takes."),
        N_("Ask one short question."),
    ),
    "too-many": (
        N_("That is too much at once"),
        N_("So many requests came from your network that this one has to wait."),
        N_("Wait a minute, then try again."),
    ),
    "refused": (
        N_("That is not allowed"),
        N_("This form was not sent from a page of this library, or was open for too long."),
        N_("Open the answer here again, and press the button on its page."),
    ),
    "outdated": (
        N_("The library has changed meanwhile"),
        N_("The answer has changed since it was shown to you."),
        N_("Ask the question again, read the answer, and go on from there."),
    ),
    "unreadable": (
        N_("That file cannot be shown"),
        N_("It is damaged, or of a kind that cannot be drawn."),
        N_("Read its text, or download the original."),
    ),
    "unavailable": (
        N_("The library cannot be used now"),
        N_("It is being made ready, or something it needs is missing."),
        N_("Try again in a moment, or tell whoever runs this library."),
    ),
    "busy": (
        N_("Many people ask at this moment"),
        N_("More is asked than can be answered at once."),
        N_("Wait a moment, then ask again."),
    ),
    "quote-mismatch": (
        N_("The answer was held back"),
        N_("A quote did not match its source word for word, so it is not shown."),
        N_("Ask again. If it goes on, tell whoever runs this library."),
    ),
    "internal-error": (
        N_("Something went wrong on our side"),
        N_("The page could not be made. Nothing of your question was kept."),
        N_("Try again in a moment. If it goes on, tell whoever runs this library."),
    ),
}
"""Title, what happened, and what to do, by the kind of problem."""


def for_people(problem: Problem) -> Problem:
    """Return a problem as a page tells it.

    It keeps what was said of this very case where the language knows it, and else tells the kind of case.
    """
    known = _WORDS.get(problem.kind)
    title, detail, hint = (
        known or _WORDS["internal-error" if problem.status >= 500 else "bad-request"]
    )
    machine = "Retry-After" in problem.hint
    if locale().startswith("en"):
        return replace(problem, hint=hint) if machine else problem
    said = told(problem.detail)
    if said == problem.detail or machine:
        return replace(problem, title=say(title), detail=say(detail), hint=say(hint))
    return replace(problem, title=say(title), detail=said, hint=told(problem.hint))
