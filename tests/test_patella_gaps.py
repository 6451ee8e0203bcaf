"""What was asked: kept only where that is set, counted by day, grouped by meaning, forgotten for good."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus import asked
from corpus.asked import AskedFile, Day, today
from patella import gaps as gaps_module
from patella.engine import Engine
from patella.workbench import PatellaWorkbench
from tests.workbench_helpers import make_engine, with_settings

SECRET = "does my sore knee mean gout"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = make_engine(tmp_path / "data", keep_questions=True)
    yield opened
    opened.close()


@pytest.fixture
def bench(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[PatellaWorkbench]:
    monkeypatch.setattr(gaps_module, "AGAIN_SECONDS", 0.0)
    opened = PatellaWorkbench(engine)
    yield opened
    opened.stop()


def ask(bench: PatellaWorkbench, question: str, state="none", times: int = 1) -> None:
    for _ in range(times):
        bench.heard(question, state=state, milliseconds=10)


def test_nothing_is_kept_unless_that_is_set(engine: Engine) -> None:
    with_settings(engine, keep_questions=False)
    bench = PatellaWorkbench(engine)
    ask(bench, SECRET)
    assert not engine.settings.asked_file.exists()
    assert (bench.gaps(), bench.keeps_questions, bench.health().days) == ((), False, ())
    bench.feedback(SECRET, helpful=False, state="none", reason="It says nothing of gout")
    assert bench.gaps() == ()
    kept = engine.settings.asked_file.read_bytes()
    assert (b"gout" in kept, b"knee" in kept) == (False, False)
    assert bench.health().latency.count == 1
    bench.stop()


def test_questions_of_one_meaning_are_one_gap(bench: PatellaWorkbench) -> None:
    ask(bench, "can bees smell fear in May", times=2)
    ask(bench, "Can bees   smell fear in may", times=3)
    ask(bench, "how deep is the sea", state="related")
    ask(bench, "why does sitting hurt", state="answered", times=9)
    found = bench.gaps()
    assert [(g.text, g.count, g.unhelpful, g.saved) for g in found] == [
        ("Can bees smell fear in may", 5, 0, False),
        ("how deep is the sea", 1, 0, False),
    ]
    assert [(q.text, q.state, q.count, q.last) for q in found[0].questions] == [
        ("Can bees smell fear in may", "none", 3, today()),
        ("can bees smell fear in May", "none", 2, today()),
    ]


def test_an_answer_that_did_not_help_is_a_gap_with_its_reasons(bench: PatellaWorkbench) -> None:
    ask(bench, "why does sitting hurt", state="answered", times=4)
    bench.feedback("why does sitting hurt", helpful=True, state="answered")
    assert bench.gaps() == ()
    bench.feedback("why does  sitting hurt ", helpful=False, state="answered", reason="Too long")
    bench.feedback("why does sitting hurt", helpful=False, state="answered", reason="Not my case")
    [gap] = bench.gaps()
    assert (gap.text, gap.count, gap.unhelpful) == ("why does sitting hurt", 4, 2)
    assert gap.questions[0].reasons == ("Not my case", "Too long")


def test_a_question_that_is_answered_by_now_is_no_gap(
    bench: PatellaWorkbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asked, "today", lambda: "2026-01-01")
    ask(bench, "how deep is the sea", state="none", times=5)
    assert len(bench.gaps()) == 1
    monkeypatch.setattr(asked, "today", lambda: "2026-01-02")
    ask(bench, "how deep is the sea", state="answered")
    assert bench.gaps() == ()


def test_a_saved_gap_is_told(bench: PatellaWorkbench, engine: Engine) -> None:
    ask(bench, "how deep is the sea")
    engine.store.saved.put("How deep is the sea", state="none", document_id="", by="ada")
    assert [gap.saved for gap in bench.gaps()] == [True]


def test_the_same_words_soon_after_are_one_asking(
    bench: PatellaWorkbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gaps_module, "AGAIN_SECONDS", 60.0)
    ask(bench, "how deep is the sea", times=3)
    ask(bench, " how deep is  the sea")
    ask(bench, "how far is the moon")
    assert sorted((gap.text, gap.count) for gap in bench.gaps()) == [
        ("how deep is the sea", 1),
        ("how far is the moon", 1),
    ]
    assert bench.health().latency.count == 5


def test_days_are_counted_and_empty_ones_shown(bench: PatellaWorkbench, engine: Engine) -> None:
    ask(bench, "one", state="answered", times=2)
    ask(bench, "two", state="related")
    bench.feedback("one", helpful=False, state="answered")
    days = bench.health().days
    assert len(days) == 30
    assert days[-1] == Day(today(), answered=2, related=1, none=0, unhelpful=1)
    assert days[0].answered == 0
    assert [day.date for day in days] == sorted(day.date for day in days)


def test_forgetting_leaves_nothing_on_the_disk(bench: PatellaWorkbench, engine: Engine) -> None:
    ask(bench, SECRET, times=2)
    bench.feedback(SECRET, helpful=False, state="none", reason="It says nothing of podagra")
    ask(bench, "how deep is the sea")
    folder = engine.settings.asked_file.parent

    def holds(word: bytes) -> bool:
        return any(word in path.read_bytes() for path in folder.glob("asked.db*"))

    assert holds(b"gout")
    assert bench.forget(by="ada") == 2
    assert (holds(b"gout"), holds(b"podagra"), holds(b"deep")) == (False, False, False)
    assert bench.gaps() == ()
    assert bench.forget(by="ada") == 0
    moves = engine.store.history.list()
    assert [(m.action, m.by, m.what) for m in moves] == [
        ("forget", "ada", "0 questions"),
        ("forget", "ada", "2 questions"),
    ]


def test_the_file_is_its_owners_alone(bench: PatellaWorkbench, engine: Engine) -> None:
    ask(bench, SECRET)
    for path in engine.settings.asked_file.parent.glob("asked.db*"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_old_questions_are_forgotten_by_themselves(tmp_path: Path, engine: Engine) -> None:
    with_settings(engine, question_days=10)
    file = AskedFile(engine.settings.asked_file)
    file.count("long ago", "none", day="2020-01-01")
    file.judge("long ago", "none", helpful=False, reason="No", day="2020-01-01")
    file.count("now", "none")
    file.close()
    bench = PatellaWorkbench(engine)
    assert [gap.text for gap in bench.gaps()] == ["now"]
    bench.stop()
    file = AskedFile(engine.settings.asked_file)
    assert file.days(since="2000") == (Day(today(), 0, 0, 1, 0),)
    file.close()


def test_a_full_file_lets_the_oldest_day_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asked, "MOST_ROWS", 3)
    file = AskedFile(tmp_path / "asked.db")
    for day, question in (("2026-01-01", "a"), ("2026-01-01", "b"), ("2026-01-02", "c")):
        file.count(question, "none", day=day)
    file.count("d", "none", day="2026-01-03")
    assert [one.text for one in file.gaps(most=9)] == ["d", "c"]
    file.close()
