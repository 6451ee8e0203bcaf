"""Kept answers: given again only as long as the library says the same, and never to what writes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from answer.state import ALWAYS
from corpus.filters import Filters
from corpus.records import Answer, Written
from patella import freshness
from patella.engine import Engine
from patella.run_report import Origin
from patella.settings import Settings
from patella.writer import Writer
from tests.library_helpers import CountingEncoder
from tests.test_webapp_metrics import figures
from tests.webapp_fake import ANSWERED, FakeService
from tests.workbench_fake import FakeWorkbench
from tests.workbench_helpers import BEES, SITTING, STAIRS, build, copied, drop, read_in_process
from webapp.app import create_app

Q = "Does going down stairs load the knee?"
WORDS = "Going down stairs loads the knee more than going up."


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two generations: with sitting and bees; and with stairs."""
    data = tmp_path_factory.mktemp("built") / "data"
    build(data, {"sitting.md": SITTING, "bees.md": BEES}, {"stairs.md": STAIRS})
    return data


@pytest.fixture(autouse=True)
def _in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    read_in_process(monkeypatch)


@pytest.fixture
def engine(built: Path, tmp_path: Path) -> Iterator[Engine]:
    """Answers whatever is asked."""
    with copied(built, tmp_path / "data") as copy:
        opened = reopened(copy)
        yield opened
        opened.close()


def reopened(engine: Engine, **settings: int) -> Engine:
    changed = replace(engine.settings, **settings)
    return Engine(changed, encoder=CountingEncoder(), state_model=ALWAYS)


def said(engine: Engine, **more) -> tuple[bool, list[str]]:
    """Return whether a kept answer was given, and what it quotes and finds."""
    answer = engine.ask(Q, kept=True, **more)
    texts = [one.text for one in (*answer.quotes, *answer.related)]
    return answer.kept, texts + [hit.passage.text for hit in answer.hits]


def test_the_same_question_is_answered_with_the_same(engine: Engine) -> None:
    first = engine.ask(Q, kept=True)
    assert (first.kept, first.quotes[0].text) == (False, WORDS)
    again = engine.ask(f"  {Q} ", kept=True)
    assert again.kept
    assert replace(again, kept=False, took_ms=first.took_ms) == first
    assert engine.encoder.taken() != []
    engine.ask(Q, kept=True)
    assert engine.encoder.taken() == []


def test_whatever_else_is_asked_is_another_answer(engine: Engine) -> None:
    assert not said(engine)[0]
    for more in (
        {"filters": Filters(document=("bees",))},
        {"without": ("kneecap",)},
        {"after": "Do bees sting?"},
    ):
        assert not said(engine, **more)[0]
        assert said(engine, **more)[0]
    assert not engine.ask("Do bees sting?", kept=True).kept


def test_who_does_not_say_so_gets_none(engine: Engine) -> None:
    said(engine)
    assert not engine.ask(Q).kept
    other = reopened(engine)
    other.ask(Q)
    assert not said(other)[0]
    other.close()


def test_none_are_kept_where_there_is_no_room(engine: Engine) -> None:
    other = reopened(engine, kept_answers=0)
    assert [said(other)[0] for _ in range(2)] == [False, False]
    other.close()


def test_room_is_bounded_and_the_longest_not_asked_for_goes(engine: Engine) -> None:
    other = reopened(engine, kept_answers=2)
    for question in ("one", "two", "one", "three"):
        other.ask(question, kept=True)
    assert [other.ask(q, kept=True).kept for q in ("one", "three", "two")] == [True, True, False]
    other.close()


def test_a_withdrawn_document_is_not_quoted_one_request_later(engine: Engine) -> None:
    assert said(engine)[1].count(WORDS) == 2
    with engine.store.transaction():
        # as far as a withdrawal has come when its index and files are still to be cleared away
        engine.store.withdrawals.take_out(["stairs"], by="", reason="It is wrong.")
    kept, texts = said(engine)
    assert (kept, WORDS in texts) == (False, False)
    Writer(engine).index()
    kept, texts = said(engine)
    assert (kept, WORDS in texts) == (False, False)


