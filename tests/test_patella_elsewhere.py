"""One library in PostgreSQL, used from two data directories: what one changes, the other follows at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.errors import LibraryError, Locked, Withdrawn
from patella.elsewhere import let_go
from patella.engine import Engine
from patella.job_desk import JobDesk
from patella.jobs import JobRunner
from patella.serve import prepare
from patella.writer import Writer
from tests.postgres_helpers import Server
from tests.workbench_helpers import (
    BEES,
    SITTING,
    STAIRS,
    drop,
    make_engine,
    read_in_process,
    served,
)


@pytest.fixture
def two(
    postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Engine, Engine]]:
    """At home, with two documents published; and elsewhere."""
    read_in_process(monkeypatch)
    address = postgres.address()
    settings = {
        "store_url": address.url,
        "store_schema": address.schema,
        "originals_url": str(tmp_path / "shared"),
    }
    home = make_engine(tmp_path / "home", **settings)
    drop(home, "sitting.md", SITTING)
    drop(home, "bees.md", BEES)
    Writer(home).index()
    there = make_engine(tmp_path / "there", **settings)
    yield home, there
    for engine in (home, there):
        engine.close()


def test_what_one_publishes_the_other_answers_by(two: tuple[Engine, Engine]) -> None:
    home, there = two
    assert there.generation() == home.generation()
    drop(home, "stairs.md", STAIRS)
    Writer(home).index()
    assert there.generation().id == 2
    assert served(there) == ["bees", "sitting", "stairs"]
    question = "going down stairs loads the knee"
    here, elsewhere = home.search(question), there.search(question)
    assert elsewhere.hits[0].document.id == "stairs"
    assert [hit.passage for hit in here.hits] == [hit.passage for hit in elsewhere.hits]


def test_away_from_home_nothing_is_changed(two: tuple[Engine, Engine]) -> None:
    home, there = two
    with pytest.raises(Locked, match="changed from another data directory"):
        Writer(there).index()
    with pytest.raises(Locked, match="changed from another data directory"):
        JobDesk(there, JobRunner(there)).add_text("Ice", "Ice helps.", by="ada")
    assert served(home) == ["bees", "sitting"]
    # what needs no files may be asked for anywhere, and is done at home
    desk = JobDesk(there, JobRunner(there))
    job = desk.hand_in("hide", {"documents": ["bees"]}, by="ada", title="bees")
    assert home.store.jobs.get(job.id).state == "queued"
    # the files, brought along, bring the right to change the library
    for name in ("home", "articles"):
        (home.settings.data_dir / name).rename(there.settings.data_dir / f"moved-{name}")
    (there.settings.data_dir / "moved-home").rename(there.settings.data_dir / "home")
    with pytest.raises(Locked, match="changed from another data directory"):
        Writer(home).index()


def test_one_that_takes_no_changes_never_becomes_the_home(postgres: Server, tmp_path: Path) -> None:
    address = postgres.address()
    engine = make_engine(
        tmp_path, store_url=address.url, store_schema=address.schema, takes_changes=False
    )
    assert prepare(engine) is None
    with pytest.raises(Locked, match="takes no changes"):
        Writer(engine).index()
    with pytest.raises(Locked, match="takes no changes"):
        JobDesk(engine, JobRunner(engine)).add_text("Ice", "Ice helps.", by="ada")
    assert engine.store.sharing.told("home") == ""
    with pytest.raises(LibraryError, match="no articles yet"):
        engine.search("ice")
    engine.close()


def test_two_writers_at_home_take_turns(two: tuple[Engine, Engine], postgres: Server) -> None:
    home, _ = two
    other = make_engine(
        home.settings.data_dir.parent / "volume",
        store_url=home.settings.store_url,
        store_schema=home.settings.store_schema,
    )
    # the same folder by another mount: its lock file does not hold there
    (other.settings.data_dir / "home").write_bytes((home.settings.data_dir / "home").read_bytes())
    busy = r"Another process is changing this library \(process \d+ on "
    with Writer(home).locked(), pytest.raises(Locked, match=busy), Writer(other).locked():
        pass
    other.close()


def test_a_withdrawn_document_is_let_go_of_everywhere(two: tuple[Engine, Engine]) -> None:
    home, there = two
    (document,) = (d for d in home.documents() if d.id == "bees")
    there.ask("when do bees leave the hive")
    kept = there.tokens.kept
    assert kept is not None
    sentence = "Bees leave the hive in May when it has grown too small."
    key = there.tokens.key(sentence)
    assert kept.missing([key]) == []
    assert there.originals.path(document.original_sha).is_file()
    Writer(home).withdraw(["bees"], reason="Old.")
    with pytest.raises(Withdrawn, match="Old"):
        there.open_source("bees")
    assert "hive" not in repr(there.search("when do bees leave the hive").hits)
    assert let_go(there)
    assert kept.missing([key]) == [key]
    assert not (there.originals.root / document.original_sha[:2] / document.original_sha).exists()
    assert not let_go(there)
