"""Words of one kind that exclude each other."""

from __future__ import annotations

import pytest

from answer.contrast import of_another, things
from index.lexical import content_stems


def _another(question: str, sentence: str, around: str = "") -> bool:
    return of_another(
        things(content_stems(question)), content_stems(sentence), content_stems(around)
    )


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("can I run with runner's knee pain", "Cycling is mostly kind to the kneecap."),
        ("pain above the kneecap", "Pain below the kneecap often comes from the tendon."),
        ("should I use ice", "Heat feels good on a stiff knee."),
        ("is uphill bad", "Downhill is usually the worse of the two."),
        ("can I take ibuprofen", "Paracetamol is safe for most people."),
    ],
)
def test_another_thing_of_the_kind(question: str, sentence: str) -> None:
    # "runner's knee" names running too, so the question's own word decides for cycling alone
    assert _another(question, sentence)


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("can I run", "Cycling and running are both fine if pain stays low."),
        ("can I run", "Stop if the pain gets worse."),
        ("does it help", "Heat feels good on a stiff knee."),
        ("can I cycle", "A bike with a high saddle bends the knee less."),
    ],
)
def test_the_same_thing_or_none(question: str, sentence: str) -> None:
    assert not _another(question, sentence)


def test_a_heading_names_what_a_sentence_is_about() -> None:
    assert not _another("can I cycle", "It loads the knee less than running does.", "Cycling")


def test_things_are_told_by_group() -> None:
    assert things(content_stems("ice before running")) == {
        "activity": frozenset({0}),
        "temperature": frozenset({0}),
    }
