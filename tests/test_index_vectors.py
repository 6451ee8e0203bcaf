"""Vector segments, against a slow reference in numpy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from corpus.errors import Damaged
from index.vectors import FILES, QUESTION_WEIGHT, TITLE_WEIGHT, DenseHit, Segment, VectorIndex
from tests.segment_helpers import write

DIMENSION = 8


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def made(seed: int, rows: int) -> np.ndarray:
    return unit(np.random.default_rng(seed).normal(size=(rows, DIMENSION)))


def slow(
    query: np.ndarray, ids: list[int], passages: np.ndarray, titles: np.ndarray, depth: int
) -> list[DenseHit]:
    hits = []
    for i, p, t in zip(ids, passages.astype(float), titles.astype(float), strict=True):
        cosine = sum(a * b for a, b in zip(p, query.astype(float), strict=True))
        title = sum(a * b for a, b in zip(t, query.astype(float), strict=True))
        hits.append(DenseHit(i, cosine + 0.4 * title, cosine))
    return sorted(hits, key=lambda h: (-h.score, h.passage_id))[:depth]


def same(found: list[DenseHit], expected: list[DenseHit]) -> None:
    assert [h.passage_id for h in found] == [h.passage_id for h in expected]
    for one, two in zip(found, expected, strict=True):
        assert one.score == pytest.approx(two.score, abs=1e-5)
        assert one.cosine == pytest.approx(two.cosine, abs=1e-5)


@pytest.fixture
def parts(tmp_path: Path):
    """Two segments of 40 and 25 rows with six titles, ids interleaved."""
    passages, titles = made(1, 65), made(2, 6)[np.arange(65) % 6]
    ids = [n * 7 % 997 for n in range(1, 66)]
    write(tmp_path / "seg-1", ids[:40], passages[:40], titles[:40])
    write(tmp_path / "seg-2", ids[40:], passages[40:], titles[40:])
    return tmp_path, ids, passages, titles


def test_titles_count_as_much_as_was_measured() -> None:
    assert TITLE_WEIGHT == 0.4


def test_literal_scores(tmp_path: Path) -> None:
    passages = np.array([[1, 0], [0, 1], [0.6, 0.8]], np.float32)
    titles = np.array([[0, 1], [0, 1], [1, 0]], np.float32)
    index = VectorIndex([Segment(write(tmp_path / "s", [10, 20, 30], passages, titles))])
    found = index.search(np.array([1, 0], np.float32), 3)
    same(found, [DenseHit(10, 1.0, 1.0), DenseHit(30, 1.0, 0.6), DenseHit(20, 0.0, 0.0)])


def test_a_segment_finds_what_the_reference_finds(parts) -> None:
    root, ids, passages, titles = parts
    segment = Segment(root / "seg-1")
    assert (segment.dimension, segment.live()) == (DIMENSION, 40)
    assert segment.passage_ids() == ids[:40]
    for query in made(3, 5):
        expected = slow(query, ids[:40], passages[:40], titles[:40], 10)
        same(segment.search(query, 10), expected)


def test_several_segments_are_searched_as_one(parts) -> None:
    root, ids, passages, titles = parts
    index = VectorIndex([Segment(root / "seg-1"), Segment(root / "seg-2")])
    assert len(index) == 65
    for query in made(4, 5):
        for depth in (1, 30, 65, 1000):
            same(index.search(query, depth), slow(query, ids, passages, titles, depth))
    assert index.search(made(4, 1)[0], 0) == []


def test_deleted_rows_are_never_found(parts) -> None:
    root, ids, passages, titles = parts
    gone = set(ids[3:40:4]) | {ids[41]}
    index = VectorIndex(
        [
            Segment(root / name, deleted=np.array(sorted(gone & set(part)), np.int64))
            for name, part in (("seg-1", ids[:40]), ("seg-2", ids[40:]))
        ]
    )
    kept = [n for n, i in enumerate(ids) if i not in gone]
    assert len(index) == len(kept) == 54
    for query in made(5, 5):
        expected = slow(query, [ids[n] for n in kept], passages[kept], titles[kept], 54)
        same(index.search(query, 100), expected)
        assert {h.passage_id for h in index.score(query, ids)} == {ids[n] for n in kept}


def test_a_segment_with_all_rows_deleted_finds_nothing(parts) -> None:
    root, ids, _, _ = parts
    segment = Segment(root / "seg-2", deleted=np.array(ids[40:], np.int64))
    assert (segment.live(), segment.passage_ids()) == (0, [])
    assert segment.search(made(1, 1)[0], 10) == []


def test_named_passages_have_the_scores_that_a_search_gives(parts) -> None:
    root, ids, passages, titles = parts
    index = VectorIndex([Segment(root / "seg-1"), Segment(root / "seg-2")])
    query = made(6, 1)[0]
    named = [ids[50], ids[0], ids[64], 123456]
    found = sorted(index.score(query, named), key=lambda h: (-h.score, h.passage_id))
    rows = [50, 0, 64]
    same(found, slow(query, [ids[n] for n in rows], passages[rows], titles[rows], 3))
    assert index.score(query, []) == []


def test_equal_scores_are_in_the_order_of_their_ids(tmp_path: Path) -> None:
    row = np.array([[0.6, 0.8]], np.float32)
    write(tmp_path / "a", [9, 4], row.repeat(2, axis=0), row.repeat(2, axis=0))
    write(tmp_path / "b", [7, 1], row.repeat(2, axis=0), row.repeat(2, axis=0))
    index = VectorIndex([Segment(tmp_path / "a"), Segment(tmp_path / "b")])
    assert [h.passage_id for h in index.search(row[0], 4)] == [1, 4, 7, 9]


def test_an_index_of_no_segments_is_empty() -> None:
    index = VectorIndex([])
    assert len(index) == 0
    assert index.search(made(1, 1)[0], 10) == []


def test_a_title_is_kept_once(parts) -> None:
    root, _, _, _ = parts
    assert np.load(root / "seg-1" / "titles.npy").shape == (6, DIMENSION)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_damage(parts, name: str) -> None:
    (parts[0] / "seg-1" / name).unlink()
    with pytest.raises(Damaged, match="cannot be read") as caught:
        Segment(parts[0] / "seg-1")
    assert caught.value.hint.startswith("Run: patella doctor")


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("content", [b"", b"\x93NUMPY garbage" * 10], ids=["empty", "garbage"])
def test_a_file_of_something_else_is_damage(parts, name: str, content: bytes) -> None:
    (parts[0] / "seg-1" / name).write_bytes(content)
    with pytest.raises(Damaged, match="cannot be read"):
        Segment(parts[0] / "seg-1")


@pytest.mark.parametrize("at", range(10, 110, 5))
@pytest.mark.parametrize(
    "name", ["passages.npy", "titles.npy", "title_rows.npy", "question_passages.npy"]
)
def test_zeros_in_a_header_are_damage_or_change_nothing(parts, name: str, at: int) -> None:
    path = parts[0] / "seg-1" / name
    content = bytearray(path.read_bytes())
    content[at : at + 18] = bytes(18)
    path.write_bytes(content)
    with pytest.raises(Damaged):
        Segment(parts[0] / "seg-1")


def test_a_torn_file_is_damage(parts) -> None:
    path = parts[0] / "seg-1" / "vectors.faiss"
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(Damaged):
        Segment(parts[0] / "seg-1")


@pytest.mark.parametrize("name", ["passages.npy", "title_rows.npy"])
def test_files_that_disagree_are_damage(parts, name: str) -> None:
    path = parts[0] / "seg-1" / name
    np.save(path, np.load(path)[:-1])
    with pytest.raises(Damaged, match="is incomplete"):
        Segment(parts[0] / "seg-1")


# -- listed questions


@pytest.fixture
def asked(tmp_path: Path):
    """Three passages, the first and the last with listed questions."""
    passages, questions = made(3, 3), made(4, 3)
    folder = tmp_path / "seg"
    titles = np.zeros_like(passages)
    write(folder, [5, 6, 7], passages, titles, questions=questions, owners=[5, 7, 7])
    return folder, passages, questions


def test_a_listed_question_lifts_its_passage(asked) -> None:
    folder, passages, questions = asked
    (first,) = Segment(folder).score(questions[2], [7])
    cosine = float(passages[2] @ questions[2])
    assert first.passage_id == 7
    assert first.cosine == pytest.approx(cosine, abs=1e-5)
    assert first.score == pytest.approx(cosine + QUESTION_WEIGHT * (1 - cosine), abs=1e-5)
    assert first.questions == pytest.approx((float(questions[1] @ questions[2]), 1.0), abs=1e-5)


def test_a_passage_far_by_its_text_is_found_by_its_question(asked) -> None:
    folder, passages, questions = asked
    nearest = max((0, 1, 2), key=lambda n: float(passages[n] @ questions[0]))
    found = {hit.passage_id for hit in Segment(folder).search(questions[0], 1)}
    assert found == {5 + nearest, 5}


def test_listed_questions_never_push_down(asked) -> None:
    folder, passages, _ = asked
    by_id = {h.passage_id: h for h in Segment(folder).score(passages[0], [5, 6, 7])}
    assert by_id[5].score == pytest.approx(1.0, abs=1e-5)
    assert by_id[6].questions == ()


def test_a_deleted_passage_is_not_found_by_its_questions(asked) -> None:
    folder, _, questions = asked
    segment = Segment(folder, deleted=np.array([7], np.int64))
    assert 7 not in {hit.passage_id for hit in segment.search(questions[2], 3)}
