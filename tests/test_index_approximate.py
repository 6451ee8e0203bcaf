"""Large segments, searched approximately, against the exact scan of the same rows."""

from __future__ import annotations

import functools
import json
from pathlib import Path

import numpy as np
import pytest

from corpus.errors import Damaged
from index import approximate
from index.approximate import Setting, lists_for, load_setting, tune
from index.vectors import QUESTION_WEIGHT, TITLE_WEIGHT, Segment, VectorIndex
from tests.segment_helpers import write

DIMENSION, ROWS = 64, 6000


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@functools.cache
def subjects(seed: int, rows: int, share: float = 0.7) -> np.ndarray:
    """Return vectors of 40 subjects, the same ones at every seed; row n is of subject n % 40."""
    middles = np.random.default_rng(1).normal(size=(40, DIMENSION))
    own = np.random.default_rng(seed).normal(size=(rows, DIMENSION))
    return unit(middles[np.arange(rows) % 40] + share * own)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A segment of 6,000 passages, ids from 1 in falling order, and 3,000 listed questions."""
    titles = subjects(3, 200)[np.arange(ROWS) % 200]
    return write(
        tmp_path_factory.mktemp("large") / "seg",
        list(range(ROWS, 0, -1)),
        subjects(2, ROWS),
        titles,
        questions=subjects(4, 3000),
        owners=sorted(range(1, 3001)),
        exact_up_to=1000,
    )


@pytest.fixture(scope="module")
def segment(large: Path) -> Segment:
    return Segment(large)


def truth(query: np.ndarray) -> np.ndarray:
    """Return the score of each passage of ``large``, by its id - 1."""
    cosines = subjects(2, ROWS) @ query
    asked = np.zeros(ROWS, np.float32)
    asked[ROWS - 3000 :] = (subjects(4, 3000) @ query)[::-1]
    lift = QUESTION_WEIGHT * np.maximum(0, asked - cosines)
    lift[: ROWS - 3000] = 0
    titles = (subjects(3, 200) @ query)[np.arange(ROWS) % 200]
    scores: np.ndarray = cosines + TITLE_WEIGHT * titles + lift
    return scores[::-1]


def shares(segment: Segment, within: np.ndarray | None = None) -> float:
    """Return the recall@10 of 50 questions; every score must be exact."""
    taken = np.arange(1, ROWS + 1) if within is None else within
    mask = segment.mask(taken) if within is not None else None
    found = wanted = 0
    for query in subjects(9, 50):
        scores = truth(query)
        best = taken[np.argsort(-scores[taken - 1])][:10]
        mine = sorted(segment.search(query, 100, mask), key=lambda h: -h.score)[:10]
        ids = [hit.passage_id for hit in mine]
        assert set(ids) <= set(taken.tolist())
        assert [hit.score for hit in mine] == pytest.approx(scores[np.array(ids) - 1], abs=1e-5)
        found += len(set(ids) & set(best.tolist()))
        wanted += len(best)
    return found / wanted


def test_the_crossover_is_the_one_measured() -> None:
    assert approximate.EXACT_UP_TO == 50_000
    assert [lists_for(n) for n in (1_000, 50_000, 100_000, 1_000_000)] == [128, 1024, 1024, 4096]


def test_a_small_segment_has_no_approximate_index(tmp_path: Path) -> None:
    rows = subjects(2, 100)
    folder = write(tmp_path / "seg", list(range(100)), rows, rows, exact_up_to=100)
    assert not list(folder.glob("*.near.*"))
    assert Segment(folder).approximate() is None


def test_a_large_segment_keeps_how_it_is_searched(large: Path, segment: Segment) -> None:
    assert sorted(p.name for p in large.glob("*.near.*")) == [
        "passages.near.faiss",
        "passages.near.json",
        "questions.near.faiss",
        "questions.near.json",
    ]
    setting = segment.approximate()
    assert setting is not None
    assert (setting.lists, setting.exact_up_to, setting.sampled) == (256, 1000, 400)
    assert setting.probes < setting.lists
    assert setting.recall >= 0.99
    assert setting.deep_recall >= 0.95


def test_what_is_found_is_what_the_exact_scan_finds(segment: Segment) -> None:
    assert shares(segment) >= 0.98


def test_the_exact_scan_of_a_large_segment_is_the_one_of_a_small(
    large: Path, segment: Segment, tmp_path: Path
) -> None:
    titles = subjects(3, 200)[np.arange(ROWS) % 200]
    flat = Segment(
        write(
            tmp_path / "seg",
            list(range(ROWS, 0, -1)),
            subjects(2, ROWS),
            titles,
            questions=subjects(4, 3000),
            owners=sorted(range(1, 3001)),
        )
    )
    for query in subjects(8, 3):
        assert segment.search_exactly(query, 50) == flat.search(query, 50)
        named = [7, 4000, 123456]
        assert segment.score(query, named) == flat.score(query, named)


def test_deleted_passages_are_never_found(large: Path) -> None:
    gone = np.arange(1, ROWS, 7)
    segment = Segment(large, deleted=gone)
    assert segment.live() == ROWS - len(gone)
    for query in subjects(9, 20):
        assert not {h.passage_id for h in segment.search(query, 100)} & set(gone.tolist())
    kept = np.setdiff1d(np.arange(1, ROWS + 1), gone)
    assert shares(segment, kept) >= 0.98


@pytest.mark.parametrize("kept", [5000, 2000, 50])
def test_filters_are_kept_while_searching(segment: Segment, kept: int) -> None:
    within = np.random.default_rng(kept).permutation(ROWS)[:kept] + 1
    assert shares(segment, within) >= 0.98


def test_a_filter_that_nothing_passes_finds_nothing(segment: Segment) -> None:
    assert segment.search(subjects(9, 1)[0], 10, segment.mask(np.array([ROWS + 1]))) == []


def test_a_filter_of_other_subjects_than_the_question_finds_its_own(segment: Segment) -> None:
    """The lists nearest to most of the questions hold nothing that passes."""
    within = ROWS - np.flatnonzero(np.arange(ROWS) % 40 >= 30)
    assert segment.mask(within).passages.count == 1500
    assert shares(segment, within) >= 0.98


def test_large_and_small_segments_are_searched_as_one(segment: Segment, tmp_path: Path) -> None:
    query = subjects(9, 1)
    small = Segment(write(tmp_path / "seg", [9000], query, query))
    index = VectorIndex([segment, small])
    found = index.search(query[0], 10)
    assert [h.passage_id for h in found] == [
        h.passage_id for h in index.search_exactly(query[0], 10)
    ]
    assert found[0].passage_id == 9000


def test_where_nothing_finds_enough_the_scan_stays_exact(tmp_path: Path) -> None:
    noise = unit(np.random.default_rng(5).normal(size=(1500, 384)))
    folder = write(tmp_path / "seg", list(range(1500)), noise, noise, exact_up_to=1000)
    assert Segment(folder).approximate() is None
    assert not list(folder.glob("*.near.*"))


@pytest.mark.parametrize("name", ["passages.near.faiss", "questions.near.json"])
@pytest.mark.parametrize("content", [b"", b"garbage" * 30, b'{"lists": 256}'])
def test_a_spoilt_approximate_index_is_damage(
    large: Path, tmp_path: Path, name: str, content: bytes
) -> None:
    folder = tmp_path / "seg"
    folder.mkdir()
    for path in large.iterdir():
        (folder / path.name).write_bytes(content if path.name == name else path.read_bytes())
    with pytest.raises(Damaged, match="cannot be read"):
        Segment(folder)


def test_an_index_of_other_vectors_is_damage(large: Path, tmp_path: Path) -> None:
    rows = subjects(6, 1100)
    folder = write(tmp_path / "seg", list(range(1100)), rows, rows, exact_up_to=1000)
    for path in large.glob("passages.near.*"):
        (folder / path.name).write_bytes(path.read_bytes())
    with pytest.raises(Damaged, match="cannot be read"):
        Segment(folder)


def test_a_setting_is_read_as_it_was_kept(tmp_path: Path) -> None:
    setting = Setting(256, 12, 400, 0.9925, 0.961, 400, 50_000)
    setting.save(tmp_path / "one.json")
    assert load_setting(tmp_path / "one.json") == setting
    (tmp_path / "two.json").write_text(json.dumps({"lists": 0}))
    with pytest.raises(ValueError, match=r"two\.json holds no setting"):
        load_setting(tmp_path / "two.json")


def test_the_cheapest_setting_that_finds_enough_is_taken() -> None:
    best = np.arange(100).reshape(1, -1)

    def search(probes: int, width: int) -> list[np.ndarray]:
        # a wider look finds more of what lies in the lists looked through
        return [np.arange(100 if probes >= 10 and width >= 800 else 60)]

    assert tune(256, best, search) == Setting(256, 11, 800, 1.0, 1.0, 1)
    assert tune(256, best, lambda probes, width: [np.arange(90)]) is None
