"""The word index, against a slow BM25."""

from __future__ import annotations

import math
import random
import shutil
from collections import Counter
from pathlib import Path

import pytest

from corpus.errors import Damaged, Unwritable
from index.lexical import (
    FILLERS,
    TITLE_REPEATS,
    LexicalEntry,
    LexicalIndex,
    content_stems,
    stem,
    words,
    write,
)

TEXTS = {
    1: ("Sitting", "Sitting hurts because a bent knee presses the kneecap."),
    2: ("Sitting", "Stand up and straighten the knee every twenty minutes."),
    3: ("Stairs", "Going down stairs loads the knee more than going up; a sore knee complains."),
    4: ("", "A swarm of bees leaves the hive in May when the colony has grown."),
    5: ("Keeping bees > Honey", "Honey is taken in August."),
    6: ("Knees", "Knees, knees, knees: the knee and nothing but knees."),
}


def entries(*ids: int) -> list[LexicalEntry]:
    return [LexicalEntry(i, *TEXTS[i]) for i in ids or TEXTS]


def make(folder: Path, *ids: int) -> LexicalIndex:
    folder.mkdir()
    write(folder, add=entries(*ids), create=True)
    return LexicalIndex(folder)


class SlowBm25:
    """BM25 as Robertson and Zaragoza (2009) give it, with k1 = 1.2 and b = 0.75."""

    def __init__(self, made: list[LexicalEntry]) -> None:
        self.bags = {
            e.passage_id: Counter(
                s for _, _, s in words(" ".join([*[e.prefix] * TITLE_REPEATS, e.text]))
            )
            for e in made
        }
        self.lengths = {i: sum(bag.values()) for i, bag in self.bags.items()}
        self.mean = sum(self.lengths.values()) / len(self.bags)

    def idf(self, word: str) -> float:
        n = sum(word in bag for bag in self.bags.values())
        return math.log(1 + (len(self.bags) - n + 0.5) / (n + 0.5))

    def search(self, weights: dict[str, float], depth: int = 100) -> list[tuple[int, float]]:
        scores = {}
        for i, bag in self.bags.items():
            norm = 1.2 * (1 - 0.75 + 0.75 * self.lengths[i] / self.mean)
            parts = [
                w * self.idf(word) * bag[word] * 2.2 / (bag[word] + norm)
                for word, w in weights.items()
                if bag[word]
            ]
            if parts:
                scores[i] = sum(parts)
        return sorted(scores.items(), key=lambda x: (-x[1], x[0]))[:depth]


def ones(question: str) -> dict[str, float]:
    return dict.fromkeys(content_stems(question), 1.0)


def same(found: list[tuple[int, float]], expected: list[tuple[int, float]], rel: float) -> None:
    assert [i for i, _ in found] == [i for i, _ in expected]
    assert [s for _, s in found] == pytest.approx([s for _, s in expected], rel=rel)


# -- words


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("knees", "knee"),
        ("Sitting", "sit"),
        ("naïve", "naiv"),
        ("knee's", "knee"),
        ("knee’s", "knee"),
        ("38", "38"),
        ("膝", "膝"),
        ("x" * 61, ""),
        ("", ""),
        ("—", ""),
    ],
)
def test_a_stem(word: str, expected: str) -> None:
    assert stem(word) == expected


def test_words_are_found_with_their_places() -> None:
    text = "Don’t sit: 🦵 knees_ache, 2.5 mg"
    found = [(text[a:b], s) for a, b, s in words(text)]
    assert found == [
        ("Don’t", "don't"),
        ("sit", "sit"),
        ("knees", "knee"),
        ("ache", "ach"),
        ("2", "2"),
        ("5", "5"),
        ("mg", "mg"),
    ]


def test_a_questions_words_without_fillers() -> None:
    assert content_stems("Why does sitting hurt my knees, and the knee?") == ("sit", "hurt", "knee")
    assert content_stems("I can’t and don't kneel") == ("kneel",)
    assert content_stems("what is it") == ("what", "is", "it")
    assert content_stems("?!") == ()


def test_negations_and_questions_are_fillers_and_subjects_are_not() -> None:
    assert {"why", "how", "the", "not", "can"} <= FILLERS
    assert FILLERS.isdisjoint({"knee", "pain", "sitting", "run", "walk"})


# -- searching


@pytest.mark.parametrize(
    "question",
    ["knee", "sitting knee", "why does a bent knee hurt", "bees honey may", "knees going down"],
)
def test_scores_are_those_of_the_reference(tmp_path: Path, question: str) -> None:
    index = make(tmp_path / "l")
    expected = SlowBm25(entries()).search(ones(question))
    assert expected
    # texts of under 40 words: tantivy keeps these lengths exactly
    same(index.search(ones(question), 100), expected, rel=1e-5)


