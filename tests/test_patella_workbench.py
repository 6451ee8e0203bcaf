"""The workbench over a real engine: the table, the difference, saved questions, history and health."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.errors import NotFound, QuestionError, UsageError
from corpus.jobs import Job
from patella import jobs as jobs_module
from patella.engine import Engine
from patella.health import Stopwatch
from patella.workbench import PatellaWorkbench
from patella.writer import Writer
from tests.workbench_helpers import (
    BEES,
    SITTING,
    STAIRS,
    drop,
    make_engine,
    read_in_process,
    with_settings,
)
from webapp.workbench import Workbench
from webapp.workbench_records import (
    ChangedDocument,
    Difference,
    LibraryQuery,
    LibraryRow,
    Upload,
    Values,
)


class Bench(PatellaWorkbench):
    """A workbench with the waiting that tests do."""

    def send(self, *files: tuple[str, str], **more) -> Job:
        uploads = [Upload(name, io.BytesIO(text.encode())) for name, text in files]
        return self.end(self.add_files(uploads, by="ada", **more))

    def end(self, job: Job) -> Job:
        until = time.monotonic() + 20
        while not (found := self.job(job.id)).ended_for_good:
            assert time.monotonic() < until, found
            time.sleep(0.02)
        return found

    def compared(self) -> Difference:
        until = time.monotonic() + 20
        while (found := self.difference()).answers is None and not found.problem:
            assert time.monotonic() < until
            time.sleep(0.02)
        return found


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    read_in_process(monkeypatch)
    monkeypatch.setattr(jobs_module, "POLL_SECONDS", 0.05)
    opened = make_engine(tmp_path / "data")
    yield opened
    opened.close()


@pytest.fixture
def bench(engine: Engine) -> Iterator[Bench]:
    opened = Bench(engine)
    opened.start()
    yield opened
    opened.stop()


def test_it_is_what_the_web_room_needs(bench: Bench) -> None:
    as_protocol: Workbench = bench
    assert as_protocol.review is False


# -- the table


def states(bench: Bench, **query) -> list[tuple[str, str]]:
    return [(row.id or row.title, row.state) for row in bench.library(LibraryQuery(**query)).rows]


def test_rows_tell_what_is_stored_served_and_neither(bench: Bench, engine: Engine) -> None:
    with_settings(engine, publish="review")
    names = ("a", "b", "c", "d")
    bench.send(*((f"{n}.md", f"# {n.upper()}\n\nText {n} of the knee.\n") for n in names))
    bench.end(bench.publish(by="ada"))
    bench.send(("a.md", STAIRS), replace=True)
    bench.end(bench.remove(["b"], by="ada"))
    bench.end(bench.hide(["c"], by="ada"))
    bench.send(("new.md", BEES))
    (engine.settings.inbox_dir / "empty.md").write_text("", "utf-8")
    Writer(engine).index()
    page = bench.library()
    assert [(row.id, row.title, row.state) for row in page.rows] == [
        ("b", "B", "removed"),
        ("new", "Bees", "new"),
        ("c", "C", "hidden"),
        ("d", "D", "published"),
        ("", "empty.md", "failed"),
        ("a", "Stairs", "changed"),
    ]
    assert dict(page.states) == dict.fromkeys(
        ("published", "new", "changed", "removed", "hidden", "failed"), 1
    )
    assert [row.replaceable for row in page.rows] == [False, True, True, True, False, True]
    failed = bench.library(LibraryQuery(state="failed")).rows[0]
    assert (failed.reason, failed.location, failed.format) == (
        "The file is empty.",
        "empty.md",
        "md",
    )


@pytest.fixture
def three(bench: Bench) -> Bench:
    values = Values(publisher="Clinic", kind="guideline", topics=("Knees",), reviewed="2026")
    bench.send(("stairs.md", STAIRS), values=values)
    more = BEES + "\n## May\n\nThe swarm hangs on a branch. It is quiet for some hours.\n"
    bench.send(("sitting.md", SITTING), ("bees.txt", more))
    return bench


def test_rows_are_found_sorted_and_paged(three: Bench) -> None:
    assert states(three, text="STAIR") == [("stairs", "published")]
    assert states(three, text="clinic") == [("stairs", "published")]
    assert states(three, text="clinic bees") == []
    assert states(three, kind="guideline") == [("stairs", "published")]
    assert states(three, topic="knees") == [("stairs", "published")]
    assert states(three, format="text") == [("bees", "published")]
    assert states(three, state="hidden") == []
    assert [i for i, _ in states(three)] == ["bees", "sitting", "stairs"]
    assert [i for i, _ in states(three, descending=True)] == ["stairs", "sitting", "bees"]
    assert next(i for i, _ in states(three, sort="passages", descending=True)) == "bees"
    page = three.library(LibraryQuery(size=2, page=2))
    assert ([row.id for row in page.rows], page.total) == (["stairs"], 3)
    assert three.library(LibraryQuery(size=2, page=9)).rows == ()


def test_a_row_tells_what_the_desk_edits(three: Bench) -> None:
    row = three.row("stairs")
    assert row == LibraryRow(
        id="stairs",
        state="published",
        title="Stairs",
        location="stairs.md",
        format="markdown",
        passages=1,
        reviewed="2026",
        kind="guideline",
        publisher="Clinic",
        topics=("Knees",),
        version=1,
        version_id=1,
        indexed=row.indexed,
        replaceable=True,
    )
    with pytest.raises(NotFound):
        three.row("nothing")
    with pytest.raises(NotFound):
        three.row("")
    with pytest.raises(UsageError, match="not sorted by 'colour'"):
        three.library(LibraryQuery(sort="colour"))  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="state 'lost'"):
        three.library(LibraryQuery(state="lost"))  # type: ignore[arg-type]


# -- the difference


def test_the_difference_names_documents_and_shows_changed_answers(
    three: Bench, engine: Engine
) -> None:
    with_settings(engine, publish="review")
    kept = three.save_question(
        "Why does going down stairs load the knee more than going up?", by="ada"
    )
    same = three.save_question("When do bees leave the hive?", by="ada")
    assert (kept.state, kept.document_id) == ("answered", "stairs")
    assert three.compared().empty
    three.end(three.hide(["stairs"], by="ada"))
    three.send(("sitting.md", SITTING + "\nStand up now and then.\n"), replace=True)
    three.send(("rest.md", "# Rest\n\nRest the knee for two days.\n"))
    found = three.compared()
    assert [(d.id, d.title) for d in found.added] == [("rest", "Rest")]
    assert [d.id for d in found.changed] == ["sitting"]
    assert found.removed == (ChangedDocument("stairs", "Stairs", 1, None, 1, 0, hidden=True),)
    assert found.served
    assert (found.served.id, found.held[:23], found.problem) == (2, "Changes wait for review", "")
    assert found.answers
    assert found.answers.asked == 2
    [change] = found.answers.changed
    assert change.question == kept
    assert change.before
    assert (change.before.state, change.before.quotes[0].text) == (
        "answered",
        "Going down stairs loads the knee more than going up.",
    )
    assert "stairs" not in {quote.document_id for quote in change.after.quotes}
    assert change.as_expected is False
    assert [d.id for d in engine.documents()] == ["bees", "sitting", "stairs"]
    assert engine.ask(same.text).state == "answered"
    three.end(three.publish(by="ada", digest=found.digest))
    assert sorted(d.id for d in engine.store.documents(3)) == ["bees", "rest", "sitting"]
    after = three.compared()
    assert (after.empty, after.answers and after.answers.changed) == (True, ())


def test_before_the_first_publishing_all_is_added(bench: Bench, engine: Engine) -> None:
    with_settings(engine, publish="review")
    bench.send(("stairs.md", STAIRS))
    engine.store.saved.put("Do stairs load the knee?", state="none", document_id="", by="")
    found = bench.compared()
    assert (found.served, [d.id for d in found.added]) == (None, ["stairs"])
    assert found.answers
    [change] = found.answers.changed
    assert change.before is None
    assert change.after.quotes[0].document_id == "stairs"


def test_after_a_rollback_the_difference_is_what_was_taken_back(
    three: Bench, engine: Engine
) -> None:
    question = three.save_question("When do bees leave the hive?", by="ada")
    three.end(three.roll_back(1, by="cy"))
    found = three.compared()
    assert [d.id for d in found.added] == ["bees", "sitting"]
    assert found.held.startswith("Generation 1 was brought back by cy")
    assert found.answers
    [change] = found.answers.changed
    assert change.question == question
    assert (change.before and change.before.state, change.after.state) != (
        "answered",
        "answered",
    )
    assert change.as_expected is True


def test_a_waiting_publishing_is_shown_with_the_difference(bench: Bench, engine: Engine) -> None:
    with_settings(engine, publish="review", second_approval=True)
    bench.send(("stairs.md", STAIRS))
    asked = bench.publish(by="ada")
    assert bench.difference().waiting == asked
    bench.end(bench.approve(asked.id, by="ben"))
    assert bench.difference().waiting is None


# -- saved questions, history, health


def test_saved_questions(three: Bench) -> None:
    kept = three.save_question(
        "  Does going down\nstairs load the knee more than going up? ", by="ada"
    )
    assert kept.text == "Does going down stairs load the knee more than going up?"
    assert three.saved_questions() == (kept,)
    with pytest.raises(QuestionError):
        three.save_question(" ", by="ada")
    three.delete_question(kept.id, by="ben")
    assert three.saved_questions() == ()
    with pytest.raises(NotFound):
        three.delete_question(kept.id, by="ben")


def test_history_tells_each_thing_once_newest_first(bench: Bench, engine: Engine) -> None:
    bench.send(("stairs.md", STAIRS))
    drop(engine, "bees.md", BEES)
    Writer(engine).index()
    bench.end(bench.roll_back(1, by="cy"))
    moves = bench.history()
    assert sorted((m.action, m.what, m.by) for m in moves) == [
        ("add", "stairs.md", "ada"),
        ("publish", "Generation 1", "ada"),
        ("publish", "Generation 2", ""),
        ("roll_back", "Generation 1", "cy"),
    ]
    assert [m.at for m in moves] == sorted((m.at for m in moves), reverse=True)
    assert len(bench.history(page=2, size=3)) == 1


def test_health_counts_what_is_there(three: Bench, engine: Engine) -> None:
    three.end(three.hide(["bees"], by="ada"))
    three.heard("a", state="answered", milliseconds=80)
    found = three.health()
    assert found.generation
    assert (found.generation.id, found.documents, found.hidden, found.sources) == (3, 2, 1, 1)
    assert (found.up_to_date, found.failures, found.queued, found.running) == (True, 0, 0, None)
    assert found.latency.count == 1
    assert (found.keeps_questions, found.days, found.last_backup) == (False, (), "")
    assert found.model == engine.encoder.identity
    sizes = (found.library_bytes, found.vectors_bytes, found.originals_bytes, found.index_bytes)
    assert all(size > 0 for size in sizes)
    assert found.originals_bytes == sum(
        path.stat().st_size for path in engine.settings.originals_dir.rglob("*") if path.is_file()
    )
    engine.store.history.put("backup", by="", what="x")
    assert three.health().last_backup


def test_percentiles_come_from_counts() -> None:
    watch = Stopwatch()
    assert (watch.read().count, watch.read().p50) == (0, 0.0)
    for milliseconds in range(1, 101):
        watch.note(milliseconds)
    watch.note(60_000, kept=True)
    found = watch.read()
    assert (found.count, found.kept) == (101, 1)
    assert abs(found.p50 - 50) < 2
    assert abs(found.p90 - 91) < 2
    assert dict(found.buckets)[25.0] == 25
    assert found.buckets[-1] == (float("inf"), 1)
    for _ in range(100):
        watch.note(60_000)
    assert watch.read().p99 == 5000.0
