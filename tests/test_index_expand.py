"""Words added to a question: clinical for lay, lay for clinical, and mended spelling."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from corpus import shipped
from corpus.errors import UsageError
from index.expand import ADDED_WEIGHT, Expansion, Group, Vocabulary, expand, load_vocabulary
from index.lexical import stem

VOCABULARY = Vocabulary(
    [
        Group(("patella",), ("kneecap", "knee cap")),
        Group(("patellofemoral pain", "anterior knee pain"), ("runner's knee",)),
        Group(("nonsteroidal anti-inflammatory", "nsaid"), ("anti-inflammatory", "ibuprofen")),
    ]
)

LIBRARY = "patella kneecap knee knee knees stairs stairs stares running runner hurts".split()


def frequency(word: str) -> int:
    return sum(word == stem(w) for w in LIBRARY)


def similar(_: str) -> Iterable[str]:
    return LIBRARY


def added(question: str, *without: str, vocabulary: Vocabulary = VOCABULARY) -> Expansion:
    return expand(
        question,
        vocabulary=vocabulary,
        frequency=frequency,
        similar=similar,
        without=frozenset(without),
    )


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("my kneecap", ["patella"]),
        ("My KNEE CAPS hurt", ["patella", "kneecap"]),
        ("the patella", ["kneecap"]),
        ("runner’s knee", ["patellofemoral pain"]),
        ("is the patella the kneecap", []),
        ("kneecapping", []),
        ("", []),
    ],
)
def test_the_other_words_for_what_a_question_names(question: str, expected: list[str]) -> None:
    assert VOCABULARY.others(question) == expected


def test_the_longest_name_is_taken() -> None:
    assert VOCABULARY.others("an anti-inflammatory drug") == ["nonsteroidal anti-inflammatory"]
    assert VOCABULARY.others("anterior knee pain") == ["patellofemoral pain", "runner's knee"]


def test_added_words_weigh_less_than_the_questions_own() -> None:
    found = added("my kneecap hurts")
    assert found == Expansion(("patella",), "my kneecap hurts", {"patella": ADDED_WEIGHT})
    assert ADDED_WEIGHT < 1


def test_a_word_taken_back_is_not_added() -> None:
    assert added("my kneecap hurts", "patella") == Expansion((), "my kneecap hurts", {})


def test_a_word_that_the_library_does_not_know_is_mended() -> None:
    found = added("knee on the stiars")
    assert found == Expansion(("stairs",), "knee on the stairs", {"stair": 1.0})


def test_a_mended_word_brings_its_other_names() -> None:
    found = added("my kneecpa")
    assert found.added == ("kneecap", "patella")
    assert (found.mended, found.weights) == ("my kneecap", {"kneecap": 1.0, "patella": 0.3})


def test_a_mending_taken_back_is_not_made() -> None:
    assert added("knee on the stiars", "stairs") == Expansion((), "knee on the stiars", {})


@pytest.mark.parametrize(
    "question", ["knees", "runner's", "kne", "whta", "xtairs", "zebra", "4000 mg"]
)
def test_what_is_not_mended(question: str) -> None:
    """What is known, too short, near to nothing, begins with another letter, or is no word."""
    assert added(question, vocabulary=Vocabulary(())) == Expansion((), question, {})


def test_the_nearest_spelling_wins_and_then_the_commoner() -> None:
    assert added("stairz", vocabulary=Vocabulary(())).mended == "stairs"
    assert added("runnimg", vocabulary=Vocabulary(())).mended == "running"


def test_several_words_are_mended_in_their_order() -> None:
    found = added("stiars and runnign", vocabulary=Vocabulary(()))
    assert found.added == ("stairs", "running")
    assert found.mended == "stairs and running"


# -- the file


def test_groups_are_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "vocabulary.toml"
    path.write_text('[[group]]\nclinical = ["patella"]\nlay = ["kneecap"]\n')
    vocabulary = load_vocabulary(path)
    assert len(vocabulary) == 1
    assert vocabulary.others("patella") == ["kneecap"]


def test_no_file_gives_no_groups(tmp_path: Path) -> None:
    assert len(load_vocabulary(tmp_path / "none.toml")) == 0


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[[group", "cannot be read"),
        (b"\xff", "cannot be read"),
        (b'[[group]]\nlay = ["x"]\n', "lacks its lists"),
        (b"group = 3\n", "lacks its lists"),
        (b"[[group]]\nclinical = 3\nlay = 4\n", "lacks its lists"),
    ],
)
def test_a_broken_file_is_told(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "vocabulary.toml"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=message):
        load_vocabulary(path)


def test_the_shipped_vocabulary_is_readable() -> None:
    load_vocabulary(shipped.VOCABULARY)
