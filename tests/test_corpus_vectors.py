"""The store of vectors: by the encoder's exact input, each model apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from corpus.errors import Damaged, Unwritable
from corpus.vectors import VectorStore


@pytest.fixture
def vectors(tmp_path: Path):
    opened = VectorStore(tmp_path / "deep" / "vectors.db", model="m/1", dimension=3)
    yield opened
    opened.close()


def test_vectors_come_back_in_the_order_asked_for(vectors: VectorStore) -> None:
    vectors.put(["a", "b"], np.array([[1, 2, 3], [4, 5, 6]], np.float32))
    found = vectors.get(["b", "a", "b"])
    assert found.tolist() == [[4, 5, 6], [1, 2, 3], [4, 5, 6]]
    assert found.dtype == np.float32
    assert vectors.get([]).shape == (0, 3)


def test_every_bit_is_kept(vectors: VectorStore) -> None:
    values = np.array([[1 / 3, 1e-30, -0.0]], np.float32)
    vectors.put(["a"], values[:, ::1].astype(np.float64).astype(np.float32))
    assert vectors.get(["a"]).tobytes() == values.tobytes()


def test_a_missing_one_is_named(vectors: VectorStore) -> None:
    vectors.put(["a"], np.zeros((1, 3), np.float32))
    with pytest.raises(KeyError, match="nowhere"):
        vectors.get(["a", "nowhere"])
    assert vectors.missing(["x", "a", "y", "x"]) == ["x", "y"]


def test_more_keys_than_one_statement_takes(vectors: VectorStore) -> None:
    keys = [f"k{n}" for n in range(1201)]
    vectors.put(keys, np.repeat(np.arange(1201, dtype=np.float32)[:, None], 3, axis=1))
    assert vectors.get(list(reversed(keys)))[:2, 0].tolist() == [1200, 1199]
    assert vectors.missing([*keys, "new"]) == ["new"]
    assert vectors.count() == 1201


def test_a_vector_is_replaced(vectors: VectorStore) -> None:
    vectors.put(["a"], np.zeros((1, 3), np.float32))
    vectors.put(["a"], np.ones((1, 3), np.float32))
    assert vectors.get(["a"]).tolist() == [[1, 1, 1]]
    assert vectors.count() == 1


def test_keys_and_vectors_must_be_as_many(vectors: VectorStore) -> None:
    with pytest.raises(ValueError, match="shorter"):
        vectors.put(["a", "b"], np.zeros((1, 3), np.float32))
    assert vectors.count() == 0


def test_models_are_kept_apart_in_one_file(vectors: VectorStore, tmp_path: Path) -> None:
    vectors.put(["a"], np.zeros((1, 3), np.float32))
    other = VectorStore(tmp_path / "deep" / "vectors.db", model="m/2", dimension=2)
    assert (other.count(), other.missing(["a"])) == (0, ["a"])
    other.put(["a"], np.ones((1, 2), np.float32))
    assert vectors.get(["a"]).tolist() == [[0, 0, 0]]
    assert other.get(["a"]).tolist() == [[1, 1]]
    other.close()


def test_they_are_there_after_opening_again(vectors: VectorStore, tmp_path: Path) -> None:
    vectors.put(["a"], np.ones((1, 3), np.float32))
    vectors.close()
    again = VectorStore(tmp_path / "deep" / "vectors.db", model="m/1", dimension=3)
    assert again.get(["a"]).tolist() == [[1, 1, 1]]
    assert again.integrity() == "ok"
    again.close()


def test_a_file_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * 2000)
    with pytest.raises(Damaged):
        VectorStore(tmp_path / "file", model="m", dimension=3)
    with pytest.raises(Unwritable):
        VectorStore(tmp_path / "file" / "vectors.db", model="m", dimension=3)
