"""Token vectors of sentences are made once: from memory, from the file, else by the encoder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from answer.token_cache import TokenCache
from corpus.kept_tokens import KeptTokens
from index.embed import HashEncoder, Vectors

SIZE = 34
"""Bytes of a token of 64 dimensions."""


class CountingTokens(HashEncoder):
    def __init__(self, identity: str = "counting") -> None:
        super().__init__()
        self.identity = identity
        self.seen: list[str] = []

    def encode_tokens(self, texts: Sequence[str]) -> list[Vectors]:
        self.seen += texts
        return super().encode_tokens(texts)


@pytest.fixture
def kept(tmp_path: Path) -> KeptTokens:
    return KeptTokens(tmp_path / "tokens.db", limit=10_000_000)


def test_a_text_is_encoded_once() -> None:
    encoder = CountingTokens()
    cache = TokenCache(encoder)
    first = cache.get(["a b", "c", "a b"])
    again = cache.get(["c", "d"])
    assert encoder.seen == ["a b", "c", "d"]
    assert [len(rows) for rows in first] == [2, 1, 2]
    assert np.array_equal(first[1], again[0])
    assert first[0].dtype == np.float32


def test_the_nearest_in_the_order_given() -> None:
    encoder = CountingTokens()
    query = encoder.encode_tokens(["knee pain"])[0]
    found = TokenCache(encoder).nearest(query, ["pain here", "the knee", "pain here"])
    assert found == pytest.approx(np.array([[0, 1], [1, 0], [0, 1]]), abs=0.03)


def test_memory_is_bounded_and_forgets_the_least_lately_used() -> None:
    encoder = CountingTokens()
    cache = TokenCache(encoder, memory=2 * SIZE)
    cache.get(["a", "b"])
    cache.get(["a"])
    cache.get(["c"])
    encoder.seen.clear()
    cache.get(["a"])
    cache.get(["c"])
    assert encoder.seen == []
    cache.get(["b"])
    assert encoder.seen == ["b"]


def test_more_texts_than_memory_holds_are_all_given() -> None:
    cache = TokenCache(CountingTokens(), memory=2 * SIZE)
    assert [len(rows) for rows in cache.get(["a", "b c", "d e f", "g"])] == [1, 2, 3, 1]


def test_another_process_finds_what_the_file_has(kept: KeptTokens) -> None:
    first = TokenCache(CountingTokens(), kept=kept).get(["a b", "c"])
    other = CountingTokens()
    again = TokenCache(other, kept=KeptTokens(kept.path, limit=10_000_000)).get(["a b", "c", "d"])
    assert other.seen == ["d"]
    assert all(np.array_equal(x, y) for x, y in zip(first, again, strict=False))


def test_another_model_finds_nothing(kept: KeptTokens) -> None:
    TokenCache(CountingTokens("one"), kept=kept).get(["a"])
    other = CountingTokens("two")
    TokenCache(other, kept=kept).get(["a"])
    assert other.seen == ["a"]


def test_what_does_not_fit_is_made_anew(kept: KeptTokens) -> None:
    encoder = CountingTokens()
    cache = TokenCache(encoder, kept=kept)
    kept.put({cache.key("a"): b"whole, and of another shape"}, epoch=0)
    assert [len(rows) for rows in cache.get(["a"])] == [1]
    assert encoder.seen == ["a"]


def test_filling_makes_what_the_file_lacks(kept: KeptTokens) -> None:
    encoder = CountingTokens()
    cache = TokenCache(encoder, kept=kept)
    cache.get(["a"])
    assert cache.fill(["a", "b", "c", "b"]) == 2
    assert encoder.seen == ["a", "b", "c"]
    assert cache.fill(["a", "b", "c"]) == 0
    assert TokenCache(encoder).fill(["d"]) == 0


def test_after_a_withdrawal_nothing_read_before_is_kept(kept: KeptTokens) -> None:
    encoder = CountingTokens()
    cache = TokenCache(encoder, kept=kept)
    kept.keep_only([], withdrawn=True)
    assert [len(rows) for rows in cache.get(["withdrawn words"])] == [2]
    assert kept.count() == 0
    assert cache.stale
    renewed = cache.renewed()
    assert not renewed.stale
    renewed.get(["other"])
    assert kept.count() == 1
