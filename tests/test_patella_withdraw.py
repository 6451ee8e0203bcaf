"""Withdrawing: a document leaves everything at once, stays away, and its page says so."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from answer.verify import make_quote
from corpus.errors import Conflict, NotFound, Withdrawn
from index.generation import read_manifest
from patella import cli, withdrawing
from patella.engine import Engine
from patella.publishing import operator
from patella.receipts import ReceiptDesk
from patella.run_report import Origin
from patella.workbench import PatellaWorkbench
from patella.writer import Writer
from tests.library_helpers import CountingEncoder
from tests.workbench_helpers import (
    BEES,
    SITTING,
    STAIRS,
    build,
    drop,
    read_in_process,
    served,
)
from webapp.app import create_app
from webapp.workbench_records import Upload

WORDS = b"Going down stairs loads the knee"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three generations: stairs; with sitting; with bees."""
    data = tmp_path_factory.mktemp("built") / "data"
    build(data, {"stairs.md": STAIRS}, {"sitting.md": SITTING}, {"bees.md": BEES})
    return data


@pytest.fixture(autouse=True)
def _in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    read_in_process(monkeypatch)


def on_disk(engine: Engine, words: bytes) -> list[str]:
    """Return the files of the library that hold some bytes."""
    root = engine.settings.data_dir
    return sorted(
        str(path.relative_to(root))
        for path in root.rglob("*")
        if path.is_file() and words in path.read_bytes()
    )


def test_it_leaves_every_generation_and_every_file(engine: Engine) -> None:
    Writer(engine).remove(["stairs"])
    assert on_disk(engine, WORDS)
    before = engine.store.generations()
    done = Writer(engine, origin=Origin("ada")).withdraw(["stairs"], reason="Its publisher asks.")
    assert (done.documents, done.generations, done.stay) == (("stairs",), (1, 2, 3), ())
    assert (done.originals, done.vectors) == (1, 2)
    assert on_disk(engine, WORDS) == []
    assert on_disk(engine, b"Stairs") == []
    after = engine.store.generations()
    assert [(g.id, g.documents, g.passages) for g in before] == [
        (1, 1, 1), (2, 2, 2), (3, 3, 3), (4, 2, 2),
    ]  # fmt: skip
    assert [(g.id, g.documents, g.passages) for g in after] == [
        (1, 0, 0), (2, 1, 1), (3, 2, 2), (4, 2, 2),
    ]  # fmt: skip
    assert after[3] == before[3]
    move = engine.store.history.list()[0]
    assert (move.action, move.what, move.by) == ("withdraw", "stairs", "ada")


def test_what_a_killed_publish_left_of_the_index_goes_as_well(engine: Engine) -> None:
    for name in (".old-gen-00000001-ab", ".new-cd"):
        left = engine.settings.index_dir / name
        left.mkdir()
        (left / "words").write_bytes(WORDS)
    Writer(engine).withdraw(["stairs"], reason="")
    assert on_disk(engine, WORDS) == []


def test_no_rollback_brings_it_back(engine: Engine) -> None:
    Writer(engine).withdraw(["stairs"], reason="")
    for number, left in ((2, ["sitting"]), (3, ["bees", "sitting"])):
        Writer(engine).roll_back(number)
        assert served(engine) == left
        assert {hit.document.id for hit in engine.search("sitting bees stairs").hits} == set(left)
    Writer(engine).roll_back(1)
    assert served(engine) == []
    assert engine.search("going down stairs").hits == ()


def test_a_running_server_lets_go_of_it_without_a_new_generation(engine: Engine) -> None:
    server = Engine(engine.settings, encoder=CountingEncoder())
    [first, *_] = server.search("going down stairs").hits
    assert first.document.id == "stairs"
    tag = server.generation().digest
    Writer(engine).withdraw(["stairs"], reason="")
    # at once, before it has looked at the pointer again: words are joined from the library file
    assert "stairs" not in {hit.document.id for hit in server.search("going down stairs").hits}
    with pytest.raises(Withdrawn):
        server.open_source("stairs")
    assert server.generation().id == 3
    assert server.generation().digest != tag
    manifest = read_manifest(engine.settings.index_dir / "gen-00000003")
    assert (manifest.passages, manifest.lexical_deleted) == (2, 0)
    server.close()


