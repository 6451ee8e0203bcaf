"""Whom advice is for: the usual readers of a library, and documents for others."""

from __future__ import annotations

import pytest

from answer.population import strangeness, usual
from corpus.records import Metadata
from tests.library_helpers import document


def of(*applies_to: str):
    return document(metadata=Metadata(applies_to=applies_to))


def test_what_half_of_the_documents_are_for_is_usual() -> None:
    counts = {"adults": 2, "kneecap pain": 2, "children": 1}
    assert usual(counts, 4) == {"adults", "kneecap pain"}
    assert usual(counts | {"adults": 3}, 5) == {"adults"}
    assert usual({"adults": 1}, 3) == frozenset()
    assert usual({}, 0) == frozenset()


USUAL = frozenset({"adults", "kneecap pain"})


@pytest.mark.parametrize(
    ("applies_to", "stems", "expected"),
    [
        (("adults", "kneecap pain"), (), 0.0),
        (("adults",), (), 0.5),
        (("adults", "joint replacement"), (), 0.5),
        (("children", "joint replacement"), ("knee",), 1.0),
        (("children", "joint replacement"), ("replac",), 0.0),
        (("children", "kneecap surgery"), ("kneecap",), 0.5 + 0.5),
        # the usual condition is named, and this is for another one
        (("adults", "joint replacement"), ("kneecap", "pain"), 1.0),
        (("adults", "kneecap pain"), ("kneecap", "pain"), 0.0),
        ((), ("knee",), 0.0),
    ],
)
def test_how_far_a_document_is_from_the_usual(
    applies_to: tuple[str, ...], stems: tuple[str, ...], expected: float
) -> None:
    assert strangeness(of(*applies_to), stems, USUAL) == expected


def test_a_library_without_usual_readers_has_no_strange_documents() -> None:
    assert strangeness(of("children"), (), frozenset()) == 0.0
