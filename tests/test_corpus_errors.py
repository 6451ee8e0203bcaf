"""The tree of errors: one base, all drawn, none missing."""

from __future__ import annotations

import re

import pytest

from corpus import errors
from corpus.errors import LibraryError, NotFound, PatellaError, ReadError, UsageError

CLASSES = [
    value
    for value in vars(errors).values()
    if isinstance(value, type) and issubclass(value, Exception)
]


def drawn() -> list[tuple[int, str]]:
    """Return the names in the docstring's tree with their depth."""
    tree = errors.__doc__.split("::", 1)[1]
    found = re.findall(r"^ {4}([ │]*)(?:[├└]── )?([A-Z]\w+)", tree, re.MULTILINE)
    return [(len(indent) // 4 + (name != "PatellaError"), name) for indent, name in found]


def test_every_class_is_drawn_in_the_docstring_once() -> None:
    assert sorted(name for _, name in drawn()) == sorted(cls.__name__ for cls in CLASSES)


def test_the_drawing_shows_who_derives_from_whom() -> None:
    above: dict[int, str] = {}
    for depth, name in drawn():
        above[depth] = name
        if depth:
            assert getattr(errors, name).__bases__[0].__name__ == above[depth - 1]


@pytest.mark.parametrize("cls", CLASSES)
def test_each_says_what_happened_and_what_to_do(cls: type[PatellaError]) -> None:
    error = cls("It broke.", hint="Mend it.")
    assert (str(error), error.hint) == ("It broke.", "Mend it.")
    assert cls("It broke.").hint == ""
    assert cls.__doc__


def test_the_three_kinds_that_give_exit_codes_are_apart() -> None:
    assert issubclass(NotFound, UsageError)
    for one, other in [(UsageError, ReadError), (ReadError, LibraryError)]:
        assert not issubclass(one, other)
        assert not issubclass(other, one)