class _Generator:
    """Writes nothing."""

    def write(self, answer: Answer) -> Answer:
        return answer

    def pieces(self, answer: Answer) -> Iterator[Written]:
        yield Written("none", ())


CHILD = f"""
import sys
from pathlib import Path
from answer.state import ALWAYS
from patella.engine import Engine
from patella.settings import Settings
from tests.library_helpers import CountingEncoder
engine = Engine(Settings(Path(sys.argv[1])), encoder=CountingEncoder(), state_model=ALWAYS)
for _ in sys.stdin:
    answer = engine.ask({Q!r}, kept=True)
    texts = [hit.passage.text for hit in answer.hits] + [quote.text for quote in answer.quotes]
    print(answer.generation, answer.kept, texts.count({WORDS!r}), flush=True)
"""


def test_another_process_forgets_as_well(engine: Engine) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, str(engine.settings.data_dir)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as child:  # fmt: skip

        def ask() -> str:
            assert child.stdin
            assert child.stdout
            child.stdin.write("\n")
            child.stdin.flush()
            return child.stdout.readline().strip()

        assert [ask(), ask()] == ["2 False 2", "2 True 2"]
        Writer(engine).roll_back(1)
        assert [ask(), ask()] == ["1 False 0", "1 True 0"]
        Writer(engine).roll_back(2)
        assert ask() == "2 False 2"
        Writer(engine, origin=Origin("ada")).withdraw(["stairs"], reason="It is wrong.")
        assert ask() == "2 False 0"


def test_a_change_is_seen_at_once(engine: Engine) -> None:
    said(engine)
    drop(engine, "stairs.md", "# Stairs\n\nGoing down stairs is fine for the knee.\n")
    Writer(engine).index()
    kept, texts = said(engine)
    assert (kept, WORDS in texts) == (False, False)


def test_a_kept_answer_tells_of_files_as_they_are_now(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freshness, "HOLD_SECONDS", 0.0)
    assert engine.ask(Q, kept=True).quotes[0].document.source == "same"
    drop(engine, "stairs.md", "# Stairs\n\nSomething else.\n")
    answer = engine.ask(Q, kept=True)
    assert (answer.kept, answer.quotes[0].document.source) == (True, "changed")
    assert {hit.document.source for hit in answer.hits} == {"changed", "same"}


def test_pages_and_programs_that_only_read_take_them() -> None:
    service = FakeService()
    client = create_app(service).test_client()
    client.get("/search?q=taping")
    client.post("/api/v1/ask", json={"q": "taping"})
    client.get("/api/v1/ask?q=taping", headers={"Accept": "text/event-stream"})
    assert service.kept == [True, True, True]
    client.get("/print?q=taping")
    client.get("/cite?q=taping&format=ris")
    assert service.kept[3:] == [False, False]


def test_what_a_model_writes_on_is_made_anew() -> None:
    service = FakeService()
    client = create_app(service, generator=_Generator()).test_client()
    client.get("/search?q=taping&generate=1")
    client.post("/api/v1/ask", json={"q": "taping", "generate": True})
    client.post("/api/v1/ask", json={"q": "taping"})
    assert service.kept == [False, False, True]


def test_they_are_counted() -> None:
    bench = FakeWorkbench()
    client = create_app(
        FakeService(answer=replace(ANSWERED, kept=True)), workbench=bench
    ).test_client()
    client.get("/search?q=taping")
    assert figures(client)[("patella_answers_kept_total",)] == 1
    assert ("heard", "taping", "answered") in bench.calls


def test_the_setting_is_read(tmp_path: Path) -> None:
    assert Settings(tmp_path).kept_answers == 200
