"""What the command line prints: nothing that a terminal obeys comes through from names of files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from patella import cli
from patella.terminal import harmless
from patella.writer import Writer
from tests.library_helpers import CountingEncoder
from tests.workbench_helpers import make_engine, read_in_process

NAMES = (
    "\x1b[31mred.md",
    "\x1b]0;owned\x07title.md",
    "\u202egnp.md",
    "ze\u200bro.md",
    "\x9b2Jc1.md",
)
OBEYED = {chr(n) for n in (*range(9), *range(11, 32), *range(0x7F, 0xA0))} | set(
    "\u200b\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
)
TITLE = (
    '---\ntitle: "=HYPERLINK(1) \\e[31mred \\u202egnp.exe z\\u200bero <script>alert(1)</script>"\n'
    'publisher: "\\e[2J\\u202Epub"\nauthors: ["\\u202e\\e[1mA. Author"]\nsummary: "=cmd|x \\u202e"\n---\n'
)


def test_names_and_titles_that_a_terminal_would_obey(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_in_process(monkeypatch)
    engine = make_engine(tmp_path / "data")
    for number, name in enumerate(NAMES):
        (engine.settings.inbox_dir / name).write_text(f"{TITLE}Knees {number} bend.\n", "utf-8")
    (engine.settings.inbox_dir / "\x1b[5mbroken.pdf").write_bytes(b"%PDF-broken")
    Writer(engine).index()
    ids = [document.id for document in engine.documents()]
    assert len(ids) == 5
    engine.close()
    monkeypatch.setattr("patella.engine.make_encoder", lambda _: CountingEncoder())
    for command in (
        ["list"],
        ["status"],
        ["report"],
        ["show", ids[0]],
        ["cite", ids[0]],
        ["doctor"],
    ):
        done = CliRunner().invoke(cli.main, ["--data-dir", str(tmp_path / "data"), *command])
        assert set(done.output) & OBEYED == set(), command
    done = CliRunner().invoke(cli.main, ["--data-dir", str(tmp_path / "data"), "list", "--json"])
    assert {d["path"] for d in json.loads(done.output)["documents"]} == set(NAMES)


def test_metadata_is_clean_in_the_library_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_in_process(monkeypatch)
    engine = make_engine(tmp_path / "data")
    (engine.settings.inbox_dir / "evil.md").write_text(f"{TITLE}Knees \u202ebend\u200b.\n", "utf-8")
    Writer(engine).index()
    [held] = engine.documents()
    meta = held.metadata
    assert (meta.publisher, meta.authors, meta.summary) == ("[2Jpub", ("[1mA. Author",), "=cmd|x")
    assert meta.title == "=HYPERLINK(1) [31mred gnp.exe zero <script>alert(1)</script>"
    assert engine.open_source("evil").text == "Knees bend."
    engine.close()


def test_a_mark_stands_for_each() -> None:
    assert harmless("a\x1b[31mb\u202ec\td\n") == "a\ufffd[31mb\ufffdc\td\n"
