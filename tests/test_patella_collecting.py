"""Old generations are collected; what is served, shared, or may still be held stays."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner

from corpus.errors import NotFound, UsageError
from corpus.receipts import KeptAnswer, KeptQuote
from patella import cli
from patella.collecting import collect
from patella.engine import Engine
from patella.publishing import kept_generations
from patella.writer import Writer
from tests.workbench_helpers import BEES, SITTING, STAIRS, build, copied, served, with_settings


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four generations: stairs; sitting beside it; stairs written anew; sitting gone and bees come."""
    data = tmp_path_factory.mktemp("built") / "data"
    build(
        data,
        {"stairs.md": STAIRS},
        {"sitting.md": SITTING},
        {"stairs.md": STAIRS.replace("more", "far more")},
        {"sitting.md": "", "bees.md": BEES},
    )
    return data


@pytest.fixture
def engine(built: Path, tmp_path: Path) -> Iterator[Engine]:
    """A copy of that library."""
    with copied(built, tmp_path / "data") as opened:
        yield opened


def numbers(engine: Engine) -> list[int]:
    return [one.number for one in kept_generations(engine)]


def test_what_only_old_generations_held_goes_and_the_rest_answers(engine: Engine) -> None:
    vectors = engine.builder()._vectors.count()
    gone = collect(engine, keep=1, grace=-1)
    assert (gone.generations, gone.versions, gone.originals) == (3, 2, 2)
    assert engine.builder()._vectors.count() == vectors - gone.vectors
    assert gone.vectors == 3  # two passages, and the title that no other has
    assert numbers(engine) == [4]
    assert served(engine) == ["bees", "stairs"]
    assert engine.search("does the knee load more on stairs").hits[0].document.id == "stairs"
    assert engine.builder().pending() == []
    again = collect(engine, keep=1, grace=-1)
    assert (again.generations, again.versions, again.vectors, again.originals) == (0, 0, 0, 0)


def test_what_a_reader_may_still_hold_stays(engine: Engine) -> None:
    gone = collect(engine, keep=1)
    assert (gone.generations, gone.versions) == (0, 0)
    assert numbers(engine) == [4, 3, 2, 1]


def test_an_older_one_that_is_served_stays_and_can_be_left_again(engine: Engine) -> None:
    Writer(engine).roll_back(2)
    collect(engine, keep=1, grace=-1)
    assert numbers(engine) == [4, 2]
    assert served(engine) == ["sitting", "stairs"]
    Writer(engine).roll_back(4)
    assert served(engine) == ["bees", "stairs"]


def test_a_shared_answer_keeps_the_version_that_it_quotes(engine: Engine) -> None:
    old = engine.store.documents(2)[0]
    assert old.id == "sitting"
    quote = KeptQuote("quote", old.id, old.version_id, 0, 7, "0" * 64, (), None, "", "", "")
    engine.store.receipts.put(KeptAnswer("sitting", "answered", 2, "", (quote,)), most=9)
    gone = collect(engine, keep=1, grace=-1)
    assert (gone.versions, gone.originals) == (1, 1)
    assert engine.originals.get(old.original_sha).decode() == SITTING
    assert engine.store.version(old.version_id).id == "sitting"
    with pytest.raises(NotFound):
        engine.open_source("sitting")


def test_a_number_is_never_given_twice(engine: Engine) -> None:
    collect(engine, keep=1, grace=-1)
    assert Writer(engine).hide(["bees"]).generation == 5


def test_a_setting_collects_after_each_publishing(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("patella.writer.collect", partial(collect, grace=-1))
    with_settings(engine, keep_generations=2)
    Writer(engine).hide(["bees"])
    assert numbers(engine) == [5, 4]


def test_the_command_says_what_went(engine: Engine) -> None:
    data = ["--data-dir", str(engine.settings.data_dir)]
    result = CliRunner().invoke(cli.main, [*data, "collect", "--keep", "2", "--json"])
    assert result.exit_code == 0, result.output
    removed = {"generations": 0, "versions": 0, "originals": 0}
    assert removed.items() <= json.loads(result.stdout)["removed"].items()
    none = CliRunner().invoke(cli.main, [*data, "collect", "--keep", "0"])
    assert none.exit_code == 2


def test_none_cannot_be_kept(engine: Engine) -> None:
    with pytest.raises(UsageError, match="At least one"):
        collect(engine, keep=0)
