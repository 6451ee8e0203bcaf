"""What is freed is given back to the system when a generation is taken up."""

from __future__ import annotations

import gc
import os
import platform
import random
from collections.abc import Callable

import pytest

from answer import sentences
from bench.processes import private
from index.fold import shingles
from index.passage_words import passage_words
from index.stemmers import ENGLISH
from patella.memory import few_arenas, give_back, settle

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc alone keeps it")


def test_freed_memory_is_given_back() -> None:
    held = [bytes(1000) for _ in range(60_000)]
    # what lies at the end keeps the rest from being given back by itself
    last = [bytes(1000) for _ in range(10)]
    full = private(os.getpid())
    held.clear()
    give_back()
    assert full - private(os.getpid()) > 30_000_000
    assert len(last) == 10


def test_arenas_can_be_set() -> None:
    assert few_arenas()


def test_no_word_of_a_sentence_is_held_after_forgetting() -> None:
    sentences._stems("a withdrawn sentence")
    assert sentences._stems.cache_info().currsize > 0
    sentences.forget_words()
    assert sentences._stems.cache_info().currsize == 0


def test_what_is_there_at_the_start_is_no_longer_looked_through() -> None:
    threshold = gc.get_threshold()
    try:
        settle()
        assert gc.get_freeze_count() > 10_000
        assert gc.get_threshold()[0] == 10_000
    finally:
        gc.unfreeze()
        gc.set_threshold(*threshold)


def test_what_is_kept_of_texts_met_before_ends_at_its_bound() -> None:
    words = [f"w{n}" for n in range(5_000)]
    chance = random.Random(1)
    kept: dict[str, tuple[Callable[[str], object], int]] = {
        "passages": (lambda text: passage_words(text, ENGLISH), 3_000),
        "near-duplicates": (shingles, 2_000),
        "sentences": (sentences._stems, 5_000),
    }
    for name, (meet, bound) in kept.items():
        for _ in range(bound):
            meet(" ".join(chance.choices(words, k=100)))
        gc.collect()
        give_back()
        full = private(os.getpid())
        for _ in range(bound):
            meet(" ".join(chance.choices(words, k=100)))
        gc.collect()
        give_back()
        assert private(os.getpid()) - full < 1_000_000, name