def test_its_page_says_when_and_why(engine: Engine) -> None:
    version = engine.open_source("stairs").document.version_id
    Writer(engine).withdraw(["stairs"], reason="Its publisher  took it back.")
    for number in (None, version):
        with pytest.raises(Withdrawn, match="was withdrawn on 20") as caught:
            engine.open_source("stairs", version_id=number)
        assert str(caught.value).endswith("Its publisher took it back.")
        with pytest.raises(Withdrawn):
            engine.original("stairs", version_id=number)
        with pytest.raises(Withdrawn):
            engine.picture("stairs", version_id=number, page=1, width=400)
    with pytest.raises(NotFound):
        engine.open_source("nothing")


def test_browsers_and_programs_are_told_so(engine: Engine) -> None:
    client = create_app(engine).test_client()
    etag = client.get("/api/v1/documents").headers["ETag"]
    Writer(engine).withdraw(["stairs"], reason="Its publisher took it back.")
    for path in ("/source/stairs", "/source/stairs?v=1", "/source/stairs/original"):
        page = client.get(path)
        assert page.status_code == 410
        assert "Its publisher took it back." in page.text
    for path in ("", "/text", "/original", "/cite"):
        problem = client.get(f"/api/v1/documents/stairs{path}")
        assert (problem.status_code, problem.json["type"]) == (410, "/api#withdrawn")  # type: ignore[index]
    # what a browser kept of the same generation is not confirmed
    listed = client.get("/api/v1/documents", headers={"If-None-Match": etag})
    assert (listed.status_code, [one["id"] for one in listed.json["documents"]]) == (  # type: ignore[index]
        200, ["bees", "sitting"],
    )  # fmt: skip


def test_a_shared_answer_keeps_no_word_of_it(engine: Engine) -> None:
    desk = ReceiptDesk(engine)
    answer = engine.ask('"loads the knee more"')
    hit = next(h for h in answer.hits if h.document.id == "stairs")
    quote = make_quote(hit, hit.passage.start, hit.passage.end, span=engine.store.span)
    made, _ = desk.make(replace(answer, state="answered", quotes=(quote,)))
    assert desk.open(made.id).standing == "unchanged"
    Writer(engine).withdraw(["stairs"], reason="")
    opened = desk.open(made.id)
    assert (opened.standing, opened.quotes[0].words) == ("withdrawn", "")
    kept = opened.quotes[0].kept
    assert (kept.document_id, kept.title, kept.citation, kept.heading) == ("stairs", "", "", ())
    # and it stays so when a document comes to that place again
    Writer(engine).take_back("stairs")
    drop(engine, "stairs.md", STAIRS)
    Writer(engine).index()
    assert served(engine) == ["bees", "sitting", "stairs"]
    assert desk.open(made.id).standing == "withdrawn"


def test_the_same_content_is_not_taken_in_again(engine: Engine, tmp_path: Path) -> None:
    Writer(engine).withdraw(["stairs"], reason="")
    copies = tmp_path / "copies"
    copies.mkdir()
    (copies / "same.md").write_text(STAIRS, "utf-8")
    (copies / "other-bytes.md").write_text(STAIRS.replace("\n", "\r\n"), "utf-8")
    report = Writer(engine).add([copies])
    assert [(f.path, f.state) for f in report.files] == [
        ("other-bytes.md", "failed"), ("same.md", "failed"),
    ]  # fmt: skip
    for file in report.files:
        assert file.reason.startswith("It was withdrawn. The document 'stairs' was withdrawn on 20")
        assert file.hint == "To let it be added again: patella withdraw --undo stairs"
    assert on_disk(engine, WORDS) == []
    (copies / "same.md").write_text(STAIRS + "\nTake the lift.\n", "utf-8")
    assert Writer(engine).add([copies / "same.md"]).files[-1].document == "same"
    Writer(engine).take_back("stairs")
    assert Writer(engine).index().counts()["added"] == 1


