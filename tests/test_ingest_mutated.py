"""Offsets hold for whatever a reader of any format makes of a damaged file; the long run is a command."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.fuzz_mutations import Seed, mutate
from bench.fuzz_readers import KINDS, SEEDS
from corpus.errors import ReadError
from ingest.chunk import chunk
from ingest.read import read_bytes
from tests.ingest_helpers import check_extract, check_passages, count_tokens


@pytest.mark.parametrize("kind", KINDS)
@given(number=st.integers(0, 10**9))
@settings(max_examples=10, deadline=None, derandomize=True)
def test_text_and_passages_agree_or_the_error_is_in_words(kind: str, number: int) -> None:
    random = Random(number)
    _, suffix, path = random.choice([one for one in SEEDS if one[0] == kind])
    data = mutate(Seed(path.name, kind, path.read_bytes()), random)
    try:
        extract = read_bytes(data, name=f"a.{suffix}")
    except ReadError as error:
        assert str(error).endswith((".", "!", "?"))
        return
    check_extract(extract)
    passages = chunk(extract, title=extract.metadata.title, count_tokens=count_tokens, limit=128)
    check_passages(extract, passages, limit=128)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_number_gives_the_same_damage(kind: str) -> None:
    _, _, path = next(one for one in SEEDS if one[0] == kind)
    seed = Seed(path.name, kind, path.read_bytes())
    assert mutate(seed, Random(5)) == mutate(seed, Random(5))
    assert any(mutate(seed, Random(number)) != seed.data for number in range(3))
