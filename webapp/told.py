"""What other parts of Patella said in English, told in the language of the request.

Errors, reports of files and steps of jobs are made where no language is known. The catalogue holds
them as templates, with ``{0}`` for what differs from case to case (``tools/translations.py`` collects
them), and what was said is looked up here by its template.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from babel.messages.mofile import read_mo

from webapp.language import FOLDER
from webapp.saying import N_, locale, say

SAID = (
    # steps and notes of jobs
    N_("Reading"),
    N_("Embedding"),
    N_("Fetching {0}"),
    N_("Waiting its turn"),
    N_("Waiting for another writer"),
    N_("Beginning"),
    N_("Cancelled by {0}."),
    N_("What was read until then stays stored: {0} files."),
    N_("None of the files could be taken in."),
    N_("{0} of {1} were not taken in."),
    N_("Something went wrong inside; the server's log tells more."),
    # why nothing is published by itself
    N_(
        "Generation {0} was brought back by {1} on {2}: what was stored since waits until somebody publishes."
    ),
    N_(
        "Generation {0} was brought back on {1}: what was stored since waits until somebody publishes."
    ),
    N_("Changes wait for review: what was stored is published when somebody says so."),
    # beside a model's words
    N_("A model is not asked here: the quotes stand alone."),
    N_("The model is busy: the quotes stand alone."),
    N_("The quotes stand alone."),
    N_("This library holds no passage on it: the advice is Patella's own."),
    N_("No quote could be given to it."),
    # what a file says of itself and cannot be taken
    N_("Front matter: {0} {1}."),
    N_("{0}.meta.yaml: {1} {2}."),
    N_("should be text and is ignored"),
    N_("should be a list and is ignored"),
    N_("has entries that are not text"),
    N_("names no known kind of evidence ({0})"),
    N_("Some symbols of a special font could not be read."),
    N_("The file seems to be cut short; text may be missing."),
    N_("The text is nested too deeply for Markdown and was read as plain text."),
    N_("The page is nested too deeply; some of its text may be missing."),
    N_("Only the first {0} of {1} slides were read."),
)
"""Sentences that are made elsewhere and are no errors."""

_GAP = re.compile(r"\{\d\}")
_SENTENCE = re.compile(r"(?<=[.!?]) (?=\S)")
_LEAST = 6
"""Letters that a template has at least: one of fewer would fit everything."""


@dataclass(frozen=True, slots=True)
class _Template:
    """A sentence with gaps, as it is said in English."""

    source: str
    pattern: re.Pattern[str]


def told(text: object) -> str:
    """Return what was said in English in the request's language; what is not known stays as it is."""
    said = str(text)
    if not said or locale().startswith("en"):
        return said
    return _whole(said) or _in_sentences(said) or said


def _whole(said: str) -> str:
    """Return the translation of all of it; empty where there is none."""
    known = say(said)
    if known != said:
        return known
    for template in _templates(locale()[:2]):
        if found := template.pattern.fullmatch(said):
            return _GAP.sub(
                lambda gap: _whole(found[f"g{gap[0][1]}"]) or found[f"g{gap[0][1]}"],
                say(template.source),
            )
    return ""


def _in_sentences(said: str) -> str:
    """Return the translation where several sentences were put together; empty where none is known."""
    for end in _SENTENCE.finditer(said):
        if first := _whole(said[: end.start()]):
            rest = said[end.end() :]
            return f"{first} {_whole(rest) or _in_sentences(rest) or rest}"
    return ""


@cache
def _templates(language: str) -> tuple[_Template, ...]:
    """Return the sentences with gaps that a catalogue knows, those that say the most first."""
    path = FOLDER / language / "LC_MESSAGES" / "messages.mo"
    if not path.is_file():
        return ()
    with path.open("rb") as file:
        catalogue = read_mo(file)
    sources = [one.id for one in catalogue if isinstance(one.id, str) and _GAP.search(one.id)]
    sources = [one for one in sources if len(_GAP.sub("", one)) >= _LEAST]
    sources.sort(key=lambda one: -len(_GAP.sub("", one)))
    return tuple(_Template(one, _pattern(one)) for one in sources)


def _pattern(source: str) -> re.Pattern[str]:
    made, seen = "", set()
    for piece in re.split(r"(\{\d\})", source):
        if not _GAP.fullmatch(piece):
            made += re.escape(piece)
        elif piece in seen:
            made += f"(?P=g{piece[1]})"
        else:
            seen.add(piece)
            made += f"(?P<g{piece[1]}>.+?)"
    return re.compile(made, re.DOTALL)
