"""Publishing by itself, under review, after a rollback; hiding; and who did it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from corpus.errors import Conflict, NotFound, UsageError
from patella import cli, serve
from patella.engine import Engine
from patella.publishing import held, kept_generations, operator
from patella.run_report import Origin
from patella.writer import Writer
from tests.library_helpers import CountingEncoder
from tests.workbench_helpers import (
    BEES,
    SITTING,
    STAIRS,
    drop,
    make_engine,
    read_in_process,
    served,
    with_settings,
)


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    read_in_process(monkeypatch)
    opened = make_engine(tmp_path / "data")
    yield opened
    opened.close()


def test_under_review_nothing_is_published_until_somebody_says_so(engine: Engine) -> None:
    with_settings(engine, publish="review")
    drop(engine, "stairs.md", STAIRS)
    report = Writer(engine, origin=Origin("ada")).index()
    assert (report.counts(), report.published, report.generation) == ({"added": 1}, False, None)
    assert report.held == (
        "Changes wait for review: what was stored is published when somebody says so."
    )
    assert served(engine) == []
    assert Writer(engine, origin=Origin("ben", "job1", "cy")).publish().id == 1
    assert served(engine) == ["stairs"]
    [move] = engine.store.history.list()
    assert (move.action, move.what, move.by, move.job_id, move.approved_by) == (
        "publish",
        "Generation 1",
        "ben",
        "job1",
        "cy",
    )
    again = Writer(engine).index()
    assert (again.held, again.published) == ("", False)
    assert Writer(engine).publish().id == 1


def test_embedding_ahead_leaves_nothing_to_embed_at_publishing(engine: Engine) -> None:
    with_settings(engine, publish="review")
    drop(engine, "stairs.md", STAIRS)
    Writer(engine).index()
    Writer(engine).embed()
    assert engine.encoder.taken()  # type: ignore[attr-defined]
    Writer(engine).publish()
    assert engine.encoder.taken() == []  # type: ignore[attr-defined]


def test_a_rollback_holds_what_is_stored_until_somebody_publishes(engine: Engine) -> None:
    drop(engine, "stairs.md", STAIRS)
    Writer(engine, origin=Origin("ada")).index()
    drop(engine, "sitting.md", SITTING)
    Writer(engine, origin=Origin("ben")).index()
    assert served(engine) == ["sitting", "stairs"]
    assert Writer(engine, origin=Origin("cy")).roll_back(1).id == 1
    assert served(engine) == ["stairs"]
    assert held(engine).startswith("Generation 1 was brought back by cy on 20")
    drop(engine, "bees.md", BEES)
    report = Writer(engine).index()
    assert (report.published, report.held) == (False, held(engine))
    assert served(engine) == ["stairs"]
    assert Writer(engine, origin=Origin("dee")).publish().id == 3
    assert served(engine) == ["bees", "sitting", "stairs"]
    assert held(engine) == ""
    assert [(g.number, g.by, g.documents, g.served) for g in kept_generations(engine)] == [
        (3, "dee", 3, True),
        (2, "ben", 2, False),
        (1, "ada", 1, False),
    ]
    assert [(m.action, m.by) for m in engine.store.history.list()] == [
        ("publish", "dee"),
        ("roll_back", "cy"),
        ("publish", "ben"),
        ("publish", "ada"),
    ]


def test_going_back_to_what_is_stored_ends_the_holding(engine: Engine) -> None:
    drop(engine, "stairs.md", STAIRS)
    Writer(engine).index()
    drop(engine, "sitting.md", SITTING)
    Writer(engine).index()
    Writer(engine).roll_back(1)
    Writer(engine).roll_back(2)
    assert held(engine) == ""
    assert served(engine) == ["sitting", "stairs"]


def test_a_generation_without_its_index_folder_is_made_again_before_it_is_served(
    engine: Engine,
) -> None:
    drop(engine, "stairs.md", STAIRS)
    Writer(engine).index()
    drop(engine, "stairs.md", SITTING)
    Writer(engine).index()
    shutil.rmtree(engine.settings.index_dir / "gen-00000001")
    Writer(engine).roll_back(1)
    [hit] = engine.search("stairs").hits
    assert hit.passage.text == "Going down stairs loads the knee more than going up."


def test_what_cannot_be_rolled_back_to_says_why(engine: Engine) -> None:
    drop(engine, "stairs.md", STAIRS)
    Writer(engine).index()
    with pytest.raises(Conflict, match="Generation 1 is the one that is served"):
        Writer(engine).roll_back(1)
    with pytest.raises(NotFound, match="There is no generation 7"):
        Writer(engine).roll_back(7)
    drop(engine, "stairs.md", SITTING)
    Writer(engine).index()
    with engine.store.transaction() as db:
        db.execute("UPDATE generations SET model = 'another' WHERE id = 1")
    with pytest.raises(UsageError, match="was made with the model another"):
        Writer(engine).roll_back(1)
    assert [g.usable for g in kept_generations(engine)] == [True, False]


def test_hidden_documents_leave_and_come_back(engine: Engine) -> None:
    drop(engine, "stairs.md", STAIRS)
    drop(engine, "sitting.md", SITTING)
    Writer(engine).index()
    report = Writer(engine, origin=Origin("ada")).hide(["stairs"])
    assert (report.counts(), report.generation) == ({"hidden": 1}, 2)
    assert served(engine) == ["sitting"]
    assert Writer(engine).index().published is False
    with pytest.raises(NotFound, match="'nothing'"):
        Writer(engine).hide(["sitting", "nothing"])
    report = Writer(engine).show(["stairs"])
    assert (report.counts(), report.generation, report.embedded) == ({"shown": 1}, 3, 0)
    assert served(engine) == ["sitting", "stairs"]


def test_the_first_start_under_review_serves_the_shipped_library(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_settings(engine, publish="review")
    drop(engine, "stairs.md", STAIRS)
    monkeypatch.setattr(serve, "Writer", _InboxAsShipped)
    report = serve.prepare(engine, quiet=True)
    assert report
    assert (report.published, report.generation, report.held) == (True, 1, "")
    assert served(engine) == ["stairs"]


class _InboxAsShipped(Writer):
    """Reads one small file where the first start reads the whole shipped library."""

    def add(self, *_: object, **__: object):
        return self.index()


def test_the_command_line_shows_and_does_it(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("patella.engine.make_encoder", lambda _: CountingEncoder())

    def run(*args: str, code: int = 0) -> str:
        where = str(engine.settings.data_dir)
        done = CliRunner().invoke(cli.main, ["--data-dir", where, *args])
        assert done.exit_code == code, done.output
        return done.output

    drop(engine, "stairs.md", STAIRS)
    drop(engine, "sitting.md", SITTING)
    run("index", "--quiet")
    assert json.loads(run("hide", "stairs", "--json"))["counts"] == {"hidden": 1}
    listed = json.loads(run("generations", "--json"))
    assert [(g["number"], g["documents"], g["by"]) for g in listed["generations"]] == [
        (2, 1, operator()),
        (1, 2, operator()),
    ]
    back = json.loads(run("rollback", "1", "--json"))
    assert back["generation"]["id"] == 1
    assert back["held"].startswith("Generation 1 was brought back")
    assert "To publish it: patella publish" in run("generations")
    assert "Held" in run("status")
    assert json.loads(run("publish", "--json")) == {
        "generation": json.loads(run("status", "--json"))["generation"],
        "published": True,
    }
    assert "1 shown" in run("unhide", "stairs")
    run("rollback", "99", code=2)
    monkeypatch.setenv("PATELLA_SECOND_APPROVAL", "yes")
    assert "two persons" in run("publish", code=2)
