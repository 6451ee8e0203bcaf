"""The main job, end to end: add, ask, change, remove, through the real model."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest
from click import Context
from click.testing import CliRunner, Result

from patella.cli import main
from patella.commands import LISTED

SITTING = """---
title: Sitting with a sore knee
kind: patient-information
reviewed: 2026-01-02
---
## Why sitting hurts

Sitting hurts because a bent knee presses the kneecap against the thigh bone. The longer it stays
bent, the more it aches.

## What to do

Stand up and straighten the knee every twenty minutes.
"""

BEES = """---
title: Keeping bees
---
## Swarms

A swarm of bees leaves the hive in May when the colony has grown too large for its box.
"""


def as_json(result: Result) -> dict:
    return json.loads(result.stdout)


def states(result: Result) -> dict[str, str]:
    return {Path(file["path"]).name: file["state"] for file in as_json(result)["files"]}


def test_a_question_is_answered_with_a_quote_that_is_in_its_source(patella, tmp_path) -> None:
    (tmp_path / "sitting.md").write_text(SITTING, "utf-8")
    patella("add", tmp_path / "sitting.md")
    answer = as_json(patella("ask", "--json", "why does sitting hurt my knee"))
    assert answer["state"] == "answered"
    quote = answer["quotes"][0]
    assert quote["text"].startswith(
        "Sitting hurts because a bent knee presses the kneecap against the thigh bone."
    )
    assert quote["heading"] == ["Why sitting hurts"]
    assert quote["document"]["id"] == "sitting"
    assert quote["document"]["title"] == "Sitting with a sore knee"
    assert quote["document"]["path"] == "sitting.md"
    assert quote["document"]["kind"] == "patient-information"
    assert quote["document"]["reviewed"] == "2026-01-02"
    text = patella("show", "sitting", "--text").stdout
    for each in answer["quotes"]:
        assert text[each["start"] : each["end"]] == each["text"]
        assert hashlib.sha256(each["text"].encode()).hexdigest() == each["sha256"]


def test_a_question_about_something_else_is_not_in_these_sources(patella, tmp_path) -> None:
    (tmp_path / "sitting.md").write_text(SITTING, "utf-8")
    patella("add", tmp_path / "sitting.md")
    answer = as_json(patella("ask", "--json", "what is the capital of Australia"))
    assert (answer["state"], answer["quotes"], answer["safety"]) == ("none", [], None)
    assert "Not in these sources." in patella("ask", "what is the capital of Australia").stdout


def test_an_added_article_answers_and_a_removed_one_does_not(patella, tmp_path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "sitting.md").write_text(SITTING, "utf-8")
    patella("add", folder)
    question = "when does a swarm of bees leave the hive"
    assert as_json(patella("ask", "--json", question))["state"] == "none"

    (folder / "bees.md").write_text(BEES, "utf-8")
    assert states(patella("index", "--json")) == {"bees.md": "added", "sitting.md": "unchanged"}
    assert as_json(patella("ask", "--json", question))["state"] == "answered"

    (folder / "bees.md").unlink()
    assert states(patella("index", "--json")) == {"bees.md": "removed", "sitting.md": "unchanged"}
    answer = as_json(patella("ask", "--json", question))
    assert answer["state"] == "none"
    assert [d["id"] for d in as_json(patella("list", "--json"))["documents"]] == ["sitting"]


def test_a_file_dropped_into_the_librarys_own_folder_is_found(patella, tmp_path) -> None:
    patella("index")
    (tmp_path / "data" / "articles" / "bees.md").write_text(BEES, "utf-8")
    assert states(patella("index", "--json")) == {"bees.md": "added"}


def test_index_with_nothing_changed_embeds_and_publishes_nothing(patella, tmp_path) -> None:
    (tmp_path / "sitting.md").write_text(SITTING, "utf-8")
    first = as_json(patella("add", "--json", tmp_path / "sitting.md"))
    assert (first["published"], first["generation"], first["embedded"]) == (True, 1, 3)
    again = as_json(patella("index", "--json"))
    assert (again["published"], again["generation"], again["embedded"]) == (False, 1, 0)


def test_an_edit_embeds_only_the_passage_it_touched(patella, tmp_path) -> None:
    path = tmp_path / "sitting.md"
    path.write_text(SITTING, "utf-8")
    patella("add", path)
    path.write_text(SITTING.replace("twenty minutes", "half an hour"), "utf-8")
    report = as_json(patella("index", "--json"))
    assert (report["counts"], report["embedded"]) == ({"changed": 1}, 1)
    answer = as_json(patella("ask", "--json", "how often should I straighten my knee"))
    assert "half an hour" in answer["quotes"][0]["text"]


def test_the_same_file_twice_is_one_document(patella, tmp_path) -> None:
    (tmp_path / "a.md").write_text(SITTING, "utf-8")
    (tmp_path / "b.md").write_text(SITTING, "utf-8")
    patella("add", tmp_path / "a.md")
    assert states(patella("add", "--json", tmp_path / "b.md")) == {"b.md": "duplicate"}
    patella("add", tmp_path / "a.md")
    documents = as_json(patella("list", "--json"))["documents"]
    assert [d["id"] for d in documents] == ["a"]


def test_a_renamed_file_embeds_nothing(patella, tmp_path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "a.md").write_text(SITTING, "utf-8")
    patella("add", folder)
    (folder / "a.md").rename(folder / "z.md")
    report = as_json(patella("index", "--json"))
    assert (report["counts"].get("moved"), report["embedded"]) == (1, 0)
    answer = as_json(patella("ask", "--json", "why does sitting hurt my knee"))
    assert answer["quotes"][0]["document"]["path"] == "z.md"


def test_broken_files_are_reported_and_the_good_ones_indexed(patella, tmp_path) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    (folder / "good.md").write_text(SITTING, "utf-8")
    (folder / "empty.md").write_bytes(b"")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\n1 0 obj\n<<")
    (folder / "picture.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    (folder / "photo.jpg").write_bytes(b"\xff\xd8\xff")
    result = patella("add", "--json", folder, code=1)
    assert states(result) == {
        "broken.pdf": "failed",
        "empty.md": "failed",
        "good.md": "added",
        "picture.txt": "failed",
        "photo.jpg": "skipped",
    }
    for file in as_json(result)["files"]:
        if file["state"] == "failed":
            assert file["reason"] and file["hint"], file
    # tried once, and still told about: a file that failed is never forgotten
    assert states(patella("index", "--json", code=1))["broken.pdf"] == "failed"
    assert "broken.pdf" in patella("status").stdout


def test_a_file_that_breaks_keeps_its_last_good_version(patella, tmp_path) -> None:
    path = tmp_path / "sitting.md"
    path.write_text(SITTING, "utf-8")
    patella("add", path)
    path.write_bytes(b"")
    report = as_json(patella("index", "--json", code=1))
    assert report["counts"] == {"failed": 1}
    assert "stays in the library" in report["files"][0]["hint"]
    assert as_json(patella("ask", "--json", "why does sitting hurt"))["state"] == "answered"


def test_a_missing_folder_does_not_empty_the_library(patella, tmp_path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "sitting.md").write_text(SITTING, "utf-8")
    patella("add", folder)
    folder.rename(tmp_path / "elsewhere")
    assert as_json(patella("index", "--json", code=1))["counts"] == {"failed": 1}
    assert len(as_json(patella("list", "--json"))["documents"]) == 1


def test_remove_by_id_path_and_folder(patella, tmp_path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "sitting.md").write_text(SITTING, "utf-8")
    (folder / "bees.md").write_text(BEES, "utf-8")
    patella("add", folder)
    patella("remove", "bees")
    assert [d["id"] for d in as_json(patella("list", "--json"))["documents"]] == ["sitting"]
    # it stays out though its file is still there, until it is added again
    assert states(patella("index", "--json"))["bees.md"] == "skipped"
    patella("add", folder / "bees.md")
    assert len(as_json(patella("list", "--json"))["documents"]) == 2
    patella("remove", folder)
    assert as_json(patella("list", "--json"))["documents"] == []
    assert (folder / "bees.md").is_file()
    assert "no document or source" in patella("remove", "nothing-there", code=2).output


def test_no_publish_waits_for_index(patella, tmp_path) -> None:
    (tmp_path / "sitting.md").write_text(SITTING, "utf-8")
    patella("add", "--no-publish", tmp_path / "sitting.md")
    assert "no articles yet" in patella("ask", "why does sitting hurt", code=3).output
    assert as_json(patella("status", "--json"))["up_to_date"] is False
    patella("index")
    assert as_json(patella("ask", "--json", "why does sitting hurt"))["state"] == "answered"


def test_doctor_finds_a_torn_index_and_mends_it(patella, tmp_path) -> None:
    (tmp_path / "sitting.md").write_text(SITTING, "utf-8")
    patella("add", tmp_path / "sitting.md")
    assert as_json(patella("doctor", "--json"))["ok"] is True
    recall = as_json(patella("doctor", "--recall", "--json"))
    assert (recall["ok"], recall["recall"]["recall_at_10"]) == (True, 1.0)
    assert "--mend by itself" in patella("doctor", "--recall", "--mend", code=2).output
    torn = next((tmp_path / "data" / "index").rglob("vectors.faiss"))
    data = torn.read_bytes()
    torn.write_bytes(data[:-4] + bytes(4))
    report = as_json(patella("doctor", "--json", code=3))
    bad = [check for check in report["checks"] if not check["ok"]]
    assert [check["name"] for check in bad] == ["index"]
    assert "doctor --mend" in bad[0]["advice"]
    patella("doctor", "--mend")
    assert as_json(patella("doctor", "--json"))["ok"] is True


def test_an_index_folder_that_is_gone_is_made_again_at_the_next_question(patella, tmp_path) -> None:
    import shutil

    (tmp_path / "sitting.md").write_text(SITTING, "utf-8")
    patella("add", tmp_path / "sitting.md")
    shutil.rmtree(tmp_path / "data" / "index")
    assert as_json(patella("ask", "--json", "why does sitting hurt"))["state"] == "answered"


@pytest.mark.parametrize(
    ("question", "message"),
    [("", "empty"), (" \n\t ", "empty"), ("knee " * 2000, "10,000 characters")],
)
def test_questions_that_make_no_sense_are_refused_in_words(patella, tmp_path, question, message):
    (tmp_path / "sitting.md").write_text(SITTING, "utf-8")
    patella("add", tmp_path / "sitting.md")
    assert message in patella("ask", question, code=2).output
    assert message in patella("search", question, code=2).output


def test_a_question_in_emoji_is_not_in_these_sources(patella, tmp_path) -> None:
    (tmp_path / "sitting.md").write_text(SITTING, "utf-8")
    patella("add", tmp_path / "sitting.md")
    assert as_json(patella("ask", "--json", "🦵🔥🏃"))["state"] == "none"


def test_search_prints_hits_with_their_place(patella, tmp_path) -> None:
    (tmp_path / "sitting.md").write_text(SITTING, "utf-8")
    (tmp_path / "bees.md").write_text(BEES, "utf-8")
    patella("add", tmp_path / "sitting.md", tmp_path / "bees.md")
    hits = as_json(patella("search", "--json", "bent knee kneecap", "-k", "2"))["hits"]
    assert len(hits) == 2
    assert hits[0]["document"]["id"] == "sitting"
    assert hits[0]["score"] > hits[1]["score"]
    text = patella("show", "sitting", "--text").stdout
    assert text[hits[0]["start"] : hits[0]["end"]] == hits[0]["text"]


def test_a_library_of_a_newer_patella_is_refused_in_words(patella, tmp_path) -> None:
    import sqlite3

    patella("index")
    with sqlite3.connect(tmp_path / "data" / "library.db") as db:
        db.execute("PRAGMA user_version = 999")
    result = patella("status", code=3)
    assert "format 999" in result.output and "Upgrade Patella" in result.output


def test_a_data_directory_that_cannot_be_made_is_an_error_in_words(tmp_path) -> None:
    (tmp_path / "file").write_text("not a folder", "utf-8")
    runner = CliRunner()
    result = runner.invoke(main, ["--data-dir", str(tmp_path / "file" / "data"), "status"])
    assert result.exit_code == 3
    assert "Traceback" not in result.output and "Error" in result.output


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_data_directory_is_an_error_in_words(patella, tmp_path) -> None:
    (tmp_path / "data").mkdir(mode=0o500)
    assert "--data-dir" in patella("index", code=3).output


def test_two_writers_do_not_mix(patella, tmp_path, monkeypatch) -> None:
    from filelock import FileLock

    patella("index")
    monkeypatch.setenv("PATELLA_LOCK_SECONDS", "0.1")
    with FileLock(tmp_path / "data" / "library.lock"):
        assert "Another process is changing this library" in patella("index", code=3).output
    patella("index")


def test_every_command_has_help_with_an_example() -> None:
    context = Context(main)
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        assert command, name
        assert "Example: patella" in (command.help or ""), name
        assert command.get_short_help_str(1000) == LISTED[name][1]
        assert "Exit codes" in (command.epilog or ""), name
        assert CliRunner().invoke(main, [name, "--help"]).exit_code == 0
    assert sorted(main.commands) == sorted(LISTED)
    assert CliRunner().invoke(main, ["ingest", "--help"]).exit_code == 0


def test_a_file_whose_name_is_not_text_is_reported(patella, tmp_path) -> None:
    folder = tmp_path / "names"
    folder.mkdir()
    (folder / "good.md").write_text(SITTING, "utf-8")
    odd = os.fsencode(folder) + b"/caf\xe9.md"
    Path(os.fsdecode(odd)).write_text(BEES, "utf-8")
    files = {f["path"]: f for f in as_json(patella("add", "--json", folder, code=1))["files"]}
    assert files["good.md"]["state"] == "added"
    assert files["caf\\udce9.md"]["state"] == "failed"
    assert files["caf\\udce9.md"]["hint"] == "Rename the file."


def test_a_sidecar_lists_questions_and_a_change_of_it_is_a_change(patella, tmp_path) -> None:
    folder = tmp_path / "guidance"
    folder.mkdir()
    (folder / "sitting.md").write_text(SITTING, "utf-8")
    (folder / "sitting.meta.yaml").write_text(
        "questions:\n  - heading: What to do\n    questions: [my film is spoilt by aching]\n",
        "utf-8",
    )
    (folder / "bees.md").write_text(BEES, "utf-8")
    added = patella("add", folder, "--json")
    assert states(added) == {"sitting.md": "added", "bees.md": "added"}
    found = as_json(patella("search", "my film is spoilt by aching", "-k", "1", "--json"))
    assert found["hits"][0]["heading"] == ["What to do"]
    assert states(patella("index", "--json")) == {"sitting.md": "unchanged", "bees.md": "unchanged"}

    (folder / "sitting.meta.yaml").write_text("questions: [", "utf-8")
    again = as_json(patella("index", "--json"))
    by_path = {Path(file["path"]).name: file for file in again["files"]}
    assert by_path["sitting.md"]["state"] == "changed"
    assert "sitting.meta.yaml is left out" in by_path["sitting.md"]["warnings"][0]
    assert again["embedded"] == 0
    patella("doctor")
