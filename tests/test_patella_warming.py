"""Token vectors made ahead: for what is served, while nobody asks, and gone with what is withdrawn."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from patella.collecting import collect
from patella.engine import Engine
from patella.quiet import Quiet, quietly
from patella.warming import warm
from patella.writer import Writer
from tests.workbench_helpers import SITTING, STAIRS, build, drop, read_in_process

QUESTION = "why does it hurt to go down stairs"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("built") / "data"
    build(data, {"stairs.md": STAIRS})
    return data


@pytest.fixture(autouse=True)
def _in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    read_in_process(monkeypatch)


def texts(engine: Engine, document: str) -> set[str]:
    """Return what is scored of a document of the served generation."""
    found = engine.store.document(document, generation=engine.generation().id)
    made = set()
    for p in engine.store.document_passages(found.version_id):
        made |= {p.text[a - p.start : b - p.start] for a, b in p.sentences}
        made |= {p.heading[-1] if p.heading else found.metadata.title, found.metadata.title}
    return made


def kept(engine: Engine) -> int:
    assert engine.tokens.kept
    return engine.tokens.kept.count()


def test_after_warming_no_question_makes_any(engine: Engine) -> None:
    wanted = texts(engine, "stairs")
    assert warm(engine) == len(wanted)
    assert engine.tokens.lacking(sorted(wanted)) == []
    assert warm(engine) == 0
    before = kept(engine)
    assert engine.search(QUESTION).hits
    assert kept(engine) == before


def test_answers_are_the_same_from_the_file_and_without_one(engine: Engine) -> None:
    first, again = engine.ask(QUESTION), engine.ask(QUESTION)
    none = Engine(replace(engine.settings, token_megabytes=0), encoder=engine.encoder)
    without = none.ask(QUESTION)
    none.close()
    assert none.tokens.kept is None
    parts = [(a.state, a.quotes, a.related, a.confidence) for a in (first, again, without)]
    assert parts[0] == parts[1] == parts[2]


def test_only_what_is_new_is_made_for_the_next_generation(engine: Engine) -> None:
    warm(engine)
    drop(engine, "sitting.md", SITTING)
    Writer(engine).index()
    new = texts(engine, "sitting") - texts(engine, "stairs")
    assert warm(engine) == len(new)


def test_it_can_be_stopped_and_goes_on(engine: Engine) -> None:
    assert warm(engine, pause=lambda: False) == 0
    assert warm(engine) > 0


def test_a_file_that_is_nearly_full_is_not_filled(engine: Engine) -> None:
    assert engine.tokens.kept
    engine.tokens.kept.limit = 1
    assert warm(engine) == 0


def test_withdrawn_sentences_leave_the_file_and_the_memory(engine: Engine) -> None:
    drop(engine, "sitting.md", SITTING)
    Writer(engine).index()
    gone, stays = texts(engine, "stairs"), texts(engine, "sitting")
    warm(engine)
    engine.search(QUESTION)
    held = engine.tokens
    keys = [engine.tokens.key(text) for text in gone - stays]
    Writer(engine).withdraw(["stairs"], reason="")
    raw = b"".join(p.read_bytes() for p in engine.settings.data_dir.glob("tokens.db*"))
    assert [key for key in keys if key in raw] == []
    assert engine.tokens.lacking(sorted(stays)) == []
    engine.search(QUESTION)
    assert engine.tokens is not held
    assert sorted(engine.tokens.lacking(sorted(gone - stays))) == sorted(gone - stays)


def test_collecting_lets_go_of_what_no_version_needs(engine: Engine) -> None:
    warm(engine)
    old = texts(engine, "stairs")
    drop(engine, "stairs.md", SITTING)
    Writer(engine).index()
    warm(engine)
    held = set().union(*(texts(engine, one.id) for one in engine.documents()))
    collect(engine, keep=1, grace=-5)
    assert sorted(engine.tokens.lacking(sorted(old | held))) == sorted(old - held)


def test_a_server_warms_while_nobody_asks(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("patella.quiet.LOOK_SECONDS", 0.01)
    wanted = sorted(texts(engine, "stairs"))
    engine.used = time.monotonic() + 0.7  # as if questions came meanwhile
    with quietly(engine, warm):
        time.sleep(0.3)
        assert engine.tokens.lacking(wanted) == wanted
        end = time.monotonic() + 10
        while engine.tokens.lacking(wanted) and time.monotonic() < end:
            time.sleep(0.05)
    assert engine.tokens.lacking(wanted) == []


def test_a_warmer_that_is_stopped_ends(engine: Engine) -> None:
    warmer = Quiet(engine, warm)
    warmer.stop()
    warmer.run()
    assert kept(engine) == 0
