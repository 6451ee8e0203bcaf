"""The small form of token vectors, beside the vectors that it was made of."""

from __future__ import annotations

import numpy as np
import pytest

from answer.compact import nearest, pack, tokens_in, unpack


def rows(count: int, dimension: int, seed: int = 0) -> np.ndarray:
    made = np.random.default_rng(seed).standard_normal((count, dimension)).astype(np.float32)
    made[:, 0] *= 8  # as real models have it: some dimensions are much larger than others
    return made / np.linalg.norm(made, axis=1, keepdims=True)


@pytest.mark.parametrize(("dimension", "size"), [(384, 194), (64, 34), (6, 5), (7, 6)])
def test_a_token_takes_half_a_byte_a_dimension_and_two(dimension: int, size: int) -> None:
    packed = pack(rows(5, dimension))
    assert len(packed) == 5 * size
    assert tokens_in(packed, dimension) == 5
    assert unpack(packed, dimension).shape == (5, dimension)


def test_what_comes_back_is_nearly_what_was_given() -> None:
    given = rows(50, 384)
    back = unpack(pack(given), 384)
    cosines = (given * back).sum(axis=1) / np.linalg.norm(back, axis=1)
    assert cosines.min() > 0.99
    assert (given * back).sum(axis=1) == pytest.approx(np.ones(50), abs=1e-3)
    assert pack(given) == pack(given.copy())


def test_the_nearest_token_of_each_text_beside_a_slow_count() -> None:
    texts = [rows(n, 384, seed=n) for n in (1, 7, 3)]
    query = np.concatenate([texts[1][2:4], rows(2, 384, seed=99)])
    found = nearest(query, [pack(text) for text in texts], 384)
    assert found.shape == (3, 4)
    wanted = [[max(float(q @ t) for t in text) for q in query] for text in texts]
    assert found == pytest.approx(np.array(wanted), abs=0.02)
    back = [[max(float(q @ t) for t in unpack(pack(text), 384)) for q in query] for text in texts]
    assert found == pytest.approx(np.array(back), abs=1e-4)


def test_a_text_without_tokens_is_near_nothing() -> None:
    nothing = pack(np.zeros((1, 384), np.float32))
    assert nearest(rows(2, 384), [nothing], 384).tolist() == [[0, 0]]
    assert not unpack(nothing, 384).any()


@pytest.mark.parametrize("packed", [b"", b"1", b"x" * 195])
def test_what_is_none_of_ours_is_told(packed: bytes) -> None:
    with pytest.raises(ValueError, match="dimension"):
        tokens_in(packed, 384)