def test_an_upload_of_it_is_refused_and_not_kept(engine: Engine) -> None:
    Writer(engine).withdraw(["stairs"], reason="")
    bench = PatellaWorkbench(engine)
    job = bench.add_files([Upload("again.md", io.BytesIO(STAIRS.encode()))], by="ben")
    bench._runner._do(engine.store.jobs.next())  # type: ignore[arg-type]
    ended = bench.job(job.id)
    assert ended.state == "failed"
    assert ended.reason.startswith("It was withdrawn.")
    assert on_disk(engine, WORDS) == []


def test_a_file_of_a_folder_stays_and_is_left_out(engine: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "lift.md").write_text("# Lift\n\nTake the lift.\n", "utf-8")
    Writer(engine).add([folder])
    done = Writer(engine).withdraw(["lift"], reason="")
    assert done.stay == (str(folder / "lift.md"),)
    report = Writer(engine).index()
    assert (report.failed, report.published) == ((), False)
    assert (folder / "lift.md").is_file()


def test_a_file_that_was_added_by_itself_is_told_by_its_path(
    engine: Engine, tmp_path: Path
) -> None:
    lift = tmp_path / "lift.md"
    lift.write_text("# Lift\n\nTake the lift.\n", "utf-8")
    Writer(engine).add([lift])
    assert Writer(engine).withdraw(["lift"], reason="").stay == (str(lift),)


def test_documents_of_the_same_content_go_together(engine: Engine) -> None:
    drop(engine, "copy.md", STAIRS)
    drop(engine, "copy.md.meta.yaml", "title: A copy\n")
    Writer(engine).index()
    with pytest.raises(Conflict, match="'copy' holds the same content") as caught:
        Writer(engine).withdraw(["stairs"], reason="")
    assert caught.value.hint == "Withdraw them together: patella withdraw stairs copy"
    assert served(engine) == ["bees", "copy", "sitting", "stairs"]
    Writer(engine).withdraw(["stairs", "copy"], reason="")
    assert served(engine) == ["bees", "sitting"]
    assert on_disk(engine, b"A copy") == []


def test_what_a_crash_left_is_finished_by_the_next_writer(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(withdrawing, "_renew_index", crash)
        with pytest.raises(KeyboardInterrupt):
            Writer(engine).withdraw(["stairs"], reason="")
    assert served(engine) == ["bees", "sitting"]
    assert engine.store.withdrawals.list()[0].finished is False
    with pytest.raises(Withdrawn):
        engine.open_source("stairs")
    Writer(engine).index()
    assert engine.store.withdrawals.list()[0].finished is True
    assert engine.generation().passages == 2
    assert on_disk(engine, WORDS) == []


def test_the_command_line(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("patella.engine.make_encoder", lambda _: CountingEncoder())

    def run(*args: str, code: int = 0, typed: str = "") -> str:
        where = str(engine.settings.data_dir)
        done = CliRunner().invoke(cli.main, ["--data-dir", where, "withdraw", *args], input=typed)
        assert done.exit_code == code, done.output
        return done.output

    assert "for good, in all generations?" in run("stairs", code=1, typed="n\n")
    assert served(engine) == ["bees", "sitting", "stairs"]
    done = json.loads(run("stairs", "--yes", "--because", "Recalled.", "--json"))
    assert (done["documents"], done["files"]) == (["stairs"], ["stairs.md"])
    [listed] = json.loads(run("--list", "--json"))["withdrawn"]
    assert (listed["document_id"], listed["by"], listed["reason"], listed["finished"]) == (
        "stairs", operator(), "Recalled.", True,
    )  # fmt: skip
    assert "Recalled." in run("--list")
    assert "was withdrawn already" in run("stairs", "--yes", code=2)
    assert "no document 'nothing'" in run("nothing", "--yes", code=2)
    assert "Give document ids" in run(code=2)
    assert "May be added again: stairs" in run("--undo", "stairs")
    assert "is not withdrawn" in run("--undo", "stairs", code=2)
