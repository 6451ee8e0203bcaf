"""Passages that say the same fold into one, as a slow count of shared runs of words has it."""

from __future__ import annotations

import random

from index.fold import ALIKE, SHINGLE, fold, forget_passages, shingles
from index.lexical import words
from index.passage_words import marks, passage_words
from index.stemmers import ENGLISH
from tests.library_helpers import hit

FIRST = "Sitting presses the kneecap against the thigh bone, because a bent knee loads the joint."
OTHER = "Taping eased pain at once in several small trials and made no clear difference later."


def runs(text: str) -> set[tuple[str, ...]]:
    stems = [stem for _, _, stem in words(text) if stem]
    return {tuple(stems[i : i + SHINGLE]) for i in range(max(1, len(stems) - SHINGLE + 1))}


def slowly(texts: list[str]) -> list[list[int]]:
    """Return the places of each that is kept, its repeats after it."""
    kept: list[list[int]] = []
    for place, text in enumerate(texts):
        for group in kept:
            mine, other = runs(text), runs(texts[group[0]])
            if mine & other and len(mine & other) >= ALIKE * len(mine | other):
                group.append(place)
                break
        else:
            kept.append([place])
    return kept


def quickly(texts: list[str]) -> list[list[int]]:
    hits = [hit(text) for text in texts]
    places = {id(one.passage): place for place, one in enumerate(hits)}
    return [
        [places[id(one.passage)], *(places[id(also.passage)] for also in one.also_in)]
        for one in fold(hits)
    ]


def test_a_repeat_is_named_by_the_better_one() -> None:
    assert quickly([FIRST, OTHER, FIRST.upper(), f"{FIRST} {OTHER}"]) == [[0, 2], [1], [3]]


def test_short_ones_and_none() -> None:
    assert quickly([]) == []
    assert quickly(["knee", "hip", "Knee.", "the knee joint"]) == [[0, 2], [1], [3]]


def test_it_is_what_a_slow_count_says() -> None:
    chance = random.Random(5)
    known = [f"{FIRST.split()[n % 14]} {OTHER.split()[n % 15]} number {n}" for n in range(12)]
    for _ in range(40):
        texts = [" ".join(chance.choices(known, k=chance.randint(1, 6))) for _ in range(12)]
        assert quickly(texts) == slowly(texts)


def test_words_that_were_met_are_found_again_and_forgotten_when_told() -> None:
    assert marks([(FIRST, ENGLISH)], {"knee"}) == [((67, 71),)]
    assert marks([(FIRST, ENGLISH)], {"knee"}) == [((67, 71),)]
    assert FIRST[67:71] == "knee"
    shingles(FIRST)
    assert passage_words.cache_info().currsize and shingles.cache_info().currsize
    forget_passages()
    assert passage_words.cache_info().currsize == shingles.cache_info().currsize == 0
