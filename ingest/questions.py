"""Listed questions: what an editor says that a document answers, read and put at its passages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from corpus.records import ListedQuestion, PassageDraft, PassageQuestion
from ingest.blocks import clean, same_heading

KEY = "questions"
"""The field of a front matter or of a file of metadata that lists them."""

MOST = 2_000
"""Questions of one document; more are left out and told."""
LONGEST = 400
"""Characters of one question: the encoder reads about twice as many."""

_MARKUP = re.compile(r"[*_`]+")


def listed_questions(
    fields: Mapping[str, Any],
) -> tuple[tuple[ListedQuestion, ...], tuple[str, ...]]:
    """Return the questions that ``fields`` list, and warnings in words.

    An entry is a question, or a mapping with ``heading`` (the section that answers) and either
    ``questions`` or ``answers``: mappings with ``sentence`` (the words that answer) and
    ``questions``.
    """
    entries = fields.get(KEY)
    if entries in (None, ""):
        return (), ()
    if not isinstance(entries, list):
        return (), (f"Front matter: {KEY} should be a list and is ignored.",)
    found: list[ListedQuestion] = []
    warnings: list[str] = []
    for entry in entries:
        of_entry = list(_of_entry(entry))
        if not of_entry:
            warnings.append(f"Front matter: {KEY} has an entry that names no question.")
        found.extend(of_entry)
    if any(len(question.text) > LONGEST for question in found):
        warnings.append(f"Front matter: {KEY} of over {LONGEST} characters are left out.")
    kept = list(dict.fromkeys(q for q in found if len(q.text) <= LONGEST))
    if len(kept) > MOST:
        warnings.append(f"Front matter: of {len(kept):,} {KEY} the first {MOST:,} are used.")
    return tuple(kept[:MOST]), tuple(warnings)


def _of_entry(entry: Any) -> Iterator[ListedQuestion]:
    if isinstance(entry, str):
        if clean(entry):
            yield ListedQuestion(clean(entry))
        return
    if not isinstance(entry, Mapping):
        return
    heading = _text(entry.get("heading"))
    for words in _texts(entry.get("questions")):
        yield ListedQuestion(words, heading)
    answers = entry.get("answers")
    for answer in answers if isinstance(answers, list) else ():
        if isinstance(answer, Mapping):
            for words in _texts(answer.get("questions")):
                yield ListedQuestion(words, heading, _text(answer.get("sentence")))


def _text(value: Any) -> str:
    return clean(value) if isinstance(value, str) else ""


def _texts(value: Any) -> list[str]:
    return (
        [clean(v) for v in value if isinstance(v, str) and clean(v)]
        if isinstance(value, list)
        else []
    )


def place_questions(
    drafts: Sequence[PassageDraft], questions: Sequence[ListedQuestion]
) -> tuple[tuple[PassageDraft, ...], tuple[str, ...]]:
    """Put each question at the passage that answers it; return the passages and warnings.

    A sentence that its section does not hold (any more) leaves its questions at the section's first
    passage; a question of a section that is not there is left out, and told.
    """
    at: dict[int, list[PassageQuestion]] = {}
    lost: dict[str, int] = {}
    for question in questions:
        place = _place(drafts, question)
        if place is None:
            lost[question.heading] = lost.get(question.heading, 0) + 1
            continue
        number, start, end = place
        at.setdefault(number, []).append(PassageQuestion(question.text, start, end))
    warnings = tuple(
        f'Front matter: {KEY} names no heading of the text: "{heading}" ({count} left out).'
        for heading, count in lost.items()
    )
    placed = (
        replace(draft, questions=tuple(at[n])) if n in at else draft
        for n, draft in enumerate(drafts)
    )
    return tuple(placed), warnings


def _place(drafts: Sequence[PassageDraft], question: ListedQuestion) -> tuple[int, int, int] | None:
    """Return the number of the passage and the span in it that answer a question."""
    section = [
        n
        for n, draft in enumerate(drafts)
        if not question.heading or any(same_heading(question.heading, h) for h in draft.heading)
    ]
    if not section:
        return None
    if question.sentence:
        pattern = _loosely(question.sentence)
        for n in section:
            found = pattern.search(drafts[n].text)
            if found:
                start = drafts[n].start
                return n, start + found.start(), start + found.end()
    first = drafts[section[0]]
    return section[0], first.start, first.end


def _loosely(sentence: str) -> re.Pattern[str]:
    """Return a pattern for a sentence whatever its white space, and without marks of emphasis."""
    words = _MARKUP.sub("", sentence).split()
    return re.compile(r"\s+".join(map(re.escape, words)))