def test_literal_scores(tmp_path: Path) -> None:
    (tmp_path / "l").mkdir()
    made = [LexicalEntry(1, "", "knee pain"), LexicalEntry(2, "", "knee knee")]
    write(tmp_path / "l", add=[*made, LexicalEntry(3, "", "bees swarm")], create=True)
    index = LexicalIndex(tmp_path / "l")
    # idf(knee) = ln(1 + 1.5 / 2.5) = 0.47; of one: × 2.2 / 2.2, of two: × 4.4 / 3.2
    same(index.search({"knee": 1.0}, 10), [(2, 0.646255), (1, 0.470004)], rel=1e-5)


def test_long_texts_are_nearly_those_of_the_reference(tmp_path: Path) -> None:
    made = [
        LexicalEntry(i, "Knee", ("knee " * (i % 7 + 1) + "word " * (30 * i)).strip())
        for i in range(1, 40)
    ]
    (tmp_path / "l").mkdir()
    write(tmp_path / "l", add=made, create=True)
    found = LexicalIndex(tmp_path / "l").search({"knee": 1.0}, 100)
    expected = dict(SlowBm25(made).search({"knee": 1.0}))
    assert len(found) == 39
    # tantivy keeps a length in one byte, up to an eighth too short
    assert dict(found) == pytest.approx(expected, rel=0.12)


def test_an_added_word_counts_less(tmp_path: Path) -> None:
    index = make(tmp_path / "l")
    weights = {"knee": 1.0, "bee": 0.25}
    same(index.search(weights, 100), SlowBm25(entries()).search(weights), rel=1e-5)


def test_titles_and_headings_are_found_too(tmp_path: Path) -> None:
    index = make(tmp_path / "l")
    assert [i for i, _ in index.search(ones("keeping honey"), 10)] == [5]
    assert [i for i, _ in index.search({"stair": 1.0}, 10)] == [3]


def test_the_depth_is_kept_and_no_words_find_nothing(tmp_path: Path) -> None:
    index = make(tmp_path / "l")
    assert len(index.search({"knee": 1.0}, 2)) == 2
    assert index.search({"knee": 1.0}, 0) == []
    assert index.search({}, 10) == []
    assert index.search({"zebra": 1.0}, 10) == []


def test_equal_scores_are_in_the_order_of_their_ids(tmp_path: Path) -> None:
    (tmp_path / "l").mkdir()
    made = [LexicalEntry(i, "", "knee pain") for i in (5, 3, 9, 1)]
    write(tmp_path / "l", add=made, create=True)
    assert [i for i, _ in LexicalIndex(tmp_path / "l").search({"knee": 1.0}, 10)] == [1, 3, 5, 9]


def test_named_passages_have_the_scores_that_a_search_gives(tmp_path: Path) -> None:
    index = make(tmp_path / "l")
    weights = {"knee": 1.0, "bent": 1.0, "stair": 0.5}
    full = dict(index.search(weights, 100))
    assert index.score(weights, [6, 3, 4, 99]) == pytest.approx({6: full[6], 3: full[3]})
    assert index.score(weights, []) == {}
    assert index.score({}, [1]) == {}
    assert index.score({"zebra": 1.0}, [1]) == {}


def test_in_how_many_passages_a_word_stands(tmp_path: Path) -> None:
    index = make(tmp_path / "l")
    assert [index.document_frequency(s) for s in ("knee", "bee", "zebra")] == [4, 2, 0]
    assert len(index) == 6


def test_words_spelt_alike_are_offered(tmp_path: Path) -> None:
    index = make(tmp_path / "l")
    assert "knee" in index.similar("knea")
    assert "straighten" in index.similar("straigthen")
    assert index.similar("zzzzzz") == []


def test_an_empty_index(tmp_path: Path) -> None:
    (tmp_path / "l").mkdir()
    write(tmp_path / "l", add=(), create=True)
    index = LexicalIndex(tmp_path / "l")
    assert (len(index), index.search({"knee": 1.0}, 10)) == (0, [])
    assert index.document_frequency("knee") == 0


# -- changing


def test_adding_step_by_step_is_as_building_at_once(tmp_path: Path) -> None:
    make(tmp_path / "steps", 1, 2)
    write(tmp_path / "steps", add=entries(3, 4), create=False)
    write(tmp_path / "steps", add=entries(5, 6), create=False)
    at_once, steps = make(tmp_path / "once"), LexicalIndex(tmp_path / "steps")
    assert len(steps) == 6
    for question in ("knee", "sitting knee", "bees may honey"):
        same(steps.search(ones(question), 10), at_once.search(ones(question), 10), rel=1e-6)


