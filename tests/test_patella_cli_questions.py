"""``patella questions``, ``difference`` and ``forget`` at the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from corpus.asked import AskedFile
from patella import cli
from patella.engine import Engine
from patella.writer import Writer
from tests.library_helpers import CountingEncoder
from tests.workbench_helpers import BEES, SITTING, STAIRS, drop, make_engine, read_in_process

Run = Callable[..., str]
QUESTION = "Does going down stairs load the knee more than going up?"


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    read_in_process(monkeypatch)
    monkeypatch.setattr("patella.engine.make_encoder", lambda _: CountingEncoder())
    opened = make_engine(tmp_path / "data")
    drop(opened, "stairs.md", STAIRS)
    drop(opened, "bees.md", BEES)
    Writer(opened).index()
    yield opened
    opened.close()


@pytest.fixture
def run(engine: Engine) -> Run:
    def call(*args: str, code: int = 0, asked: str = "") -> str:
        where = str(engine.settings.data_dir)
        done = CliRunner().invoke(cli.main, ["--data-dir", where, *args], input=asked)
        assert done.exit_code == code, done.output
        assert "Traceback" not in done.output
        return done.stdout

    return call


def test_questions_are_saved_listed_and_removed(run: Run) -> None:
    body = json.loads(run("questions", "save", QUESTION, "When do bees leave the hive?", "--json"))
    assert [(q["id"], q["state"], q["document_id"]) for q in body["questions"]] == [
        (1, "answered", "stairs"),
        (2, "answered", "bees"),
    ]
    assert "2  answered, bees  When do bees leave the hive?" in run("questions")
    assert json.loads(run("questions", "list", "--json")) == body
    told = json.loads(run("questions", "remove", "2", "7", "--json", code=1))
    assert told == {"removed": [2], "not_found": [7]}
    assert "1 saved" in run("questions", "list")


def test_a_check_tells_which_answers_changed_since_the_generation_before(
    run: Run, engine: Engine
) -> None:
    engine.store.saved.put(QUESTION, state="answered", document_id="stairs", by="ada")
    engine.store.saved.put(
        "When do bees leave the hive?", state="answered", document_id="bees", by="ada"
    )
    run("questions", "--check", code=2)
    drop(engine, "stairs.md", STAIRS.replace("more than", "far more than"))
    Writer(engine).index()
    found = json.loads(run("questions", "--check", "--json", code=1))
    assert (found["before"], found["served"], found["asked"]) == (1, 2, 2)
    changed = next(c for c in found["changed"] if c["question"]["text"] == QUESTION)
    assert changed["before"]["quotes"][0]["text"] == STAIRS.split("\n")[2]
    assert changed["after"]["quotes"][0]["text"] == (
        "Going down stairs loads the knee far more than going up."
    )
    assert changed["as_expected"] is True
    drop(engine, "sitting.md", SITTING)
    Writer(engine).index()
    told = run("questions", "--check", "--since", "1", code=1)
    assert "Generation 1 against the served 3:" in told
    assert "(as expected)" in told
    run("questions", "--check", "--since", "3", code=2)
    run("questions", "--since", "1", code=2)


def test_the_difference_is_told_before_publishing(
    run: Run, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("difference") == "Nothing to publish: all that is stored is served.\n"
    monkeypatch.setenv("PATELLA_PUBLISH", "review")
    engine.store.saved.put(QUESTION, state="answered", document_id="stairs", by="ada")
    run("hide", "stairs")
    drop(engine, "sitting.md", SITTING)
    run("index", "--quiet")
    body = json.loads(run("difference", "--json"))
    assert [d["id"] for d in body["added"]] == ["sitting"]
    assert [(d["id"], d["hidden"]) for d in body["removed"]] == [("stairs", True)]
    assert (body["served"], body["changed"], body["answers"]["asked"]) == (1, [], 1)
    assert body["answers"]["changed"][0]["as_expected"] is False
    told = " ".join(run("difference").split())
    assert "removed stairs Stairs 1 -> 0 passages (hidden)" in told
    assert "NOT as expected" in told
    assert "To publish it: patella publish" in told
    assert json.loads(run("publish", "--json"))["published"] is True


def test_forgetting_asks_first(run: Run, engine: Engine) -> None:
    file = AskedFile(engine.settings.asked_file)
    file.count("does my knee mean gout", "none")
    file.close()
    run("forget", asked="n\n", code=1)
    assert b"gout" in engine.settings.asked_file.read_bytes()
    assert json.loads(run("forget", "--yes", "--json")) == {"forgotten": 1}
    assert b"gout" not in engine.settings.asked_file.read_bytes()
    assert run("forget", asked="y\n").endswith("0 questions forgotten\n")
