"""Words of one kind that exclude each other."""

from __future__ import annotations

import numpy as np
import pytest

from answer.contrast import Holds, kinds, of_another
from index.lexical import content_stems


def _another(question: str, sentence: str, around: str = "") -> bool:
    def holds(text: str) -> Holds:
        return lambda stems: np.array([bool(set(stems) & set(content_stems(text)))])

    return bool(of_another(kinds(content_stems(question)), holds(sentence), holds(around))[0])


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


def test_the_kinds_that_a_question_names() -> None:
    activity, temperature = kinds(content_stems("running before ice"))
    assert {"run", "jog"} <= activity.same and "cycl" not in activity.same
    assert {"run", "jog", "cycl"} <= activity.any and "ice" not in activity.any
    assert "ice" in temperature.same and "heat" in temperature.any - temperature.same
    assert kinds(content_stems("why does my knee hurt")) == []