def test_deleting_leaves_the_hits_that_a_new_build_has(tmp_path: Path) -> None:
    make(tmp_path / "l")
    write(tmp_path / "l", add=entries(), delete=[2, 6, 99], create=False)
    # 2 and 6 are deleted, and then all six added: 1, 3, 4 and 5 would stand there twice
    write(tmp_path / "l", add=(), delete=list(TEXTS), create=False)
    assert len(LexicalIndex(tmp_path / "l")) == 0
    write(tmp_path / "l", add=entries(1, 3, 4, 5), create=False)
    changed, anew = LexicalIndex(tmp_path / "l"), make(tmp_path / "new", 1, 3, 4, 5)
    assert len(changed) == 4
    for question in ("knee", "sitting knee", "bees may honey", "going down stairs"):
        assert [i for i, _ in changed.search(ones(question), 10)] == [
            i for i, _ in anew.search(ones(question), 10)
        ]


def test_deleting_does_not_find_the_deleted(tmp_path: Path) -> None:
    make(tmp_path / "l")
    write(tmp_path / "l", add=(), delete=[6, 1], create=False)
    index = LexicalIndex(tmp_path / "l")
    assert sorted(i for i, _ in index.search({"knee": 1.0}, 10)) == [2, 3]
    assert index.score({"knee": 1.0}, [1, 2, 6]).keys() == {2}
    assert len(index) == 4


def test_large_ids(tmp_path: Path) -> None:
    (tmp_path / "l").mkdir()
    big = 2**40 + 1
    write(tmp_path / "l", add=[LexicalEntry(big, "", "knee"), *entries(4)], create=True)
    assert [i for i, _ in LexicalIndex(tmp_path / "l").search({"knee": 1.0}, 10)] == [big]
    write(tmp_path / "l", add=(), delete=[big], create=False)
    assert LexicalIndex(tmp_path / "l").search({"knee": 1.0}, 10) == []


# -- damage


def test_every_file_torn_garbled_or_gone_is_damage_or_does_no_harm(tmp_path: Path) -> None:
    make(tmp_path / "l")
    expected = LexicalIndex(tmp_path / "l").search({"knee": 1.0}, 10)
    harmless = set()
    for path in sorted((tmp_path / "l").iterdir()):
        for how in ("torn", "garbled", "gone"):
            shutil.rmtree(tmp_path / "copy", ignore_errors=True)
            copy = Path(shutil.copytree(tmp_path / "l", tmp_path / "copy")) / path.name
            content = copy.read_bytes()
            if how == "gone":
                copy.unlink()
            else:
                copy.write_bytes(
                    content[:-20] if how == "torn" else bytes(255 - b for b in content)
                )
            try:
                found = LexicalIndex(tmp_path / "copy").search({"knee": 1.0}, 10)
            except Damaged as error:
                assert error.hint.startswith("Run: patella doctor")
            else:
                assert found == expected
                harmless.add(path.suffix or path.name)
    assert harmless <= {".lock", ".json"}


def test_a_folder_without_an_index_is_damage(tmp_path: Path) -> None:
    with pytest.raises(Damaged, match="cannot be read"):
        LexicalIndex(tmp_path)
    with pytest.raises(Damaged, match="cannot be read"):
        write(tmp_path / "none", add=(), create=True)


def test_a_disk_that_refuses_is_told(tmp_path: Path) -> None:
    make(tmp_path / "l")

    def breaking():
        yield LexicalEntry(7, "", "knee")
        raise OSError(28, "No space left on device")

    with pytest.raises(Unwritable, match="No space left") as caught:
        write(tmp_path / "l", add=breaking(), create=False)
    assert caught.value.hint == "Free some space, then run: patella index"
    assert len(LexicalIndex(tmp_path / "l")) == 6


def test_spoilt_bytes_anywhere_are_damage_or_do_no_harm(tmp_path: Path) -> None:
    make(tmp_path / "whole")
    chance = random.Random(5)
    spoilt = tmp_path / "spoilt"
    ends: Counter[str] = Counter()
    for path in sorted(p for p in (tmp_path / "whole").iterdir() if p.stat().st_size):
        for _ in range(12):
            shutil.copytree(tmp_path / "whole", spoilt)
            data = bytearray(path.read_bytes())
            place = chance.randrange(len(data))
            if chance.random() < 0.5:
                data[place] ^= 1 << chance.randrange(8)
            else:
                data[place : place + 64] = bytes(len(data[place : place + 64]))
            (spoilt / path.name).write_bytes(data)
            try:
                index = LexicalIndex(spoilt)
                index.search(ones("sitting hurts the knee"), 10)
                index.score(ones("stairs knee"), list(TEXTS))
                index.similar("sittng")
                ends["no harm"] += 1
            except Damaged as error:
                # what tantivy's own checks stop on has no Exception as its base
                cause = type(error.__cause__).__name__
                ends["panic" if cause == "PanicException" else "damage"] += 1
            shutil.rmtree(spoilt)
    assert ends["damage"] > 10
    assert ends["panic"] > 0
