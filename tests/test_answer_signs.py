"""The detector of red flags: reading a question in parts, its buckets, its file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from answer import signs
from answer.signs import SignModel, decide, grams, load_model, plain, save_model, units
from corpus.errors import UsageError


def tiny() -> SignModel:
    """A model of two signs that goes by the words hot and calf."""
    letters = np.zeros((signs.BUCKETS, 3), np.float32)
    for sign, word in enumerate(("hot", "calf")):
        letters[grams(word), sign] = 6.0
    zero = np.zeros(3, np.float32)
    return SignModel(
        identity="hash/64/256",
        classes=("hot", "calf", "ordinary"),
        rules=("hot-knee", "sore-calf"),
        meaning=np.zeros((64, 3), np.float32),
        meaning_bias=zero,
        letters=letters,
        letters_bias=np.array([0, 0, 6], np.float32),
        idf=np.ones(signs.BUCKETS, np.float32),
        bar=0.5,
        bar_alone=0.5,
        veto=0.1,
    )


@pytest.mark.parametrize(
    ("question", "read"),
    [
        ("My NEE is swolen", "my knee is swollen"),
        ("no fever but sore", "no deniedsign but sore"),
        ("it isn't locked and not numb", "it isn't deniedsign and not deniedsign"),
        ("cant put any wait on it", "can't put any weight on it"),
        ("i am not able to walk", "i am not able to walk"),
    ],
)
def test_plain(question: str, read: str) -> None:
    assert plain(question) == read


def test_a_question_is_read_whole_and_by_its_sentences() -> None:
    assert units("how long to rest? also my calf is fat. ok") == [
        "how long to rest? also my calf is fat. ok",
        "how long to rest?",
        "also my calf is fat.",
    ]
    assert units("one two three") == ["one two three"]


def test_a_long_sentence_is_read_in_windows() -> None:
    text = " ".join(f"w{i}" for i in range(40))
    found = units(text)
    assert found[1].split()[0] == "w0"
    assert len(found[1].split()) == signs.WINDOW
    assert found[-1].split()[-1] == "w39"
    assert len(units(" ".join(["word"] * 5000))) == signs.MOST_UNITS


def test_a_sign_that_hides_in_a_part() -> None:
    model = tiny()
    parts = units("which shoes do runners wear for a marathon in the rain? my calf")
    assert decide(model.chances(parts, None), model, alone=True).rules == ()
    parts = units("which shoes? the calf calf")
    found = decide(model.chances(parts, None), model, alone=True)
    assert [name for name, _ in found.rules] == ["sore-calf"]
    assert found.flagged > 0.5


def test_chances_sum_to_one_and_a_text_without_words_is_ordinary() -> None:
    found = tiny().chances(["hot", "?", ""], None)
    assert found.sum(axis=1) == pytest.approx([1, 1, 1])
    assert found.argmax(axis=1).tolist() == [0, 2, 2]


def test_a_file_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    save_model(tiny(), path)
    back = load_model(path)
    assert (back.identity, back.classes, back.rules) == (
        "hash/64/256",
        ("hot", "calf", "ordinary"),
        ("hot-knee", "sore-calf"),
    )
    assert np.array_equal(back.letters, tiny().letters)
    assert (back.bar, back.veto) == (0.5, 0.1)


def test_a_file_at_fault(tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    with pytest.raises(UsageError, match="cannot be read"):
        load_model(path)
    path.write_bytes(b"no weights")
    with pytest.raises(UsageError, match="cannot be read"):
        load_model(path)
    save_model(replace(tiny(), classes=("a",)), path)
    with np.load(path) as data:
        np.savez(path, **{**dict(data), "format": 9})
    with pytest.raises(UsageError, match="format 9"):
        load_model(path)


def test_the_shipped_model_names_rules_that_exist() -> None:
    from answer.safety import load_rules
    from corpus import shipped

    model = signs.shipped_model()
    assert set(model.rules) <= {rule.id for rule in load_rules(shipped.RED_FLAGS)}
    assert model.signs >= 45
    assert model.letters.shape == (signs.BUCKETS, len(model.classes))
