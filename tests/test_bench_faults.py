"""A short form of make faults: spoilt files, a full or failing disk, other formats, a wrong clock."""

from __future__ import annotations

import pytest

from bench.fault_cases import CASES
from bench.faults import KINDS, Ground, failing_disk, full_disk, reader_during, single, spoilt_files
from bench.full_disk import may_mount


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    return Ground(tmp_path_factory.mktemp("ground"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_spoilt_file_is_mended_or_told(ground: Ground, kind: str) -> None:
    found = spoilt_files(ground, kind, rounds=1, ways=("gone",) if kind == "lexical" else ("bit",))
    assert found.lost == []
    assert found.tried >= 1


def test_a_disk_that_is_full_or_fails_costs_nothing(ground: Ground) -> None:
    found = failing_disk(ground, sizes=(4000,), points=("publish.words", "seal.renamed"))
    assert found.lost == []
    assert found.outcomes["refused in words, the next run whole"] >= 4


def test_a_disk_that_is_really_full_or_read_only_costs_nothing(ground: Ground) -> None:
    if not may_mount(ground.root):
        pytest.skip("no disk may be mounted here")
    found = full_disk(ground, rooms=(8_000,))
    assert found.lost == []
    assert found.outcomes == {"refused in words, the next run whole": 4}


def test_a_reader_during_a_publishing_is_answered(ground: Ground) -> None:
    found = reader_during(ground)
    assert found.lost == []
    assert found.tried > 10


@pytest.mark.parametrize("name", CASES)
def test_what_should_come_of_it_does(ground: Ground, name: str) -> None:
    assert single(CASES[name], ground).lost == []
